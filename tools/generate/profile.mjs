/** The browser profile in which models are kept between runs. One browser at a time can have it: others wait. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LOCK = 'claimed-by';
const LOOK_EVERY_MS = 500;

/**
 * @param {string} path of the profile's folder
 * @param {{ say: (line: string) => void, signal: AbortSignal }} options
 * @returns {Promise<() => Promise<void>>} gives it back
 */
export async function claimProfile(path, { say, signal }) {
  await mkdir(path, { recursive: true });
  const lock = join(path, LOCK);
  let hasSaid = false;
  while (!(await isWritten(lock, String(process.pid)))) {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    // Of one that was killed: the next look takes it. Zero is of one that is just writing, or just gone.
    if (owner > 0 && !isRunning(owner)) await rm(lock, { force: true });
    else if (owner > 0 && !hasSaid) {
      say(`Waiting for another generate (process ${owner}) that draws with a downloaded model…`);
      hasSaid = true;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  await unlock(path);
  return () => rm(lock, { force: true });
}

/**
 * False where somebody else has written it.
 *
 * @param {string} path
 * @param {string} text
 */
async function isWritten(path, text) {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * A browser that was killed leaves its own lock behind.
 *
 * @param {string} path
 */
async function unlock(path) {
  const locks = (await readdir(path)).filter((name) => name.startsWith('Singleton'));
  await Promise.all(locks.map((name) => rm(join(path, name), { force: true })));
}
