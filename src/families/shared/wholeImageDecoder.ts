/**
 * Decoders with group normalisation, window by window, in the colours of the whole picture.
 *
 * A window decoded alone is normalised by its own statistics, so neighbours differ in colour. Here all windows are
 * normalised by the statistics of the whole picture, which a survey finds without ever holding it:
 *
 * 1. A small copy of the latent, every nth cell, is decoded at once. Its statistics are near those of the whole.
 * 2. All windows are run with these. Norm by norm, that tells how the true statistics lie to those of the copy.
 * 3. The copy is decoded again with each norm corrected by that: what comes out are the statistics of the whole.
 *
 * Step 3 is what makes one pass enough. The plain way, taking what step 2 measured, lets the errors of early norms grow
 * through the later ones and gets worse at first (decisions/005).
 */
import { cutAxis, type TileSpan } from '../../diffusion/tiles';
import type { Ranges } from '../../runtime/onnx/ends';
import { type OpenedGraph, openStatistics, STATISTICS, SWITCHES } from '../../runtime/onnx/externalStatistics';
import type { Graph, Runtime, Tensor } from '../../runtime/session';
import type { LatentDecoder, Survey } from '../family';
import {
  type Affine,
  follow,
  normaliseBy,
  normaliseRelative,
  poolStatistics,
  readStatistics,
  relate,
  type Statistics,
} from './normStatistics';

/**
 * Times that the survey runs all windows. One is enough: two change the result by less than what the halo leaves out
 * (decisions/005).
 */
const SURVEY_PASSES = 1;

/** Context of a window in the survey; half of that for the picture, since statistics forgive what pixels do not. */
const SURVEY_HALO_CELLS = 4;

/**
 * Convolutions reach further (17 cells in Stable Diffusion's decoder), but hardly anything comes from there: the
 * difference is cross-faded.
 */
const HALO_CELLS = 8;

/**
 * Opens an unchanged ONNX decoder: first input the latent [1, C, h, w], first output the picture [1, 3, 8h, 8w].
 *
 * @param ranges what lies between the pipeline's latents and pictures (0 … 1) and those of the graph
 */
export async function openWholeImageDecoder(runtime: Runtime, file: Blob, ranges?: Ranges): Promise<LatentDecoder> {
  const opened = openStatistics(new Uint8Array(await file.arrayBuffer()), ranges);
  return new WholeImageDecoder(runtime, opened, await runtime.loadGraph(opened.file));
}

interface Mode {
  /** Normalise by the window's own statistics before the scales and offsets are applied. */
  readonly own: boolean;
  readonly affine: Survey;
  /** Rows and columns, in cells, whose statistics are wanted. */
  readonly measured: { readonly start: readonly number[]; readonly end: readonly number[] } | null;
}

class WholeImageDecoder implements LatentDecoder {
  readonly haloCells = HALO_CELLS;
  readonly isExact = false;
  readonly #plain: Survey;

  constructor(
    readonly runtime: Runtime,
    readonly opened: OpenedGraph,
    readonly graph: Graph,
  ) {
    this.#plain = this.#upload(opened.norms);
  }

  /** Empty where one window holds the whole latent: then there is nothing to know, and the plain graph decodes it. */
  async survey(
    latent: Tensor,
    options: { readonly limitCells: number; readonly checkpoint: () => Promise<void> },
  ): Promise<Survey> {
    const [, , height = 0, width = 0] = latent.dims;
    const { limitCells } = options;
    if (Math.max(height, width) <= limitCells || this.opened.norms.length === 0) return {};
    const copy = await this.#smallCopy(latent, limitCells);
    const surveyCopy = async (affine: Survey) => {
      await options.checkpoint();
      return this.#measure(copy, { own: true, affine, measured: wholeOf(copy) });
    };
    try {
      let own = await surveyCopy(this.#plain);
      let whole = own;
      for (let pass = 0; pass < SURVEY_PASSES; pass++) {
        const measured = await this.#measureWindows(latent, whole, options);
        const relation = relate(own, measured);
        own = await this.#with(normaliseRelative(relation, this.opened.norms), surveyCopy);
        whole = follow(own, relation);
      }
      return this.#upload(normaliseBy(whole, this.opened.norms));
    } finally {
      copy.dispose();
    }
  }

  async decode(window: Tensor, survey: Survey): Promise<Tensor> {
    const own = Object.keys(survey).length === 0;
    const { image, statistics } = await this.#run(window, { own, affine: own ? this.#plain : survey, measured: null });
    statistics?.dispose();
    return image;
  }

  /** Statistics of the whole latent, window after window, when each is normalised by the given ones. */
  async #measureWindows(
    latent: Tensor,
    given: Statistics,
    { limitCells, checkpoint }: { readonly limitCells: number; readonly checkpoint: () => Promise<void> },
  ): Promise<Statistics> {
    const [, , height = 0, width = 0] = latent.dims;
    const limits = { limit: limitCells, overlap: 2 * Math.min(SURVEY_HALO_CELLS, Math.floor(limitCells / 6)) };
    const columns = cutAxis(width, limits);
    const windows = cutAxis(height, limits).flatMap((row) => columns.map((column) => ({ row, column })));
    return this.#with(normaliseBy(given, this.opened.norms), async (affine) => {
      const parts = [];
      for (const { row, column } of windows) {
        await checkpoint();
        const window = this.runtime.crop(latent, cropOf(row, column));
        const measured = partOf(row, column);
        const statistics = await this.#measure(window, { own: false, affine, measured }).finally(() =>
          window.dispose(),
        );
        parts.push({ statistics, weight: areaOf(measured) });
      }
      return poolStatistics(parts);
    });
  }

  async #measure(window: Tensor, mode: Mode): Promise<Statistics> {
    const { image, statistics } = await this.#run(window, mode);
    image.dispose();
    if (!statistics) throw new TypeError('The decoder told no statistics.');
    const values = await this.runtime.read(statistics);
    statistics.dispose();
    return readStatistics(values, this.opened.norms);
  }

  async #run(window: Tensor, { own, affine, measured }: Mode) {
    const { runtime, graph, opened } = this;
    const switches = {
      [SWITCHES.own]: runtime.bool(own),
      [SWITCHES.measured]: runtime.bool(measured !== null),
      [SWITCHES.start]: runtime.int64(measured?.start ?? [0, 0], [2]),
      [SWITCHES.end]: runtime.int64(measured?.end ?? [0, 0], [2]),
    };
    const isOpen = opened.norms.length > 0;
    const outputs = await graph.run({ [opened.latentInput]: window, ...(isOpen ? { ...switches, ...affine } : {}) });
    const image = outputs[opened.imageOutput];
    if (!image) throw new TypeError('The decoder gave no picture.');
    return { image, statistics: outputs[STATISTICS] };
  }

  /** Every nth cell, so that its longer side is the limit. Averages would lose what is busy. */
  async #smallCopy(latent: Tensor, limitCells: number): Promise<Tensor> {
    const [, channels = 0, height = 0, width = 0] = latent.dims;
    const whole = this.runtime.crop(latent, { left: 0, top: 0, width, height });
    const values = await this.runtime.read(whole);
    whole.dispose();
    const step = Math.max(height, width) / limitCells;
    const rows = Math.max(1, Math.floor(height / step));
    const columns = Math.max(1, Math.floor(width / step));
    const small = new Float32Array(channels * rows * columns);
    for (let index = 0; index < small.length; index++) {
      const row = Math.floor(((Math.floor(index / columns) % rows) + 0.5) * (height / rows));
      const column = Math.floor(((index % columns) + 0.5) * (width / columns));
      small[index] = values[(Math.floor(index / columns / rows) * height + row) * width + column] ?? 0;
    }
    return this.runtime.toDevice(this.runtime.float32(small, [1, channels, rows, columns]));
  }

  async #with<T>(affines: readonly Affine[], use: (affine: Survey) => Promise<T>): Promise<T> {
    const affine = this.#upload(affines);
    return use(affine).finally(() => {
      for (const tensor of Object.values(affine)) tensor.dispose();
    });
  }

  #upload(affines: readonly Affine[]): Survey {
    const vector = (values: readonly number[]) =>
      this.runtime.toDevice(this.runtime.float32(Float32Array.from(values), [values.length]));
    return Object.fromEntries(
      this.opened.norms.flatMap(({ scaleInput, offsetInput }, index) => [
        [scaleInput, vector(affines[index]?.scale ?? [])],
        [offsetInput, vector(affines[index]?.offset ?? [])],
      ]),
    );
  }
}

function wholeOf({ dims: [, , height = 0, width = 0] }: Tensor) {
  return { start: [0, 0], end: [height, width] };
}

function cropOf(row: TileSpan, column: TileSpan) {
  return { left: column.start, top: row.start, width: column.end - column.start, height: row.end - row.start };
}

/** What no other window measures: neighbours part in the middle of what they share. */
function partOf(row: TileSpan, column: TileSpan) {
  const axes = [row, column];
  return {
    start: axes.map(({ fadeIn }) => fadeIn / 2),
    end: axes.map(({ start, end, fadeOut }) => end - start - fadeOut / 2),
  };
}

function areaOf({ start, end }: { readonly start: readonly number[]; readonly end: readonly number[] }): number {
  return end.reduce((area, last, axis) => area * (last - (start[axis] ?? 0)), 1);
}
