/** The key that a server asks for: made once, readable by nobody but its owner, and the same after a restart. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * @param {string} path
 * @returns {Promise<{ key: string, isNew: boolean }>}
 */
export async function keptKey(path) {
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (kept !== '') return { key: kept, isNew: false };
  const key = `sk_${randomBytes(24).toString('base64url')}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${key}\n`, { mode: 0o600 });
  return { key, isNew: true };
}
