/** The machine in words that identify nobody: no names, no paths. */
import { availableParallelism, loadavg, totalmem } from 'node:os';

/**
 * @param {import('playwright-core').Page} page
 * @param {string} browserVersion
 */
export async function describeEnvironment(page, browserVersion) {
  const adapter = await page.evaluate(async () => {
    const found = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
    if (!found) return null;
    const { vendor, architecture, description, isFallbackAdapter } = found.info;
    const words = [vendor, architecture, description].filter(Boolean).join(' ');
    return { description: words, software: isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(words) };
  });
  return {
    osFamily: process.platform,
    architecture: process.arch,
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    // Other work on the machine before the bench began; 0 on Windows, which does not tell.
    loadAverage: loadavg()[0] ?? 0,
    node: process.versions.node,
    browser: browserVersion,
    adapter,
    crossOriginIsolated: await page.evaluate(() => crossOriginIsolated),
  };
}
