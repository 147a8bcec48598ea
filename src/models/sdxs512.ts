/** SDXS-512-DreamShaper: one step, the smallest download. Published graphs: one size, one picture, no encoder. */
import { CLIP_END, COMMON, ENLARGED_FROM_512, graph, huggingFace, LICENCES } from './published';
import type { ModelEntry } from './types';

const REVISION = 'b23bf8f4f809a0beb6d095bf52b5854e0b66caef';

export const sdxs512: ModelEntry = {
  ...COMMON,
  id: 'sdxs-512',
  name: 'SDXS-512',
  // Its graphs run at 512 x 512 only, and one step leaves nothing to blend windows over.
  aspectRatios: ['1:1'],
  maxReferences: 0,
  extensions: [],
  steps: { default: 1, min: 1, max: 1 },
  defaults: { guidance: null, strength: null },
  images: 'none',
  licence: LICENCES.openRailPlus,
  needs: { gpuMemoryBytes: 2_000_000_000, shaderF16: false, largestBufferBytes: 152_000_000 },
  grid: { latentDownscale: 8, gridMultiple: 8, leastCells: 64 },
  routes: ENLARGED_FROM_512,
  rank: 20,
  weights: {
    type: 'published',
    revision: REVISION,
    baseUrl: huggingFace('skillsafeai/sdxs-512-dreamshaper-onnx-webgpu', REVISION),
    memory: 'resident',
    files: [
      { path: 'text_encoder.onnx', sizeBytes: 246_275_486, sha256: null },
      { path: 'unet.onnx', sizeBytes: 631_766_742, sha256: null },
      { path: 'vae_decoder.onnx', sizeBytes: 2_467_568, sha256: null },
    ],
    spec: {
      family: 'stable-diffusion',
      textEncoders: [{ ...graph('text_encoder.onnx'), padTokenId: CLIP_END }],
      unet: graph('unet.onnx'),
      decoder: graph('vae_decoder.onnx'),
      encoder: null,
      prediction: 'epsilon',
      latentScale: 1,
      spacing: 'trailing',
      sampler: 'euler',
    },
  },
};
