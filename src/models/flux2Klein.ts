/**
 * FLUX.2-klein-4B as cgb publishes it for browsers: from words, by instruction, from several pictures. Of its commit only
 * the beginning is known, so the branch is named.
 */
import { COMMON, graph, huggingFace, LICENCES, REFINED_FROM_1024 } from './published';
import type { ModelEntry } from './types';

const ENCODER = 'text_encoder_q4.onnx';
const TRANSFORMER = 'transformer_q8.onnx';
const shards = (path: string, count: number) => Array.from({ length: count }, (_, i) => `${path}-0000${i}.data`);

export const flux2Klein: ModelEntry = {
  ...COMMON,
  id: 'flux-2-klein-4b',
  name: 'FLUX.2-klein-4B',
  maxReferences: 4,
  extensions: [],
  steps: { default: 4, min: 1, max: 20 },
  defaults: { guidance: null, strength: null },
  images: 'references',
  licence: LICENCES.apache,
  needs: { gpuMemoryBytes: 7_000_000_000, shaderF16: true, largestBufferBytes: 400_000_000 },
  grid: { latentDownscale: 16, gridMultiple: 1 },
  routes: REFINED_FROM_1024,
  rank: 70,
  weights: {
    type: 'published',
    revision: 'main',
    baseUrl: huggingFace('cgb/flux2-klein-4b-onnx-webgpu', 'main'),
    memory: 'staged',
    files: [
      { path: ENCODER, sizeBytes: 5_341_471, sha256: null },
      { path: `${ENCODER}-00000.data`, sizeBytes: 1_599_733_760, sha256: null },
      { path: `${ENCODER}-00001.data`, sizeBytes: 594_170_880, sha256: null },
      { path: TRANSFORMER, sizeBytes: 4_991_601, sha256: null },
      { path: `${TRANSFORMER}-00000.data`, sizeBytes: 1_585_446_912, sha256: null },
      { path: `${TRANSFORMER}-00001.data`, sizeBytes: 1_566_572_544, sha256: null },
      { path: `${TRANSFORMER}-00002.data`, sizeBytes: 981_258_240, sha256: null },
      { path: 'vae_decoder.onnx', sizeBytes: 760_826, sha256: null },
      { path: 'vae_decoder.onnx.data', sizeBytes: 198_508_544, sha256: null },
      { path: 'vae_encoder.onnx', sizeBytes: 596_081, sha256: null },
      { path: 'vae_encoder.onnx.data', sizeBytes: 137_756_672, sha256: null },
      { path: 'tokenizer/tokenizer.json', sizeBytes: null, sha256: null },
    ],
    spec: {
      family: 'flux2',
      tokenizer: { path: 'tokenizer/tokenizer.json', maxTokens: 512 },
      textEncoder: graph(ENCODER, ...shards(ENCODER, 2)),
      transformer: graph(TRANSFORMER, ...shards(TRANSFORMER, 3)),
      decoder: graph('vae_decoder.onnx', 'vae_decoder.onnx.data'),
      encoder: graph('vae_encoder.onnx', 'vae_encoder.onnx.data'),
      shift: { base: 0.5, max: 1.15 },
    },
  },
};
