/** Fields that only some models take: pictures to start from or to look at, and masks. */
import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { type ModelHost, startModelHost } from './modelHost';
import { addModel, card, modelField, openModels, useSdTurbo } from './studioModelsPage';
import { draw, expect, generateButton, openStudio, PATIENCE_MS, picture, test } from './support';

const ICON = 'public/icon-192.png';

let host: ModelHost;

test.beforeAll(async () => {
  host = await startModelHost();
});

test.afterAll(() => host.close());

test('a picture to start from is chosen, dropped, pasted or taken from the session', async ({ page }) => {
  await openStudio(page);
  await expect(page.getByRole('group', { name: 'Picture to start from' })).toHaveCount(0);
  await useSdTurbo(page, host);
  const field = page.getByRole('group', { name: 'Picture to start from' });
  await page.getByLabel('Choose a picture…').setInputFiles(ICON);
  await expect(field.getByRole('img', { name: 'icon-192.png' })).toBeVisible();
  await field.getByLabel('How far to go from it').fill('0.5');
  await draw(page, 'a red apple');

  await field.getByRole('button', { name: 'Remove icon-192.png' }).click();
  await expect(field.getByRole('img')).toHaveCount(0);
  await give(field, 'drop', 'dropped.png');
  await expect(field.getByRole('img', { name: 'dropped.png' })).toBeVisible();
  await expect(page.locator('.drop-hint')).toHaveCount(0);
  await give(field, 'paste', 'pasted.png');
  await expect(field.getByRole('img')).toHaveCount(1);
  await expect(field.getByRole('img', { name: 'pasted.png' })).toBeVisible();
  await page.getByRole('button', { name: 'Start from this picture' }).click();
  await expect(field.getByRole('img', { name: 'a red apple' })).toBeVisible();
  await draw(page, 'a green apple');
  await modelField(page).selectOption('pocket');
  await expect(field).toHaveCount(0);
  await draw(page, 'a cat');
});

test('a part of a picture is painted over, or given as a file, and drawn anew', async ({ page }) => {
  await openStudio(page);
  await useSdTurbo(page, host);
  await page.getByLabel('Choose a picture…').setInputFiles(ICON);
  const field = page.getByRole('group', { name: /^Drawn anew/ });
  await field.getByRole('button', { name: 'Paint a part' }).click();
  const canvas = field.getByRole('img', { name: 'Brush over icon-192.png' });
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  if (!box) throw new Error('The canvas has no box.');
  await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + (3 * box.width) / 4, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(field).toContainText('the part painted over');
  const sent = watchMask(page);
  await draw(page, 'a red apple');
  const { middle, corner } = await sent;
  expect([middle, corner]).toEqual([0, 255]);

  await field.getByRole('button', { name: 'Clear' }).click();
  await expect(field).toContainText('the whole picture');
  await field.getByLabel('Mask from a file…').setInputFiles(ICON);
  await expect(field).toContainText('icon-192.png');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
});

test('several pictures keep the order that they are given, up to as many as the model looks at', async ({ page }) => {
  await openStudio(page);
  await openModels(page);
  await addModel(page, host, 'flux2-klein');
  const flux = card(page, 'custom-flux2-klein');
  await flux.getByRole('button', { name: /^Get/ }).click();
  await flux.getByRole('button', { name: /^Draw with it/ }).click({ timeout: PATIENCE_MS });
  const field = page.getByRole('group', { name: /^Pictures to look at/ });
  const icon = await readFile(ICON);
  const files = ['a', 'b'].map((name) => ({ name: `${name}.png`, mimeType: 'image/png', buffer: icon }));
  await page.getByLabel('Choose pictures…').setInputFiles(files);
  const names = () => field.getByRole('img').evaluateAll((images) => images.map((image) => image.getAttribute('alt')));
  expect(await names()).toEqual(['Picture 1: a.png', 'Picture 2: b.png']);
  await field.getByRole('button', { name: 'Move b.png to place 1' }).click();
  await expect.poll(names).toEqual(['Picture 1: b.png', 'Picture 2: a.png']);
  await generateButton(page).click();
  await expect(page.getByText('Say in a few words what to draw')).toBeVisible();
  await draw(page, 'the first next to the second');
  await expect(picture(page)).toBeVisible();
});

/** A picture as it comes from the clipboard or by drag and drop. */
async function give(field: Locator, type: 'drop' | 'paste', name: string): Promise<void> {
  const base64 = (await readFile(ICON)).toString('base64');
  await field.evaluate(
    async (element, { type, name, base64 }) => {
      const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
      const data = new DataTransfer();
      data.items.add(new File([blob], name, { type: 'image/png' }));
      const options = { bubbles: true, cancelable: true };
      if (type === 'paste') element.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: data }));
      else {
        element.dispatchEvent(new DragEvent('dragover', { ...options, dataTransfer: data }));
        element.dispatchEvent(new DragEvent('drop', { ...options, dataTransfer: data }));
      }
    },
    { type, name, base64 },
  );
}

/** How opaque the mask of the next request is in its middle and in a corner. */
function watchMask(page: Page): Promise<{ readonly middle: number | undefined; readonly corner: number | undefined }> {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const { tessera } = window as unknown as { tessera: { generate(request: { mask: string }): unknown } };
        const generate = tessera.generate.bind(tessera);
        tessera.generate = (request, ...rest) => {
          void fetch(request.mask)
            .then((response) => response.blob())
            .then(createImageBitmap)
            .then((image) => {
              const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
              context?.drawImage(image, 0, 0);
              const alphaAt = (x: number, y: number) => context?.getImageData(x, y, 1, 1).data[3];
              resolve({ middle: alphaAt(image.width / 2, image.height / 2), corner: alphaAt(1, 1) });
            });
          return generate(request, ...rest);
        };
      }),
  );
}
