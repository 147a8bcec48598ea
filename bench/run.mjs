/** The bench from top to bottom: one run, and for each part a table and a JSON file. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBrowser, launchOptions } from '../tools/browser.mjs';
import { ensureBuilt } from '../tools/build.mjs';
import { ROOT } from '../tools/paths.mjs';
import { formatCarriers } from './carriers/report.mjs';
import { measureIframe } from './carriers/run.mjs';
import { measureValidation } from './carriers/validation.mjs';
import { measureDevices } from './devices.mjs';
import { formatDownload } from './download/report.mjs';
import { measureDownload } from './download/run.mjs';
import { measureDrawings } from './drawings.mjs';
import { describeEnvironment } from './environment.mjs';
import { readModel } from './model.mjs';
import { formatReport } from './report.mjs';
import { serveBench } from './server.mjs';
import { measureStarts } from './starts.mjs';
import { formatTiles } from './tiles/report.mjs';
import { measureTiles } from './tiles/run.mjs';

const POCKET = join(ROOT, 'public/models/pocket');
const TINY = join(ROOT, 'tests/fixtures/tiny-pocket');
const QUICK_ROUNDS = 1;
const ROUNDS = 5;
/** They take milliseconds each. */
const CARRIER_ROUNDS = 15;

/** The number of threads the product gives onnxruntime-web: see src/runtime/session.ts. */
const MOST_THREADS = 4;

/**
 * @typedef {object} BenchOptions
 * @property {boolean} quick one round with the tiny test model: shows that the bench works, says nothing about speed
 * @property {readonly ('sessions' | 'tiles' | 'carriers' | 'download')[]} parts
 * @property {string | null} modelFolder
 * @property {string} out folder of the results: bench.json, tiles.json, carriers.json, download.json
 */

/** @param {BenchOptions} options */
export async function runBench({ quick, parts, modelFolder, out }) {
  await ensureBuilt();
  await mkdir(out, { recursive: true });
  const folder = modelFolder ?? (quick ? TINY : POCKET);
  const launch = launchOptions(await ensureBrowser());
  const otherModel = folder === POCKET ? null : folder;
  const server = await serveBench({ modelFolder: otherModel });
  try {
    const model = await readModel(folder);
    if (parts.includes('sessions')) {
      const measured = await measureSessions(server.url, { launch, model, rounds: quick ? QUICK_ROUNDS : ROUNDS });
      const result = await keep(measured, join(out, 'bench.json'));
      process.stdout.write(`${formatReport(result)}\n\n`);
    }
    if (parts.includes('tiles')) {
      const measured = await measureTiles(server.url, { quick, launch, model, modelFolder: otherModel, say });
      const result = await keep(measured, join(out, 'tiles.json'));
      process.stdout.write(`${formatTiles(result)}\n\n`);
    }
    if (parts.includes('carriers')) {
      const measured = await measureCarriers(server.url, { launch, quick });
      const result = await keep(measured, join(out, 'carriers.json'));
      process.stdout.write(`${formatCarriers(result)}\n`);
    }
    if (parts.includes('download')) {
      const measured = await measureDownloads(server.url, { launch, quick });
      const result = await keep(measured, join(out, 'download.json'));
      process.stdout.write(`${formatDownload(result)}\n`);
    }
  } finally {
    await server.close();
  }
}

/**
 * @param {string} url
 * @param {{ launch: import('playwright-core').LaunchOptions, model: import('./model.mjs').BenchModel, rounds: number }} options
 */
export async function measureSessions(url, { launch, model, rounds }) {
  const browser = await chromium.launch(launch);
  try {
    // What it keeps for the next start is not what is measured here.
    const page = await browser.newPage({ serviceWorkers: 'block' });
    await page.goto(url);
    const environment = await describeEnvironment(page, browser.version());
    const threads = environment.crossOriginIsolated ? Math.min(MOST_THREADS, environment.cores) : 1;
    say('Drawing: the product, bare sessions, onnxruntime-node…');
    const drawings = await measureDrawings(page, model, { rounds, threads });
    await browser.close();

    const { device } = drawings.overhead;
    const software = environment.adapter?.software ?? true;
    say('Starting the page, cold and warm…');
    const starts = await measureStarts(url, { launch, rounds, threads, device });
    say('WebGPU beside wasm…');
    const devices = await measureDevices(url, model, { launch, software, rounds, threads });
    return {
      date: new Date().toISOString().slice(0, 10),
      environment,
      model: { revision: model.revision, preset: model.preset },
      rounds,
      ...drawings,
      starts,
      devices,
    };
  } finally {
    await browser.close();
  }
}

/**
 * @param {string} url
 * @param {{ launch: import('playwright-core').LaunchOptions, quick: boolean }} options
 */
async function measureCarriers(url, { launch, quick }) {
  say('Carrying pictures into a frame of another site, and checking requests…');
  const browser = await chromium.launch(launch);
  try {
    const page = await browser.newPage();
    await page.goto(url);
    const environment = await describeEnvironment(page, browser.version());
    const rounds = quick ? QUICK_ROUNDS : CARRIER_ROUNDS;
    const iframe = await measureIframe({ launch, rounds });
    const validation = await measureValidation({ launch, requests: quick ? 500 : 5_000 });
    return { date: new Date().toISOString().slice(0, 10), environment, rounds, iframe, validation };
  } finally {
    await browser.close();
  }
}

/**
 * @param {string} url
 * @param {{ launch: import('playwright-core').LaunchOptions, quick: boolean }} options
 */
async function measureDownloads(url, { launch, quick }) {
  say('Downloading a model, with and without keeping it…');
  const browser = await chromium.launch(launch);
  try {
    const page = await browser.newPage();
    await page.goto(url);
    const environment = await describeEnvironment(page, browser.version());
    const rounds = quick ? QUICK_ROUNDS : ROUNDS;
    const sizeBytes = quick ? 4_000_000 : 100_000_000;
    const times = await measureDownload({ launch, rounds, sizeBytes });
    return { date: new Date().toISOString().slice(0, 10), environment, rounds, sizeBytes, times };
  } finally {
    await browser.close();
  }
}

/**
 * @template {object} T
 * @param {T} result
 * @param {string} path
 * @returns {Promise<T>} what was written: tables made of it agree with the file in every digit
 */
async function keep(result, path) {
  const text = JSON.stringify(result, rounded, 2);
  await writeFile(path, `${text}\n`);
  return JSON.parse(text);
}

/**
 * @param {string} _key
 * @param {unknown} value
 */
function rounded(_key, value) {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
