/** The most memory that the page's process and the GPU process held since a moment, as Linux counts it. */
import { readFile, writeFile } from 'node:fs/promises';

/** What the kernel takes to mean: forget the high-water mark. */
const RESET_PEAK = '5';

const MIB_IN_KIB = 1024;

/**
 * @param {import('playwright-core').Browser} browser
 * @returns {Promise<ProcessMemory | null>} null where there is no /proc
 */
export async function watchMemory(browser) {
  if (process.platform !== 'linux') return null;
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const gpu = processInfo.filter(({ type }) => type === 'GPU').map(({ id }) => id);
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  // The browser keeps spare renderers; ours is the one that holds a model.
  const sizes = await Promise.all(renderers.map(async (id) => ({ id, mib: (await readMib(id)).nowMib })));
  const largest = sizes.toSorted((a, b) => b.mib - a.mib)[0];
  return largest ? new ProcessMemory([largest.id, ...gpu]) : null;
}

export class ProcessMemory {
  /** @param {number[]} ids of processes */
  constructor(ids) {
    this.ids = ids;
  }

  /**
   * @returns {Promise<boolean>} false where the kernel refuses: peaks then count from the start of the browser
   */
  async resetPeak() {
    try {
      await Promise.all(this.ids.map((id) => writeFile(`/proc/${id}/clear_refs`, RESET_PEAK)));
      return true;
    } catch {
      return false;
    }
  }

  /** Sums over the processes; their peaks may not have been at one moment, so the sum is the most it can have been. */
  async read() {
    const each = await Promise.all(this.ids.map(readMib));
    const sum = (/** @type {number} */ a, /** @type {number} */ b) => a + b;
    return {
      nowMib: each.map(({ nowMib }) => nowMib).reduce(sum),
      peakMib: each.map(({ peakMib }) => peakMib).reduce(sum),
    };
  }
}

/** @param {number} id of a process */
async function readMib(id) {
  const status = await readFile(`/proc/${id}/status`, 'utf8');
  const field = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / MIB_IN_KIB;
  return { nowMib: field('VmRSS'), peakMib: field('VmHWM') };
}
