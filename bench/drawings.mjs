/** One picture drawn three ways, in turns: by the product, by bare sessions in the same page, by onnxruntime-node. */
import { setTimeout as wait } from 'node:timers/promises';
import { BARE_STAGES } from './bareDrawing.mjs';
import { drawBareInPage, openBare } from './bareInPage.mjs';
import { openNodeSessions } from './nodeSessions.mjs';
import { median, medians } from './statistics.mjs';

/** onnxruntime's threads spin for a moment after a run and would disturb the next one. */
const CALM_DOWN_MS = 300;

/** Pocket at 1:1 and 1K: see the model's entry in src/models. */
const NATIVE = { latentHeight: 16, latentWidth: 16, upscalePasses: 3 };

const OUR_STAGES = /** @type {const} */ (['text', 'denoise', 'decode', 'upscale', 'encode']);

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
  const ourMs = medians(ours, ['total', 'sessionRuns', ...OUR_STAGES]);
  const bareMs = medians(bare, BARE_STAGES);
  return {
    overhead: overhead({ device, ourMs, bareMs, bareTotalMs: median(bare.map(total)), steps: model.steps }),
    node: device === 'wasm' ? againstNode(bareMs, medians(node, BARE_STAGES), { threads, steps: model.steps }) : null,
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
  for (let round = 0; round <= rounds; round++) {
    for (const [name, turn] of Object.entries(turns)) {
      const result = await turn();
      if (round > 0) results[name]?.push(result);
      await wait(CALM_DOWN_MS);
    }
  }
  return /** @type {never} */ (results);
}

/**
 * @param {import('playwright-core').Page} page
 * @param {import('./model.mjs').BenchModel} model
 * @returns {Promise<Record<typeof OUR_STAGES[number] | 'total' | 'sessionRuns', number>>}
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
 * @param {{ device: 'webgpu' | 'wasm', steps: number, ourMs: Awaited<ReturnType<typeof drawOurs>>, bareMs: BareTimesMs, bareTotalMs: number }} measured
 */
function overhead({ device, steps, ourMs, bareMs, bareTotalMs }) {
  const bareOf = { ...bareMs, text: bareMs.text + bareMs.prior };
  const stages = /** @type {const} */ (['text', 'denoise', 'decode', 'upscale']).map((stage) => ({
    stage,
    ourMs: ourMs[stage],
    bareMs: bareOf[stage],
    ratio: ourMs[stage] / bareOf[stage],
  }));
  return {
    device,
    steps,
    ourTotalMs: ourMs.total,
    bareTotalMs,
    ratio: ourMs.total / bareTotalMs,
    ourSessionRunsMs: ourMs.sessionRuns,
    ratioToOurSessionRuns: ourMs.total / ourMs.sessionRuns,
    encodeMs: ourMs.encode,
    stages,
  };
}

/**
 * @param {BareTimesMs} web
 * @param {BareTimesMs} node
 * @param {{ threads: number, steps: number }} options
 */
function againstNode(web, node, { threads, steps }) {
  const stages = BARE_STAGES.map((stage) => {
    const runs = stage === 'denoise' ? steps : 1;
    const name = stage === 'denoise' ? 'denoise step' : stage;
    return { stage: name, webMs: web[stage] / runs, nodeMs: node[stage] / runs, ratio: web[stage] / node[stage] };
  });
  return { threadsWeb: threads, threadsNode: threads, stages };
}

/** @param {BareTimesMs} timesMs */
function total(timesMs) {
  return BARE_STAGES.reduce((sum, stage) => sum + timesMs[stage], 0);
}
