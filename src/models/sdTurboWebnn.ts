/**
 * SD-Turbo as the WebNN preview publishes it: the same weights as `sd-turbo`, with 16-bit ends and without an encoder. Of
 * two of its files nobody has said the sizes.
 */
import { COMMON, ENLARGED_FROM_512, graph, huggingFace, LICENCES } from './published';
import type { ModelEntry } from './types';

const REVISION = 'fceebfa9e757b581955a0322710a09f828218fc6';
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
    revision: REVISION,
    baseUrl: huggingFace('microsoft/sd-turbo-webnn', REVISION),
    memory: 'staged',
    files: [
      { path: ENCODER, sizeBytes: null, sha256: null },
      { path: UNET, sizeBytes: null, sha256: null },
      { path: DECODER, sizeBytes: 99_124_482, sha256: null },
    ],
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
