/** Z-Image-Turbo, the newer of its two bundles: 16-bit ends, weights in shards. */
import { COMMON, graph, huggingFace, LICENCES, REFINED_FROM_1024 } from './published';
import type { ModelEntry } from './types';

const REVISION = '02e1d8cc5d10d9ff6c7ed1f54b173bd981381bc2';
const ENCODER = 'onnx/text_encoder_model_q4f16.onnx';
const TRANSFORMER = 'onnx/transformer_model_q4f16.onnx';
const DECODER = 'onnx/vae_decoder_model_f16.onnx';
const TOKENIZER = 'tokenizer/tokenizer.json';

export const zImageTurbo: ModelEntry = {
  ...COMMON,
  id: 'z-image-turbo',
  name: 'Z-Image-Turbo',
  maxReferences: 0,
  extensions: [],
  steps: { default: 9, min: 2, max: 20 },
  defaults: { guidance: null, strength: null },
  images: 'none',
  licence: LICENCES.apache,
  needs: { gpuMemoryBytes: 6_000_000_000, shaderF16: true, largestBufferBytes: 400_000_000 },
  grid: { latentDownscale: 8, gridMultiple: 2 },
  routes: REFINED_FROM_1024,
  rank: 60,
  weights: {
    type: 'published',
    revision: REVISION,
    baseUrl: huggingFace('webnn/Z-Image-Turbo', REVISION),
    memory: 'staged',
    files: [
      { path: ENCODER, sizeBytes: 57_983_622, sha256: null },
      { path: `${ENCODER}_data`, sizeBytes: 2_036_236_288, sha256: null },
      { path: `${ENCODER}_data_1`, sizeBytes: 124_387_328, sha256: null },
      { path: TRANSFORMER, sizeBytes: 129_947_430, sha256: null },
      { path: `${TRANSFORMER}_data`, sizeBytes: 2_032_271_360, sha256: null },
      { path: `${TRANSFORMER}_data_1`, sizeBytes: 1_507_590_144, sha256: null },
      { path: DECODER, sizeBytes: 99_209_498, sha256: null },
      { path: TOKENIZER, sizeBytes: 11_422_654, sha256: null },
    ],
    spec: {
      family: 'z-image',
      tokenizer: { path: TOKENIZER, maxTokens: 512 },
      textEncoder: graph(ENCODER, `${ENCODER}_data`, `${ENCODER}_data_1`),
      transformer: graph(TRANSFORMER, `${TRANSFORMER}_data`, `${TRANSFORMER}_data_1`),
      decoder: graph(DECODER),
      latentScale: 0.3611,
      latentShift: 0.1159,
      shift: 3,
    },
  },
};
