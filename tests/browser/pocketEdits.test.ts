/** The shipped Pocket, no stand-in: an instruction changes what it names, and leaves the rest. */
import { expect, test } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';

type Rgb = readonly [red: number, green: number, blue: number];

test('a red apple becomes blue, and the ground around it stays', async ({ page }) => {
  await page.goto('/?device=wasm');
  await page.waitForFunction(() => 'tessera' in window);
  const [before, after] = await page.evaluate(drawAndEdit, { words: 'a red apple', instruction: 'make it blue' });
  const [red, , blue] = before.middle;
  expect(red).toBeGreaterThan(blue + 50);
  const [redAfter, , blueAfter] = after.middle;
  expect(blueAfter).toBeGreaterThan(redAfter + 50);
  for (const [channel, value] of before.edge.entries())
    expect(Math.abs((after.edge[channel] ?? Number.NaN) - value)).toBeLessThan(20);
});

/** Runs in the page: mean colours of the middle, and of the left edge, of a picture and of its edit. */
async function drawAndEdit({ words, instruction }: { readonly words: string; readonly instruction: string }) {
  const tessera: Tessera = Reflect.get(window, 'tessera');
  const request = { model: 'pocket', seed: 7, output_format: 'png' } as const;
  const first = await draw({ ...request, prompt: words });
  const second = await draw({ ...request, prompt: instruction, images: [{ url: first }] });
  return [await look(first), await look(second)] as const;

  async function draw(asked: Parameters<Tessera['generate']>[0]): Promise<string> {
    return (await tessera.generate(asked)).data[0]?.url ?? '';
  }

  async function look(url: string) {
    const picture = await createImageBitmap(await (await fetch(url)).blob());
    const { width, height } = picture;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(picture, 0, 0);
    const mean = (left: number, top: number, sidePx: number): Rgb => {
      const { data } = context.getImageData(left, top, sidePx, sidePx);
      const sums = [0, 0, 0];
      for (let at = 0; at < data.length; at++) if (at % 4 < 3) sums[at % 4] = (sums[at % 4] ?? 0) + (data[at] ?? 0);
      const [red = 0, green = 0, blue = 0] = sums.map((sum) => (4 * sum) / data.length);
      return [red, green, blue];
    };
    return { middle: mean(width / 2 - 50, height / 2 - 50, 100), edge: mean(20, height / 2 - 50, 100) };
  }
}
