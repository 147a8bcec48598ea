/** SDXL-Turbo as the WebNN preview publishes it, in 4 bits: one step. No commit is known, so the branch is named. */
import { CLIP_END, COMMON, ENLARGED_FROM_512, graph, huggingFace, LICENCES, OPEN_CLIP_PAD } from './published';
import type { ModelEntry } from './types';

export const sdxlTurbo: ModelEntry = {
  ...COMMON,
  id: 'sdxl-turbo',
  name: 'SDXL-Turbo',
  maxReferences: 0,
  extensions: [],
  steps: { default: 1, min: 1, max: 4 },
  defaults: { guidance: null, strength: null },
  images: 'none',
  licence: LICENCES.stabilityXl,
  needs: { gpuMemoryBytes: 4_500_000_000, shaderF16: true, largestBufferBytes: 256_000_000 },
  grid: { latentDownscale: 8, gridMultiple: 8 },
  routes: ENLARGED_FROM_512,
  rank: 40,
  weights: {
    type: 'published',
    revision: 'main',
    baseUrl: huggingFace('webnn/sdxl-turbo', 'main'),
    memory: 'staged',
    files: [
      { path: 'onnx/text_encoder_model_q4f16.onnx', sizeBytes: 124_433_929, sha256: null },
      { path: 'onnx/text_encoder_2_model_q4f16.onnx', sizeBytes: 483_677_630, sha256: null },
      { path: 'onnx/unet_model_q4f16.onnx', sizeBytes: 1_965_607_674, sha256: null },
      { path: 'onnx/vae_decoder_model_q4f16.onnx', sizeBytes: 97_617_257, sha256: null },
    ],
    spec: {
      family: 'stable-diffusion',
      textEncoders: [
        { ...graph('onnx/text_encoder_model_q4f16.onnx'), padTokenId: CLIP_END },
        { ...graph('onnx/text_encoder_2_model_q4f16.onnx'), padTokenId: OPEN_CLIP_PAD },
      ],
      unet: graph('onnx/unet_model_q4f16.onnx'),
      decoder: graph('onnx/vae_decoder_model_q4f16.onnx'),
      encoder: null,
      prediction: 'epsilon',
      latentScale: 0.13025,
      spacing: 'trailing',
      sampler: 'euler',
    },
  },
};
