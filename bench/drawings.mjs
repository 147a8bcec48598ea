/** One picture drawn three ways, in turns: by the product, by bare sessions in the same page, by onnxruntime-node. */
import { setTimeout as wait } from 'node:timers/promises';
import { BARE_STAGES } from './bareDrawing.mjs';
import { drawBareInPage, openBare } from './bareInPage.mjs';
import { openNodeSessions } from './nodeSessions.mjs';
import { median, pairedRatio } from './statistics.mjs';

/** onnxruntime's threads spin for a moment after a run and would disturb the next one. */
const CALM_DOWN_MS = 300;

/** Pocket at 1:1 and 1K: see the model's entry in src/models. */
const NATIVE = { latentHeight: 16, latentWidth: 16, upscalePasses: 3 };

const OUR_STAGES = /** @type {const} */ (['text', 'denoise', 'decode', 'upscale']);

/**
 * @param {import('playwright-core').Page} page with the product in it
 * @param {import('./model.mjs').BenchModel} model
 * @param {{ rounds: number, threads: number }} options
 */
export async function measureDrawings(page, model, { rounds, threads }) {
  const device = await page.evaluate(async () => (await Reflect.get(window, 'tessera').ready()).device);
  await openBare(page, { device, threads, keepOnDevice: true });
  const drawInNode = await openNodeSessions(model.folder, threads);
  const job = { tokenIds: model.tokenIds, latentChannels: model.latentChannels, steps: model.steps, ...NATIVE };

  const turns = {
    ours: () => drawOurs(page, model),
    bare: () => drawBareInPage(page, job),
    node: () => drawInNode(job),
  };
  const { ours, bare, node } = await takeTurns(turns, rounds);
  return {
    overhead: overhead(ours, bare, { device, steps: model.steps }),
    node: device === 'wasm' ? againstNode(bare, node, { threads, steps: model.steps }) : null,
  };
}

/**
 * One unmeasured round, then `rounds` measured ones.
 *
 * @template {Record<string, () => Promise<unknown>>} Turns
 * @param {Turns} turns
 * @param {number} rounds
 * @returns {Promise<{ [Name in keyof Turns]: Awaited<ReturnType<Turns[Name]>>[] }>}
 */
export async function takeTurns(turns, rounds) {
  /** @type {Record<string, unknown[]>} */
  const results = Object.fromEntries(Object.keys(turns).map((name) => [name, []]));
  const order = Object.entries(turns);
  for (let round = 0; round <= rounds; round++) {
    for (const [name, turn] of order) {
      const result = await turn();
      if (round > 0) results[name]?.push(result);
      await wait(CALM_DOWN_MS);
    }
    // Whoever goes first meets the calmest machine.
    order.push(...order.splice(0, 1));
  }
  return /** @type {never} */ (results);
}

/**
 * @param {import('playwright-core').Page} page
 * @param {import('./model.mjs').BenchModel} model
 * @returns {Promise<Record<typeof OUR_STAGES[number] | 'encode' | 'total' | 'sessionRuns', number>>}
 */
async function drawOurs(page, { prompt, steps }) {
  return page.evaluate(
    async (request) => {
      const startMs = performance.now();
      const answer = await Reflect.get(window, 'tessera').generate(request);
      const total = performance.now() - startMs;
      URL.revokeObjectURL(answer.data[0].url);
      return { total, sessionRuns: answer.session_runs_ms, ...answer.timings_ms };
    },
    { model: 'pocket', prompt, steps, seed: 7, aspect_ratio: '1:1', resolution: '1K' },
  );
}

/**
 * @typedef {import('./bareDrawing.mjs').BareTimesMs} BareTimesMs
 * @param {readonly Awaited<ReturnType<typeof drawOurs>>[]} ours
 * @param {readonly BareTimesMs[]} bare
 * @param {{ device: 'webgpu' | 'wasm', steps: number }} options
 */
function overhead(ours, bare, { device, steps }) {
  const totals = ours.map(({ total }) => total);
  const sessionRuns = ours.map((times) => times.sessionRuns);
  const bareTotals = bare.map(sum);
  return {
    device,
    steps,
    ourTotalMs: median(totals),
    bareTotalMs: median(bareTotals),
    ratio: pairedRatio(totals, bareTotals),
    ourSessionRunsMs: median(sessionRuns),
    ratioToOurSessionRuns: pairedRatio(totals, sessionRuns),
    encodeMs: median(ours.map(({ encode }) => encode)),
    stages: OUR_STAGES.map((stage) => {
      const ourMs = ours.map((times) => times[stage]);
      const bareMs = bare.map((times) => (stage === 'text' ? times.text + times.prior : times[stage]));
      return { stage, ourMs: median(ourMs), bareMs: median(bareMs), ratio: pairedRatio(ourMs, bareMs) };
    }),
  };
}

/**
 * @param {readonly BareTimesMs[]} web
 * @param {readonly BareTimesMs[]} node
 * @param {{ threads: number, steps: number }} options
 */
function againstNode(web, node, { threads, steps }) {
  const stages = BARE_STAGES.map((stage) => {
    const runs = stage === 'denoise' ? steps : 1;
    const webMs = web.map((times) => times[stage] / runs);
    const nodeMs = node.map((times) => times[stage] / runs);
    const name = stage === 'denoise' ? 'denoise step' : stage;
    return { stage: name, webMs: median(webMs), nodeMs: median(nodeMs), ratio: pairedRatio(webMs, nodeMs) };
  });
  return { threadsWeb: threads, threadsNode: threads, stages };
}

/** @param {BareTimesMs} timesMs */
function sum(timesMs) {
  return BARE_STAGES.reduce((total, stage) => total + timesMs[stage], 0);
}
