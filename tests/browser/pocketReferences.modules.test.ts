/** Pictures that Pocket looks at while it draws, on real graphs (the tiny Pocket); on WebGPU in webgpu.modules.test.ts and in the soak. */
import { expect, test } from '@playwright/test';
import type { JobPicture } from '../../src/pipeline/job';
import { draw, psnr } from './drawing';
import { expectCancelsToFree, looking, TEN, traceInPage } from './pocketReferencesInPage';

const START = ['text_encoder', 'prior', 'denoiser', 'decoder', 'restore', 'super_resolution'];

const [FIRST, SECOND, THIRD] = TEN as [JobPicture, JobPicture, JobPicture];

test.beforeEach(async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
});

test('every picture counts, and so does their order; ten are looked at, eleven are refused', async ({ page }) => {
  const [first, ...others] = TEN as [JobPicture, ...JobPicture[]];
  const jobs = [[], [first], [SECOND], [first, SECOND], [SECOND, first], TEN, [first, ...others.toReversed()]];
  const tooMany = looking(...TEN, first);
  const script = { device: 'wasm' as const, jobs: [tooMany, ...jobs.map((pictures) => looking(...pictures))] };
  const { pictures, errors } = await page.evaluate(draw, script);
  expect(errors).toEqual(['Pocket looks at 10 pictures at most; these are 11.']);
  expect(pictures).toHaveLength(jobs.length);
  for (const [index, { rgba }] of pictures.entries()) {
    for (const other of pictures.slice(index + 1)) expect(psnr(rgba, other.rgba)).toBeLessThan(LIKE_ANOTHER_DB);
  }
});

/** Pictures of the same prompt and seed, one of which has seen something else: unlike in more than rounding. */
const LIKE_ANOTHER_DB = 45;

test('the same pictures give the same bytes', async ({ page }) => {
  const jobs = [looking(FIRST, THIRD), looking(FIRST, THIRD)];
  const { pictures } = await page.evaluate(draw, { device: 'wasm' as const, jobs });
  expect(pictures[1]?.bytes).toBe(pictures[0]?.bytes);
});

test('a cancel between two pictures frees every tensor, and the next job works', async ({ page }) => {
  await expectCancelsToFree(page, 'wasm');
});

test('a start does not wait for the graphs that look: they come with the first picture, once', async ({ page }) => {
  const jobs = [looking(), looking(FIRST), looking(SECOND, FIRST)].map((job) => ({ job }));
  const { atStart, traces } = await page.evaluate(traceInPage, { device: 'wasm' as const, jobs });
  expect(atStart).toEqual(START);
  expect(traces.map(({ loaded }) => loaded)).toEqual([
    START,
    [...START, 'encoder', 'fusion'],
    [...START, 'encoder', 'fusion'],
  ]);
  expect(traces[0]?.runs).toEqual(expect.not.arrayContaining(['encoder', 'fusion']));
});

test('all are looked at whole in one square, and those with a share in the start also where they will be seen', async ({
  page,
}) => {
  const { asked, same, moved, other } = await page.evaluate(conditionInPage);
  const looks = ['first inside 128x128', 'second inside 128x128'];
  expect(asked).toEqual([...looks, 'first inPlace 192x96', 'second inPlace 192x96']);
  expect(same).toBe(0);
  expect(moved).toBeGreaterThan(0.05);
  expect(other).toBeGreaterThan(0.05);
});

test('the shipped Pocket starts from the picture that lends the object, and from none where words name the thing', async ({
  page,
}) => {
  const prompts = [
    'make it blue',
    'the object of image 1 on the background of image 2',
    'the object of image 2 in the style of image 1',
  ];
  const shares = await page.evaluate(sharesInPage, [...prompts, 'a cat in the style of image 2']);
  const [edit, first, second, none] = shares;
  expect(edit).toEqual([expect.closeTo(1, 1)]);
  expect(first?.[0]).toBeGreaterThan(0.8);
  expect(second?.[1]).toBeGreaterThan(0.8);
  expect(Math.max(...(none ?? [Number.NaN]))).toBeLessThan(0.2);
});

/** Runs in the page: how much of each picture is in the start, for each prompt; an instruction is given the first alone. */
async function sharesInPage(prompts: readonly string[]): Promise<number[][]> {
  const { openPocket } = await import('/tests/browser/pages/openPocket.ts');
  const { runtime, model } = await openPocket('/models/pocket/');
  const disc = (red: number, green: number, blue: number) => {
    const inside = ({ widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number }) => {
      const value = (_: unknown, i: number) => {
        const x = (i % widthPx) / widthPx - 0.5;
        const y = (Math.floor(i / widthPx) % heightPx) / heightPx - 0.5;
        const channel = Math.floor(i / (widthPx * heightPx));
        return Math.hypot(x, y) < 0.3 ? ([red, green, blue][channel] ?? 0) : 0.95;
      };
      return { widthPx, heightPx, planes: Float32Array.from({ length: 3 * widthPx * heightPx }, value) };
    };
    const bounded = () => {
      throw new Error('Pocket looks at no picture in its own size.');
    };
    return { bounded, inside, inPlace: inside };
  };
  const pictures = [disc(0.9, 0.2, 0.1), disc(0.2, 0.3, 0.8)];
  const shares = [];
  for (const prompt of prompts) {
    const references = prompt.includes('image') ? pictures : pictures.slice(0, 1);
    const request = { prompt, negativePrompt: null, guidance: null, references, checkpoint: async () => {} };
    const { mix = [] } = await model.encodePrompt(request);
    shares.push(references.map((one) => mix.find(({ picture }) => picture === one)?.share ?? 0));
  }
  await runtime.close();
  return shares;
}

/** Runs in the page: what the family asks of its pictures, and the largest difference that each of them makes to a prior. */
async function conditionInPage() {
  const { openPocket } = await import('/tests/browser/pages/openPocket.ts');
  const { runtime, model } = await openPocket('/tests/fixtures/tiny-pocket/');
  const asked: string[] = [];
  const shapes = { first: 1, second: 2 };
  const prior = await priorOf(shapes, 1);
  const asks = [...asked];
  const same = furthest(prior, await priorOf(shapes, 1));
  const moved = furthest(prior, await priorOf(shapes, 5));
  const other = furthest(prior, await priorOf({ ...shapes, second: 6 }, 1));
  await runtime.close();
  return { asked: asks, same, moved, other };

  /** @param inPlace what is seen of the first picture in the drawing's own grid */
  async function priorOf({ first, second }: typeof shapes, inPlace: number): Promise<Float32Array> {
    const encoded = await model.encodePrompt({
      prompt: 'make it blue',
      negativePrompt: null,
      guidance: null,
      references: [pictureOf('first', first, inPlace), pictureOf('second', second, second)],
      checkpoint: async () => {},
    });
    const { tensors } = await model.condition(encoded, { latentHeight: 12, latentWidth: 24 }, async () => {});
    if (!tensors.prior) throw new Error('There is no prior.');
    return runtime.read(tensors.prior);
  }

  function pictureOf(name: string, inside: number, inPlace: number) {
    const show = (how: string, kind: number) => (size: { readonly widthPx: number; readonly heightPx: number }) => {
      const { widthPx, heightPx } = size;
      asked.push(`${name} ${how} ${widthPx}x${heightPx}`);
      const value = (_: unknown, i: number) => 0.5 + 0.5 * Math.sin(kind * (1 + (i % widthPx) / 20 + i / widthPx / 30));
      return { ...size, planes: Float32Array.from({ length: 3 * widthPx * heightPx }, value) };
    };
    const bounded = () => {
      throw new Error('Pocket looks at no picture in its own size.');
    };
    return { bounded, inside: show('inside', inside), inPlace: show('inPlace', inPlace) };
  }

  function furthest(a: Float32Array, b: Float32Array): number {
    return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
  }
}
