/** Decoders with group normalisation by tiles: in the page, on real graphs, against the whole picture decoded at once. */
import { expect, test } from '@playwright/test';
import { readPlacements } from './nodePlacement';

interface Script {
  readonly device: 'wasm' | 'webgpu';
  readonly decoder: 'groupnorm' | 'groupnorm_op' | 'attention';
  readonly latentCells: number;
  readonly tileCells: number;
  readonly latent: 'even' | 'half' | 'corner';
}

const PSNR_AT_LEAST_DB = 40;
const SEAM_OFF_BY_AT_MOST = 0.03;

const script: Script = { device: 'wasm', decoder: 'groupnorm', latentCells: 72, tileCells: 36, latent: 'half' };

test.beforeEach(async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
});

for (const change of [
  { latent: 'even' },
  { latent: 'half' },
  { latent: 'corner' },
  { latent: 'half', decoder: 'groupnorm_op' },
  { latent: 'even', decoder: 'attention' },
  { latent: 'half', decoder: 'attention' },
  { latent: 'corner', decoder: 'attention' },
] as const) {
  test(`windows come out as the whole does, ${JSON.stringify(change)}`, async ({ page }) => {
    // Ten to twenty seconds when nothing else runs.
    const figures = await page.evaluate(decodeBothWays, { ...script, ...change });
    test.info().annotations.push({ type: 'figures', description: JSON.stringify(figures) });
    expect(figures.tiled.psnrDb).toBeGreaterThanOrEqual(PSNR_AT_LEAST_DB);
    expect(Math.abs(figures.tiled.seamIndex - 1)).toBeLessThanOrEqual(SEAM_OFF_BY_AT_MOST);
    // Each window by its own statistics, which is what decoding by tiles does without a survey.
    expect(figures.alone.psnrDb).toBeLessThan(PSNR_AT_LEAST_DB - 5);
  });
}

test('a latent that fits is decoded by the plain graph, without a pass before', async ({ page }) => {
  const figures = await page.evaluate(decodeBothWays, { ...script, latentCells: 24, tileCells: 24 });
  expect(figures.surveyRuns).toBe(0);
  expect(figures.tiled.psnrDb).toBe(Number.POSITIVE_INFINITY);
  expect(figures.plainPsnrDb).toBe(Number.POSITIVE_INFINITY);
});

test('WebGPU surveys and decodes as wasm does, with nothing copied back in between', { tag: '@long' }, async ({
  page,
}) => {
  test.setTimeout(300_000);
  const log: string[] = [];
  page.on('console', (message) => log.push(message.text()));
  const small = { ...script, decoder: 'attention' as const, latentCells: 14, tileCells: 12 };
  const gpu = await page.evaluate(decodeOneWindow, { ...small, device: 'webgpu' as const });
  const sessions = readPlacements(log);
  expect(sessions.length).toBeGreaterThan(0);
  const cpu = await page.evaluate(decodeOneWindow, small);
  const squares = gpu.reduce((sum, value, index) => sum + (value - (cpu[index] ?? Number.NaN)) ** 2, 0);
  const agreementDb = -10 * Math.log10(squares / gpu.length);
  test.info().annotations.push({ type: 'figures', description: JSON.stringify({ agreementDb }) });
  expect(agreementDb).toBeGreaterThan(60);
  expect(sessions.flatMap((session) => Object.values(session).flatMap(Object.keys))).not.toContain('MemcpyToHost');
});

/** Runs in the page: one window in the colours of the whole. */
async function decodeOneWindow({ device, decoder, latentCells, tileCells }: Script): Promise<number[]> {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { openWholeImageDecoder } = await import('/src/families/shared/wholeImageDecoder.ts');
  const runtimeUrl = new URL('/ort/', location.href).href;
  const runtime = await openRuntime({ device, runtimeUrl, verbose: device === 'webgpu' });
  const file = await (await fetch(`/tests/fixtures/tiny-decoders/${decoder}.onnx`)).blob();
  const opened = await openWholeImageDecoder(runtime, file);
  const values = Float32Array.from(
    { length: 4 * latentCells ** 2 },
    (_, i) => 1.5 * Math.sin(i * i * 0.37) + Math.cos(i / 9),
  );
  const latent = runtime.toDevice(runtime.float32(values, [1, 4, latentCells, latentCells]));
  const survey = await opened.survey(latent, { limitCells: tileCells, checkpoint: async () => {} });
  const window = runtime.crop(latent, { left: 0, top: 0, width: 8, height: 8 });
  const pixels = Array.from(await runtime.read(await opened.decode(window, survey)));
  await runtime.close();
  return pixels;
}

/** Runs in the page: tiles as the pipeline paints them, with context and cross-fades, with and without the survey. */
async function decodeBothWays({ device, decoder: name, latentCells, tileCells, latent: kind }: Script) {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { openWholeImageDecoder } = await import('/src/families/shared/wholeImageDecoder.ts');
  const { cutAxis, weightAt } = await import('/src/diffusion/tiles.ts');
  const runtime = await openRuntime({ device, runtimeUrl: new URL('/ort/', location.href).href, verbose: false });
  const file = await (await fetch(`/tests/fixtures/tiny-decoders/${name}.onnx`)).blob();
  const decoder = await openWholeImageDecoder(runtime, file);
  const side = latentCells * 8;
  const latent = runtime.toDevice(runtime.float32(latentValues(), [1, 4, latentCells, latentCells]));
  const spans = cutAxis(latentCells, { limit: tileCells, overlap: decoder.haloCells });
  let surveyRuns = 0;
  const checkpoint = async () => {
    surveyRuns += 1;
  };
  const startMs = performance.now();
  const survey = await decoder.survey(latent, { limitCells: tileCells, checkpoint });
  const surveyedMs = performance.now();
  const whole = await runtime.read(await decoder.decode(latent, {}));
  const wholeMs = performance.now();
  const tiled = compare(await paint(survey));
  const [paintMs, alone] = [performance.now() - wholeMs, compare(await paint({}))];
  const plain = await runtime.loadGraph(file);
  const plainImage = (await plain.run({ latent_sample: latent })).sample;
  const plainPsnrDb = plainImage ? psnrDb(whole, await runtime.read(plainImage)) : Number.NaN;
  await runtime.close();
  return {
    tiled,
    alone,
    plainPsnrDb,
    surveyRuns,
    ms: { survey: surveyedMs - startMs, whole: wholeMs - surveyedMs, paint: paintMs },
  };

  /** Waves and noise. The flat part of two of them is dark, nearly without either: what has nothing in common drifts most. */
  function latentValues(): Float32Array {
    let state = 12345;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const flat = [-1.5, 0.3, 0.8, -0.5];
    const busyCells = { even: latentCells, half: latentCells / 2, corner: latentCells / 4 }[kind];
    return Float32Array.from({ length: 4 * latentCells ** 2 }, (_, index) => {
      const channel = Math.floor(index / latentCells ** 2);
      const y = Math.floor(index / latentCells) % latentCells;
      const x = index % latentCells;
      const noise = (uniform() + uniform() + uniform() - 1.5) * 2;
      if (x >= busyCells || (kind === 'corner' && y >= busyCells)) return (flat[channel] ?? 0) + 0.03 * noise;
      return Math.sin(x * 0.21 + channel) + Math.cos(y * 0.17 - channel * 2) + 0.7 * noise;
    });
  }

  async function paint(known: typeof survey): Promise<Float32Array> {
    const picture = new Float32Array(3 * side * side);
    for (const y of spans) for (const x of spans) await paintTile(picture, { x, y, known });
    return picture;
  }

  type TileSpan = (typeof spans)[number];

  async function paintTile(picture: Float32Array, tile: { x: TileSpan; y: TileSpan; known: typeof survey }) {
    const [rows, columns] = [inPixels(tile.y), inPixels(tile.x)];
    const [top, left] = [tile.y, tile.x].map(({ start }) => Math.max(0, start - decoder.haloCells)) as [number, number];
    const [bottom, right] = [tile.y, tile.x].map(({ end }) => Math.min(latentCells, end + decoder.haloCells)) as [
      number,
      number,
    ];
    const window = runtime.crop(latent, { left, top, width: right - left, height: bottom - top });
    const values = await runtime.read(await decoder.decode(window, tile.known));
    for (let channel = 0; channel < 3; channel++) {
      for (let y = rows.start; y < rows.end; y++) {
        const from = (channel * (bottom - top) * 8 + y - top * 8) * (right - left) * 8 - left * 8;
        const to = (channel * side + y) * side;
        for (let x = columns.start; x < columns.end; x++) {
          const share = weightAt(rows, y) * weightAt(columns, x);
          picture[to + x] = (picture[to + x] ?? 0) + share * (values[from + x] ?? Number.NaN);
        }
      }
    }
  }

  function inPixels({ start, end, fadeIn, fadeOut }: TileSpan): TileSpan {
    return { start: start * 8, end: end * 8, fadeIn: fadeIn * 8, fadeOut: fadeOut * 8 };
  }

  function compare(picture: Float32Array) {
    return { psnrDb: psnrDb(picture, whole), seamIndex: borderShare(picture) / borderShare(whole) };
  }

  /** Gradient energy on the lines where tiles begin and end, over that on the other lines between cells. */
  function borderShare(picture: Float32Array): number {
    const borders = spans.flatMap(({ start, end }) => [start * 8, end * 8]).filter((line) => line > 0 && line < side);
    const lines = Array.from({ length: latentCells - 1 }, (_, cell) => (cell + 1) * 8);
    const mean = (some: readonly number[]) =>
      some.reduce((sum, line) => sum + energyAcross(picture, line), 0) / some.length;
    return mean(borders) / mean(lines.filter((line) => !borders.includes(line)));
  }

  function energyAcross(picture: Float32Array, line: number): number {
    let energy = 0;
    for (let along = 0; along < 3 * side; along++) {
      const column = along * side + line;
      const row = (Math.floor(along / side) * side + line) * side + (along % side);
      energy += ((picture[column] ?? 0) - (picture[column - 1] ?? 0)) ** 2;
      energy += ((picture[row] ?? 0) - (picture[row - side] ?? 0)) ** 2;
    }
    return energy;
  }

  /** Of pictures in 0 … 1. */
  function psnrDb(a: Float32Array, b: Float32Array): number {
    const squares = a.reduce((sum, value, index) => sum + (value - (b[index] ?? Number.NaN)) ** 2, 0);
    return -10 * Math.log10(squares / a.length);
  }
}
