/** A browser that offers no WebGPU at all. */
import { launchOptions } from '../../tools/browser.mjs';
import { draw, expect, notice, openStudio, PATIENCE_MS, problem, test } from './support';

const { args, ...options } = launchOptions(process.env.TESSERA_BROWSER ?? '');
const withoutGpu = args.filter((flag) => !/webgpu/i.test(flag));
test.use({ launchOptions: { ...options, args: [...withoutGpu, '--disable-features=WebGPUService,WebGPU'] } });

test('without WebGPU the CPU draws, and a notice says so', async ({ page }) => {
  await openStudio(page);
  await expect(notice(page, 'no_webgpu')).toContainText('This browser offers no WebGPU. Everything works');
  await expect(page.locator('.status-strip')).toHaveText('Ready, on the CPU');
  await draw(page, 'a red apple');
});

test('a GPU that was asked for and is not there: the way out is one button', async ({ page }) => {
  await page.goto('/?device=webgpu');
  await expect(problem(page)).toContainText('No GPU available', { timeout: PATIENCE_MS });
  await page.getByRole('button', { name: 'Use the CPU instead' }).click();
  await expect(page.locator('.status-strip')).toHaveText('Ready, on the CPU', { timeout: PATIENCE_MS });
  await draw(page, 'a red apple');
});
