/** FLUX.2-klein-4B as cgb publishes it for browsers: from words, by instruction, from several pictures. */
import { COMMON, file, graph, huggingFace, LICENCES, REFINED_FROM_1024 } from './published';
import type { ModelEntry } from './types';

const REVISION = '3bffc0efef1d9f84727036cdbc44df3b6ab51131';
const ENCODER = 'text_encoder_q4';
const TRANSFORMER = 'transformer_q8';

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
    revision: REVISION,
    baseUrl: huggingFace('cgb/flux2-klein-4b-onnx-webgpu', REVISION),
    memory: 'staged',
    files: [
      file(`${ENCODER}.onnx`, 5_341_471, 'e1670f1d203cf2e5cadecce4b2c13d436eefa228a66b7bc6bc629074e9dc0a1b'),
      file(`${ENCODER}-00000.data`, 1_599_733_760, 'ed37b81331f4eda3bc150448f2d360b4e42951c57dcb9874ec8d0c7c78fa6f6d'),
      file(`${ENCODER}-00001.data`, 594_170_880, '89040c34be052e09698afad17bfea3e1158306369612ae347655dfbd4cfa0f3f'),
      file(`${TRANSFORMER}.onnx`, 4_991_601, '1c56c0b6ce5ce474a5ae5cc126ec3201516540e7f743de308dc07c9e72fb6102'),
      file(
        `${TRANSFORMER}-00000.data`,
        1_585_446_912,
        '80aa4b75cdab0395f4374c51eecb59e005a6f81b3e573dddd9826a865bcd11be',
      ),
      file(
        `${TRANSFORMER}-00001.data`,
        1_566_572_544,
        '32576185e1f0ab3937141b0c57acad1f37f298c5e7951b3367096c129e5eca28',
      ),
      file(
        `${TRANSFORMER}-00002.data`,
        981_258_240,
        '5062b615c62206a2dad22ce01fec6f674b0421336179cadec93fec77d1b2b455',
      ),
      file('vae_decoder.onnx', 760_826, '05f3f6de75b760d5f3b6cbd6efa40ddc8bb7bc4dad58c1dabc85e96383871a7d'),
      file('vae_decoder.onnx.data', 198_508_544, '357f7da253bfb9e3d5762a4f64fd126eae53b8b79466b7da2da2784d5fce89ae'),
      file('vae_encoder.onnx', 596_081, 'f7cc93e70cc3a9555cb7bf1b02d2eaab83d706cf0a4ddf6da86dffb56daf05f9'),
      file('vae_encoder.onnx.data', 137_756_672, '9ac7e0847f5b1a6a077ad38688042a53bc004e986d15dc8c0e37a962aad68671'),
      file('tokenizer/tokenizer.json', 11_422_654, 'aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4'),
    ],
    spec: {
      family: 'flux2',
      tokenizer: { path: 'tokenizer/tokenizer.json', maxTokens: 512 },
      textEncoder: graph(`${ENCODER}.onnx`, `${ENCODER}-00000.data`, `${ENCODER}-00001.data`),
      transformer: graph(`${TRANSFORMER}.onnx`, ...[0, 1, 2].map((shard) => `${TRANSFORMER}-0000${shard}.data`)),
      decoder: graph('vae_decoder.onnx', 'vae_decoder.onnx.data'),
      encoder: graph('vae_encoder.onnx', 'vae_encoder.onnx.data'),
      // As the publisher of these graphs says. diffusers' own pipeline for the model takes the 'empirical' one.
      shift: { base: 0.5, max: 1.15 },
    },
  },
};
