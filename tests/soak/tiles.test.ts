/** The shipped Pocket on wasm, where it is slowest: 2K and 4K in every ratio, at exactly the size, in reasonable time. */
import { expect, type Page, test } from '@playwright/test';
import { type ProcessMemory, watchMemory } from '../../bench/tiles/processMemory.mjs';
import { ASPECT_RATIOS, type AspectRatio, outputSize, type Resolution } from '../../src/api/sizes';
import type { Tessera } from '../../src/client/tessera';

const LONGEST_MS = 180_000;

for (const resolution of ['2K', '4K'] as const) {
  test(`${resolution} in ${ASPECT_RATIOS.length} ratios, each in less than 3 minutes`, async ({ page, browser }) => {
    await page.goto('/?device=wasm');
    await page.evaluate(() => (Reflect.get(window, 'tessera') as Tessera).ready());
    const memory = await watchMemory(browser);
    const pictures = [];
    for (const ratio of ASPECT_RATIOS) pictures.push(await figuresOf(page, { ratio, resolution, memory }));
    const figures = { resolution, pictures, heapMib: await page.evaluate(measureHeap) };
    test.info().annotations.push({ type: 'figures', description: JSON.stringify(figures) });
    for (const { ratio, answered, decoded, ms } of pictures) {
      const { widthPx, heightPx } = outputSize(ratio, resolution);
      expect.soft(answered, ratio).toEqual([widthPx, heightPx]);
      expect.soft(decoded, ratio).toEqual([widthPx, heightPx]);
      expect.soft(ms, ratio).toBeLessThan(LONGEST_MS);
    }
  });
}

interface Sort {
  readonly ratio: AspectRatio;
  readonly resolution: Resolution;
  /** Null where the system does not tell. */
  readonly memory: ProcessMemory | null;
}

/** One picture: how long it took, and the most that the page's process and the GPU process held meanwhile. */
async function figuresOf(page: Page, { ratio, resolution, memory }: Sort) {
  const peakIsOfThisPicture = await memory?.resetPeak();
  const drawn = await page.evaluate(draw, { ratio, resolution });
  const peakMib = peakIsOfThisPicture ? Math.round((await memory?.read())?.peakMib ?? 0) : null;
  return { ratio, ...drawn, peakMib };
}

/** Runs in the page. */
async function draw({ ratio, resolution }: Pick<Sort, 'ratio' | 'resolution'>) {
  const tessera: Tessera = Reflect.get(window, 'tessera');
  const startMs = performance.now();
  const request = { model: 'pocket', prompt: 'a green cactus', seed: 7, resolution, aspect_ratio: ratio };
  const answer = await tessera.generate(request, { previews: true });
  const ms = Math.round(performance.now() - startMs);
  const [picture] = answer.data;
  if (!picture) throw new Error('There is no picture in the answer.');
  const file = await (await fetch(picture.url)).blob();
  const { width, height } = await createImageBitmap(file);
  URL.revokeObjectURL(picture.url);
  const { tiles, tile_size: tilePx } = answer.plan;
  return { answered: [picture.width, picture.height], decoded: [width, height], ms, tiles, tilePx };
}

/** Runs in the page: what it and its worker still hold, the wasm heap included. The browser takes its time to answer. */
async function measureHeap(): Promise<number> {
  const measure: () => Promise<{ bytes: number }> = Reflect.get(performance, 'measureUserAgentSpecificMemory');
  return Math.round((await measure.call(performance)).bytes / 2 ** 20);
}
