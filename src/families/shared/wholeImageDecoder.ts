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
 * Attention, too, would see its window only. Its keys and values are collected in step 2, of evenly spread cells, and all
 * windows attend to those.
 *
 * Step 3 is what makes one pass enough. The plain way, taking what step 2 measured, lets the errors of early norms grow
 * through the later ones and gets worse at first (decisions/005).
 */
import { cutAxis, type TileSpan } from '../../diffusion/tiles';
import { OWN_KEYS } from '../../runtime/onnx/attentionSites';
import type { Ranges } from '../../runtime/onnx/ends';
import { type OpenedGraph, openStatistics, STATISTICS, SWITCHES } from '../../runtime/onnx/externalStatistics';
import type { Graph, Runtime, Tensor } from '../../runtime/session';
import type { LatentDecoder, Survey } from '../family';
import { type CellSample, joinSamples, pickCells } from './cellSamples';
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
 * Times that the survey runs all windows. For norms one is enough; where there is attention, its keys come from the
 * first time, and the statistics that go with them from a second (decisions/005).
 */
const SURVEY_PASSES = { norms: 1, attention: 2 } as const;

/** Context of a window in the survey; half of that for the picture, since statistics forgive what pixels do not. */
const SURVEY_HALO_CELLS = 4;

/**
 * Convolutions reach further (17 cells in Stable Diffusion's decoder), but hardly anything comes from there: the
 * difference is cross-faded.
 */
export const HALO_CELLS = 8;

/**
 * Places of the whole picture that attention sees at most, spread evenly, or as many as a window has: scores take
 * 4 bytes for each of them and each place of a window.
 */
const MOST_ATTENDED_PLACES = 8192;

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
  /** Keys and values to attend to; null for the window's own. */
  readonly keys: Survey | null;
  /** Rows and columns, in cells, whose statistics are wanted. */
  readonly measured: MeasuredPart | null;
}

interface MeasuredPart {
  readonly start: readonly number[];
  readonly end: readonly number[];
  /** Of the whole latent that the window is a part of. */
  readonly wholeCells: number;
  /** Of the largest window. */
  readonly limitCells: number;
}

export class WholeImageDecoder implements LatentDecoder {
  readonly haloCells = HALO_CELLS;
  readonly isExact = false;
  readonly #plain: Survey;
  readonly #noKeys: Survey;

  constructor(
    readonly runtime: Runtime,
    readonly opened: OpenedGraph,
    readonly graph: Graph,
  ) {
    this.#plain = this.#upload(opened.norms);
    const none = () => runtime.toDevice(runtime.float32(new Float32Array(1), [1, 1, 1]));
    const names = opened.attentions.flatMap(({ keysInput, valuesInput }) => [keysInput, valuesInput]);
    this.#noKeys = Object.fromEntries(names.map((name) => [name, none()]));
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
    const surveyCopy = async (affine: Survey, keys: Survey | null) => {
      await options.checkpoint();
      return this.#measure(copy, { own: true, affine, keys, measured: wholeOf(copy, limitCells) });
    };
    const passes = this.opened.attentions.length > 0 ? SURVEY_PASSES.attention : SURVEY_PASSES.norms;
    let keys: Survey = {};
    try {
      let own = await surveyCopy(this.#plain, null);
      keys = this.#uploadKeys([own.samples]);
      let whole = own.statistics;
      for (let pass = 0; pass < passes; pass++) {
        const windows = await this.#measureWindows(latent, { given: whole, keys }, options);
        dispose(keys);
        keys = this.#uploadKeys(windows.samples);
        const relation = relate(own.statistics, windows.statistics);
        const affines = normaliseRelative(relation, this.opened.norms);
        own = await this.#with(affines, (affine) => surveyCopy(affine, keys));
        whole = follow(own.statistics, relation);
      }
      return { ...this.#upload(normaliseBy(whole, this.opened.norms)), ...keys };
    } catch (error) {
      dispose(keys);
      throw error;
    } finally {
      copy.dispose();
    }
  }

  async decode(window: Tensor, survey: Survey): Promise<Tensor> {
    const own = Object.keys(survey).length === 0;
    const known = own ? { affine: this.#plain, keys: null } : { affine: survey, keys: survey };
    const { image, told } = await this.#run(window, { own, ...known, measured: null });
    dispose(told);
    return image;
  }

  /** What the whole latent shows, window after window, when each is normalised by given statistics. */
  async #measureWindows(
    latent: Tensor,
    { given, keys }: { readonly given: Statistics; readonly keys: Survey },
    { limitCells, checkpoint }: { readonly limitCells: number; readonly checkpoint: () => Promise<void> },
  ): Promise<{ statistics: Statistics; samples: CellSample[][] }> {
    const [, , height = 0, width = 0] = latent.dims;
    const limits = { limit: limitCells, overlap: 2 * Math.min(SURVEY_HALO_CELLS, Math.floor(limitCells / 6)) };
    const columns = cutAxis(width, limits);
    const windows = cutAxis(height, limits).flatMap((row) => columns.map((column) => ({ row, column })));
    return this.#with(normaliseBy(given, this.opened.norms), async (affine) => {
      const parts = [];
      for (const { row, column } of windows) {
        await checkpoint();
        const window = this.runtime.crop(latent, cropOf(row, column));
        const measured = { ...partOf(row, column), wholeCells: height * width, limitCells };
        const found = await this.#measure(window, { own: false, affine, keys, measured }).finally(() =>
          window.dispose(),
        );
        parts.push({ ...found, weight: areaOf(measured) });
      }
      return { statistics: poolStatistics(parts), samples: parts.map(({ samples }) => samples) };
    });
  }

  async #measure(window: Tensor, mode: Mode): Promise<{ statistics: Statistics; samples: CellSample[] }> {
    const { image, told } = await this.#run(window, mode);
    image.dispose();
    const read = async (name: string) => {
      const tensor = told[name];
      if (!tensor) throw new TypeError(`The decoder did not tell ${name}.`);
      return { dims: tensor.dims, numbers: await this.runtime.read(tensor) };
    };
    try {
      const { numbers } = await read(STATISTICS);
      const samples: CellSample[] = [];
      for (const { keysOutput, valuesOutput } of this.opened.attentions) {
        const keys = await read(keysOutput);
        const places = mode.measured ? placesOf(window, mode.measured, keys.dims.at(-1) ?? 0) : [];
        samples.push(pickCells({ kind: 'keys', ...keys }, places));
        samples.push(pickCells({ kind: 'values', ...(await read(valuesOutput)) }, places));
      }
      return { statistics: readStatistics(numbers, this.opened.norms), samples };
    } finally {
      dispose(told);
    }
  }

  async #run(window: Tensor, { own, affine, keys, measured }: Mode): Promise<{ image: Tensor; told: Survey }> {
    const { runtime, graph, opened } = this;
    const switches = {
      [SWITCHES.own]: runtime.bool(own),
      [SWITCHES.measured]: runtime.bool(measured !== null),
      [SWITCHES.start]: runtime.int64(measured?.start ?? [0, 0], [2]),
      [SWITCHES.end]: runtime.int64(measured?.end ?? [0, 0], [2]),
      ...(opened.attentions.length > 0 ? { [OWN_KEYS]: runtime.bool(keys === null) } : {}),
    };
    const known = { ...switches, ...affine, ...(keys ?? this.#noKeys) };
    const isOpen = opened.norms.length > 0;
    const outputs = await graph.run({ [opened.latentInput]: window, ...(isOpen ? known : {}) });
    const { [opened.imageOutput]: image, ...told } = outputs;
    if (!image) throw new TypeError('The decoder gave no picture.');
    return { image, told };
  }

  /** Joins what windows showed of each attention. */
  #uploadKeys(windows: readonly (readonly CellSample[])[]): Survey {
    const names = this.opened.attentions.flatMap(({ keysInput, valuesInput }) => [keysInput, valuesInput]);
    const tensors = names.map((name, index) => {
      const { numbers, dims } = joinSamples(windows.flatMap((samples) => samples[index] ?? []));
      return [name, this.runtime.toDevice(this.runtime.float32(numbers, dims))];
    });
    return Object.fromEntries(tensors);
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
    return use(affine).finally(() => dispose(affine));
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

function wholeOf({ dims: [, , height = 0, width = 0] }: Tensor, limitCells: number): MeasuredPart {
  return { start: [0, 0], end: [height, width], wholeCells: height * width, limitCells };
}

/**
 * Places, in the list of a window's, of those that are kept for attention.
 *
 * @param count of the window's places. A latent that packs several cells of its autoencoder into one (FLUX.2) has more of
 *   them than cells: its attention sees them apart.
 */
function placesOf({ dims: [, , height = 0, width = 0] }: Tensor, part: MeasuredPart, count: number): number[] {
  const fineness = Math.round(Math.sqrt(count / (height * width)));
  const most = Math.max(MOST_ATTENDED_PLACES, (part.limitCells * fineness) ** 2);
  const step = Math.ceil(Math.sqrt((part.wholeCells * fineness ** 2) / most));
  const [rows, columns] = [0, 1].map((axis) => {
    const [first = 0, last = 0] = [part.start[axis], part.end[axis]].map((cell = 0) => cell * fineness);
    const kept = Math.ceil((last - first - Math.floor(step / 2)) / step);
    return Array.from({ length: Math.max(0, kept) }, (_, index) => first + Math.floor(step / 2) + index * step);
  }) as [number[], number[]];
  return rows.flatMap((row) => columns.map((column) => row * width * fineness + column));
}

function dispose(tensors: Survey): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
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
