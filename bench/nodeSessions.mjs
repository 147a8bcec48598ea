/** The same graphs in onnxruntime-node: the yardstick for onnxruntime-web's wasm. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { drawBare, GRAPHS } from './bareDrawing.mjs';

/**
 * @param {string} modelFolder
 * @param {number} threads
 * @returns {Promise<(job: import('./bareDrawing.mjs').BareJob) => Promise<import('./bareDrawing.mjs').BareTimesMs>>}
 */
export async function openNodeSessions(modelFolder, threads) {
  /** @type {Record<string, InferenceSession>} */
  const sessions = {};
  for (const name of GRAPHS) {
    const bytes = await readFile(join(modelFolder, `${name}.onnx`));
    sessions[name] = await InferenceSession.create(bytes, { executionProviders: ['cpu'], intraOpNumThreads: threads });
  }
  return (job) => drawBare(Tensor, sessions, job);
}
