/**
 * `npm run generate -- --prompt "…" --out FILE`: one picture from a terminal, drawn by the same page as everywhere.
 * stdout carries the answer as one line of JSON, stderr the rest. Exit codes: 1 the work failed, 2 wrong use, 130 Ctrl-C.
 */
import './nodeVersion.mjs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { readArguments, USAGE } from './generate/arguments.mjs';
import { downloadReporter } from './generate/download.mjs';
import { progressLines } from './generate/progress.mjs';
import { ensureInstalled } from './install.mjs';
import { UsageError } from './usage.mjs';

/** Error codes of the page that mean the request itself was wrong. */
const USAGE_CODES = ['parameter_missing', 'invalid_parameter', 'not_found'];

const cancel = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => cancel.abort());

try {
  const task = readArguments(process.argv.slice(2));
  process.stdout.write(task === null ? USAGE : `${JSON.stringify(await run(task))}\n`);
} catch (error) {
  say(cancel.signal.aborted ? 'Cancelled.' : String(error instanceof Error ? error.message : error).split('\n', 1)[0]);
  process.exitCode = exitCodeOf(error);
}

/** @param {import('./generate/arguments.mjs').Task} task */
async function run(task) {
  await ensureInstalled();
  // These load packages: only now are they sure to be there.
  const { ensureBuilt } = await import('./build.mjs');
  const { draw } = await import('./generate/drive.mjs');
  await ensureBuilt();
  cancel.signal.throwIfAborted();
  const nextLine = progressLines();
  const download = downloadReporter(process.stderr);
  const { answer, bytes } = await draw(task, {
    onProgress(event) {
      download.end();
      say(nextLine(event));
    },
    onDownload: download.report,
    say,
    signal: cancel.signal,
  }).finally(download.end);
  await writeWhole(task.outPath, bytes);
  const url = pathToFileURL(task.outPath).href;
  return { ...answer, data: answer.data.map((image) => ({ ...image, url })) };
}

/**
 * A reader never meets half a picture: written beside, then renamed.
 *
 * @param {string} path
 * @param {Uint8Array} bytes
 */
async function writeWhole(path, bytes) {
  const partial = `${path}.${process.pid}.part`;
  try {
    await writeFile(partial, bytes);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

/** @param {string | null | undefined} line */
function say(line) {
  if (line) process.stderr.write(`${line}\n`);
}

/** @param {unknown} error */
function exitCodeOf(error) {
  if (cancel.signal.aborted) return 130;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof UsageError || USAGE_CODES.includes(code) ? 2 : 1;
}
