/**
 * SD-Turbo as the WebNN preview publishes it: the same weights as `sd-turbo`, with 16-bit ends and without an encoder. Of its
 * commit only the beginning is known (fceebfa9), and no sizes of these files, so the branch is named.
 */
import { COMMON, ENLARGED_FROM_512, graph, huggingFace, LICENCES } from './published';
import type { ModelEntry } from './types';

const ENCODER = 'text_encoder/model_layernorm.onnx';
const UNET = 'unet/model_layernorm.onnx';
const DECODER = 'vae_decoder/model.onnx';

export const sdTurboWebnn: ModelEntry = {
  ...COMMON,
  id: 'sd-turbo-webnn',
  name: 'SD-Turbo, 16-bit',
  maxReferences: 0,
  extensions: [],
  steps: { default: 1, min: 1, max: 4 },
  defaults: { guidance: null, strength: null },
  images: 'none',
  licence: LICENCES.stability,
  needs: { gpuMemoryBytes: 3_500_000_000, shaderF16: true, largestBufferBytes: 202_000_000 },
  grid: { latentDownscale: 8, gridMultiple: 8 },
  routes: ENLARGED_FROM_512,
  rank: 29,
  weights: {
    type: 'published',
    revision: 'main',
    baseUrl: huggingFace('microsoft/sd-turbo-webnn', 'main'),
    memory: 'staged',
    files: [ENCODER, UNET, DECODER].map((path) => ({ path, sizeBytes: null, sha256: null })),
    spec: {
      family: 'stable-diffusion',
      textEncoders: [{ ...graph(ENCODER), padTokenId: null }],
      unet: graph(UNET),
      decoder: graph(DECODER),
      encoder: null,
      prediction: 'epsilon',
      latentScale: 0.18215,
      spacing: 'trailing',
      sampler: 'euler',
    },
  },
};
