/** SD-Turbo as onnxruntime's own example publishes it: one to four steps, any size, from words or from a picture. */
import { COMMON, ENLARGED_FROM_512, graph, huggingFace, LICENCES } from './published';
import type { ModelEntry } from './types';

const REVISION = 'ace89b7d2cd849f9a73914cdbb8a3ea60c853dd1';

export const sdTurbo: ModelEntry = {
  ...COMMON,
  id: 'sd-turbo',
  name: 'SD-Turbo',
  maxReferences: 1,
  extensions: ['strength', 'mask'],
  steps: { default: 1, min: 1, max: 4 },
  defaults: { guidance: null, strength: 0.7 },
  images: 'start',
  licence: LICENCES.stability,
  needs: { gpuMemoryBytes: 4_000_000_000, shaderF16: true, largestBufferBytes: 202_000_000 },
  grid: { latentDownscale: 8, gridMultiple: 8 },
  routes: ENLARGED_FROM_512,
  rank: 30,
  weights: {
    type: 'published',
    revision: REVISION,
    baseUrl: huggingFace('schmuell/sd-turbo-ort-web', REVISION),
    memory: 'staged',
    files: [
      { path: 'text_encoder/model.onnx', sizeBytes: 681_393_168, sha256: null },
      { path: 'unet/model.onnx', sizeBytes: 1_733_430_199, sha256: null },
      { path: 'vae_decoder/model.onnx', sizeBytes: 99_094_314, sha256: null },
      { path: 'vae_encoder/model.onnx', sizeBytes: null, sha256: null },
    ],
    spec: {
      family: 'stable-diffusion',
      // Filling prompts up to 77 tokens makes its pictures worse, its authors found.
      textEncoders: [{ ...graph('text_encoder/model.onnx'), padTokenId: null }],
      unet: graph('unet/model.onnx'),
      decoder: graph('vae_decoder/model.onnx'),
      encoder: graph('vae_encoder/model.onnx'),
      prediction: 'epsilon',
      latentScale: 0.18215,
      spacing: 'trailing',
      sampler: 'euler',
    },
  },
};
