/**
 * Stable Diffusion 1.5 as the WebNN preview publishes it: both halves of the guidance in one run of one size. Neither a
 * commit nor sizes in bytes are known; they are learned with the first download.
 */
import { CLIP_END, COMMON, graph, huggingFace, LICENCES, REFINED_FROM_512 } from './published';
import type { ModelEntry } from './types';

const UNET = 'sd-unet-v1.5-model-b2c4h64w64s77-float16-compute-and-inputs-layernorm.onnx';
const DECODER = 'Stable-Diffusion-v1.5-vae-decoder-float16-fp32-instancenorm.onnx';

export const sd15: ModelEntry = {
  ...COMMON,
  id: 'sd-1.5',
  name: 'Stable Diffusion 1.5',
  maxReferences: 0,
  extensions: ['negative_prompt', 'guidance'],
  steps: { default: 25, min: 1, max: 100 },
  defaults: { guidance: 7.5, strength: null },
  images: 'none',
  licence: LICENCES.openRail,
  needs: { gpuMemoryBytes: 4_000_000_000, shaderF16: true, largestBufferBytes: 152_000_000 },
  grid: { latentDownscale: 8, gridMultiple: 8, leastCells: 64 },
  routes: REFINED_FROM_512,
  rank: 35,
  weights: {
    type: 'published',
    revision: 'main',
    baseUrl: huggingFace('microsoft/stable-diffusion-v1.5-webnn', 'main'),
    memory: 'staged',
    files: ['text-encoder.onnx', UNET, DECODER].map((path) => ({ path, sizeBytes: null, sha256: null })),
    spec: {
      family: 'stable-diffusion',
      textEncoders: [{ ...graph('text-encoder.onnx'), padTokenId: CLIP_END }],
      unet: graph(UNET),
      decoder: graph(DECODER),
      encoder: null,
      prediction: 'epsilon',
      latentScale: 0.18215,
      spacing: 'linspace',
      sampler: 'euler',
    },
  },
};
