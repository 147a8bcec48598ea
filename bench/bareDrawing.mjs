/**
 * One picture as bare session runs: the graphs in their order, nothing around them. Runs in the browser and in Node.
 * Imports nothing of ours, so that what it measures owes nothing to the pipeline it is compared with.
 *
 * @typedef {import('onnxruntime-web').Tensor} Tensor
 * @typedef {import('onnxruntime-web').InferenceSession} Session
 * @typedef {typeof import('onnxruntime-web').Tensor} TensorClass
 * @typedef {'text' | 'prior' | 'denoise' | 'decode' | 'upscale'} BareStage
 * @typedef {Record<BareStage, number>} BareTimesMs
 * @typedef {object} BareJob
 * @property {number[]} tokenIds
 * @property {number} latentChannels
 * @property {number} latentHeight
 * @property {number} latentWidth
 * @property {number} steps
 * @property {number} upscalePasses
 */

/** @type {BareStage[]} */
export const BARE_STAGES = ['text', 'prior', 'denoise', 'decode', 'upscale'];

export const GRAPHS = ['text_encoder', 'prior', 'denoiser', 'decoder', 'restore', 'super_resolution'];

/**
 * Time per stage inside session runs. A step takes the same time whatever its numbers are, so each one simply
 * gets the output of the one before.
 *
 * @param {TensorClass} TensorClass
 * @param {Readonly<Record<string, Session>>} sessions
 * @param {BareJob} job
 * @returns {Promise<BareTimesMs>}
 */
export async function drawBare(TensorClass, sessions, job) {
  const timesMs = { text: 0, prior: 0, denoise: 0, decode: 0, upscale: 0 };
  const inputs = makeInputs(TensorClass, job);
  /** @type {Tensor[]} */
  const made = [];

  /** @type {(stage: BareStage, graph: string, feeds: Record<string, Tensor>) => Promise<Tensor[]>} */
  async function runAll(stage, graph, feeds) {
    const session = /** @type {Session} */ (sessions[graph]);
    const startMs = performance.now();
    const outputs = await session.run(feeds);
    timesMs[stage] += performance.now() - startMs;
    const inOrder = session.outputNames.map((name) => /** @type {Tensor} */ (outputs[name]));
    made.push(...inOrder);
    return inOrder;
  }

  /** @type {(stage: BareStage, graph: string, feeds: Record<string, Tensor>) => Promise<Tensor>} */
  async function run(stage, graph, feeds) {
    const [output] = await runAll(stage, graph, feeds);
    return /** @type {Tensor} */ (output);
  }

  const { noise, reference, positions } = inputs;
  const memory = await run('text', 'text_encoder', { input_ids: inputs.tokenIds });
  const [prior, frames, style] = /** @type {[Tensor, Tensor, Tensor]} */ (
    await runAll('prior', 'prior', { memory, positions, reference })
  );
  let latent = noise;
  for (let step = 0; step < job.steps; step++) {
    const sigma = new TensorClass('float32', Float32Array.of(1 - step / job.steps), [1]);
    const feeds = { latent, sigma, memory, prior, frames, style, reference, positions };
    latent = await run('denoise', 'denoiser', feeds);
  }
  let image = await run('decode', 'decoder', { latent });
  for (let pass = 0; pass < job.upscalePasses; pass++) {
    image = await run('upscale', pass === 0 ? 'restore' : 'super_resolution', { image });
  }

  // On a GPU the runs above have only been queued: the wait for them is part of the last one.
  const startMs = performance.now();
  await image.getData();
  timesMs[job.upscalePasses > 0 ? 'upscale' : 'decode'] += performance.now() - startMs;
  for (const tensor of made) tensor.dispose();
  return timesMs;
}

/**
 * @param {TensorClass} TensorClass
 * @param {BareJob} job
 */
function makeInputs(TensorClass, { tokenIds, latentChannels, latentHeight, latentWidth }) {
  const latent = [1, latentChannels, latentHeight, latentWidth];
  const patches = (latentHeight * latentWidth) / 4;
  /** @type {(dims: number[], value: (index: number) => number) => Tensor} */
  const fill = (dims, value) => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return new TensorClass(
      'float32',
      Float32Array.from({ length: size }, (_, index) => value(index)),
      dims,
    );
  };
  return {
    tokenIds: new TensorClass('int64', BigInt64Array.from(tokenIds, BigInt), [1, tokenIds.length]),
    reference: fill(latent, () => 0),
    // Any rough, repeatable signal of deviation 1 does.
    noise: fill(latent, (index) => Math.SQRT2 * Math.sin(index * index)),
    positions: fill([1, patches, 2], (index) => Math.sin(index)),
  };
}
