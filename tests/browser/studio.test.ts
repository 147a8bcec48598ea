/** The page in use: prompt to picture, by mouse and by keyboard, and back out of it. */

import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { slowDown } from '../slowWorker';
import {
  cancelButton,
  draw,
  expect,
  generateButton,
  hashOf,
  openStudio,
  PATIENCE_MS,
  picture,
  pictureUrl,
  promptField,
  test,
} from './support';

test('a prompt becomes a picture, with its prompt as alternative text', async ({ page }) => {
  await openStudio(page);
  await draw(page, 'a red apple on a blue background');
  await expect(picture(page)).toHaveAttribute('alt', 'a red apple on a blue background');
  const size = await picture(page).evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });
  expect(size).toEqual([1024, 1024]);
  await expect(page.locator('.facts')).toContainText('pocket');
});

test('every shape has its exact size', async ({ page }) => {
  await openStudio(page);
  await page.getByRole('radio', { name: '21:9' }).check();
  await draw(page, 'a cat');
  await expect(page.locator('.facts')).toContainText('1512 × 648, PNG');
  const box = await picture(page).boundingBox();
  expect((box?.width ?? 0) / (box?.height ?? 1)).toBeCloseTo(1512 / 648, 1);
});

test('everything works without a mouse', async ({ page }) => {
  await openStudio(page);
  await pressTabUntil(page, 'prompt');
  await page.keyboard.type('a blue sta');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'star', exact: true })).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('button', { name: 'Surprise me' })).toBeFocused();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await expect(promptField(page)).toBeFocused();
  await expect(promptField(page)).toHaveValue('a blue star ');
  await page.keyboard.type('on a white background');
  await pressTabUntil(page, '1:1');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: '2:3' })).toBeChecked();
  await page.keyboard.press('Control+Enter');
  await expect(picture(page)).toHaveAttribute('alt', 'a blue star on a white background', { timeout: PATIENCE_MS });
  await expect(page.locator('.facts')).toContainText('832 × 1248');
});

test('Enter on the Generate button draws, Escape cancels, and the focus is never lost', async ({ page }) => {
  await openStudio(page);
  await slowDown(page, 300);
  await promptField(page).fill('a robot');
  await pressTabUntil(page, 'generate');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('progressbar')).toBeVisible();
  await expect(generateButton(page)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(cancelButton(page)).toBeDisabled();
  await expect(generateButton(page)).toHaveText(/^Generate/);
  await expect(generateButton(page)).toBeFocused();
  expect(await pictureUrl(page)).toBeNull();
});

test('Cancel stops the work within one step, and the next picture works', async ({ page }) => {
  await openStudio(page, '?steps=8');
  await slowDown(page, 400);
  await page.evaluate(() => {
    const { tessera } = window as unknown as { tessera: Tessera };
    const generate = tessera.generate.bind(tessera);
    const told: string[] = [];
    Object.assign(window, { told });
    tessera.generate = (request, options) =>
      generate(request, {
        ...options,
        onProgress: (event) => {
          told.push(event.type === 'step' ? `step ${event.step}` : event.type === 'stage' ? event.stage : event.type);
          options?.onProgress?.(event);
          if (event.type === 'step' && event.step === 2) {
            for (const button of document.querySelectorAll('button'))
              if (button.textContent?.startsWith('Cancel')) button.click();
          }
        },
      });
  });
  await promptField(page).fill('a robot');
  await generateButton(page).click();
  await expect(generateButton(page)).toHaveText(/^Drawing/);
  await expect(generateButton(page)).toHaveText(/^Generate/, { timeout: PATIENCE_MS });
  // Longer than two more steps would take, had they been drawn.
  await page.waitForTimeout(1200);
  const told = await page.evaluate(() => Reflect.get(window, 'told') as string[]);
  expect(told).toContain('step 2');
  expect(told.filter((event) => /^step [4-8]$|decode|upscale/.test(event))).toEqual([]);
  expect(await pictureUrl(page)).toBeNull();
  await page.getByText('More settings').click();
  await page.getByRole('slider', { name: 'Steps' }).fill('1');
  await draw(page, 'a dog');
});

test('progress is told by stage, with a preview that is replaced by the picture', async ({ page }) => {
  await openStudio(page);
  await slowDown(page, 250);
  const lines = await recordTexts(page, '.status-line > :first-child');
  await promptField(page).fill('a heart');
  await generateButton(page).click();
  await expect(page.getByRole('img', { name: 'Preview of the picture being drawn' })).toBeVisible();
  await expect(picture(page)).toBeVisible({ timeout: PATIENCE_MS });
  const seen = await lines();
  for (const line of ['Reading the prompt', 'Drawing, step 1 of 4', 'Drawing, step 4 of 4', 'Refining to full size']) {
    expect(seen).toContain(line);
  }
  await expect(page.locator('.preview')).toHaveCount(0);
});

test('the same seed gives the same bytes; the seed used can be used again', async ({ page }) => {
  await openStudio(page);
  const first = await hashOf(page, await draw(page, 'a purple fish'));
  const other = await hashOf(page, await draw(page, 'a purple fish'));
  expect(other).not.toBe(first);
  await page
    .getByRole('button', { name: /^a purple fish, seed/ })
    .last()
    .click();
  await page.getByRole('button', { name: /^Use seed/ }).click();
  await expect(page.getByRole('checkbox', { name: 'New every time' })).not.toBeChecked();
  const again = await hashOf(page, await draw(page, 'a purple fish'));
  expect(again).toBe(first);
});

test('Download gives a valid PNG, named after the id and never after the prompt', async ({ page }) => {
  await openStudio(page);
  await draw(page, '../../etc/passwd <b>.exe');
  const id = (await page.locator('.facts dd').last().textContent()) ?? '';
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`${id}.png`);
  const png = readPng(await readFile(await download.path()));
  expect(png).toMatchObject({ width: 1024, height: 1024, bitDepth: 8 });
  expect(png.pixelBytes).toBe(1024 * (1 + 1024 * png.channels));
});

test('a removed picture frees its bytes, and its neighbour takes its place', async ({ page }) => {
  await openStudio(page);
  const first = await draw(page, 'a cat');
  const second = await draw(page, 'a dog');
  await page.getByRole('button', { name: /^Remove a dog/ }).click();
  await expect(picture(page)).toHaveAttribute('src', first);
  await expect(hashOf(page, second)).rejects.toThrow('Failed to fetch');
  await page.getByRole('button', { name: /^Remove a cat/ }).click();
  await expect(page.getByText('Your picture appears here.')).toBeVisible();
});

test('settings travel in a link; what is not valid in one is ignored', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openStudio(page, '?prompt=a%20%3Cb%3Ecat%3C%2Fb%3E&seed=7&ratio=16:9&steps=99&format=exe&device=quantum');
  await expect(promptField(page)).toHaveValue('a <b>cat</b>');
  await expect(page.getByRole('textbox', { name: 'Seed' })).toHaveValue('7');
  await expect(page.getByRole('radio', { name: '16:9' })).toBeChecked();
  await generateButton(page).click();
  await expect(picture(page)).toHaveAttribute('alt', 'a <b>cat</b>', { timeout: PATIENCE_MS });
  await page.getByRole('button', { name: 'Copy settings' }).click();
  await expect(page.getByText('Copied: a link')).toBeAttached();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  expect(Object.fromEntries(link.searchParams)).toEqual({
    prompt: 'a <b>cat</b>',
    ratio: '16:9',
    steps: '4',
    seed: '7',
  });
});

async function pressTabUntil(page: Page, target: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    const reached = await page.evaluate(() => {
      const { id, value } = document.activeElement as HTMLInputElement;
      return [id, value];
    });
    if (reached.includes(target)) return;
  }
  throw new Error(`The Tab key never reached ${target}.`);
}

/** Notes every text an element shows from now on. */
async function recordTexts(page: Page, selector: string): Promise<() => Promise<string[]>> {
  await page.evaluate((css) => {
    const texts: string[] = [];
    Object.assign(window, { texts });
    const note = () => texts.push(document.querySelector(css)?.textContent ?? '');
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, selector);
  return () => page.evaluate(() => Reflect.get(window, 'texts') as string[]);
}

/** Just enough of the PNG specification to see that the file is whole. */
function readPng(file: Buffer) {
  expect(file.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  const data: Buffer[] = [];
  let type = '';
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    type = file.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') data.push(file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  expect(type).toBe('IEND');
  const channels = { 2: 3, 6: 4 }[file.readUInt8(25)] ?? 0;
  const pixelBytes = inflateSync(Buffer.concat(data)).length;
  return {
    width: file.readUInt32BE(16),
    height: file.readUInt32BE(20),
    bitDepth: file.readUInt8(24),
    channels,
    pixelBytes,
  };
}
