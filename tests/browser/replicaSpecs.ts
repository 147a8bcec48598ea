/** What the data file of each contract says of its graphs, and what single cases of its goldens do otherwise. */
import type { ModelSpec, StableDiffusionSpec } from '../../src/models/spec';

interface ReplicaSpec {
  readonly spec: ModelSpec;
  readonly overrides?: Readonly<Record<string, Partial<StableDiffusionSpec>>>;
}

const graph = (path: string, ...externalData: readonly string[]) => ({ path, externalData: [...externalData] });

const SD = {
  family: 'stable-diffusion',
  prediction: 'epsilon',
  latentScale: 0.18215,
  spacing: 'trailing',
  sampler: 'euler',
} as const;

const END_OF_TEXT = 49407;

export const REPLICA_SPECS: Readonly<Record<string, ReplicaSpec>> = {
  'sd-turbo': {
    spec: {
      ...SD,
      textEncoders: [{ ...graph('text_encoder/model.onnx'), padTokenId: null }],
      unet: graph('unet/model.onnx'),
      decoder: graph('vae_decoder/model.onnx'),
      encoder: graph('vae_encoder/model.onnx'),
    },
    overrides: { 'v prediction': { prediction: 'v_prediction' } },
  },
  'sd-turbo-webnn': {
    spec: {
      ...SD,
      textEncoders: [{ ...graph('text_encoder/model_layernorm.onnx'), padTokenId: null }],
      unet: graph('unet/model_layernorm.onnx'),
      decoder: graph('vae_decoder/model.onnx'),
      encoder: null,
    },
  },
  'sdxs-512': {
    spec: {
      ...SD,
      latentScale: 1,
      textEncoders: [{ ...graph('text_encoder.onnx'), padTokenId: END_OF_TEXT }],
      unet: graph('unet.onnx'),
      decoder: graph('vae_decoder.onnx'),
      encoder: null,
    },
  },
  sd15: {
    spec: {
      ...SD,
      spacing: 'linspace',
      textEncoders: [{ ...graph('text-encoder.onnx'), padTokenId: END_OF_TEXT }],
      unet: graph('sd-unet-v1.5-model-b2c4h64w64s77-float16-compute-and-inputs-layernorm.onnx'),
      decoder: graph('Stable-Diffusion-v1.5-vae-decoder-float16-fp32-instancenorm.onnx'),
      encoder: null,
    },
  },
  'sd15-nmkd': {
    spec: {
      ...SD,
      spacing: 'leading',
      textEncoders: [{ ...graph('text_encoder/model.onnx'), padTokenId: END_OF_TEXT }],
      unet: graph('unet/model.onnx', 'unet/weights.pb'),
      decoder: graph('vae_decoder/model.onnx'),
      encoder: graph('vae_encoder/model.onnx'),
    },
    overrides: {
      'dpmpp_2m karras': { sampler: 'dpmpp_2m', spacing: 'karras' },
      ddim: { sampler: 'ddim' },
      euler_ancestral: { sampler: 'euler_ancestral', spacing: 'linspace' },
    },
  },
  'sdxl-turbo': {
    spec: {
      ...SD,
      latentScale: 0.13025,
      textEncoders: [
        { ...graph('text_encoder_model_q4f16.onnx'), padTokenId: END_OF_TEXT },
        { ...graph('text_encoder_2_model_q4f16.onnx'), padTokenId: END_OF_TEXT },
      ],
      unet: graph('unet_model_q4f16.onnx'),
      decoder: graph('vae_decoder_model_q4f16.onnx'),
      encoder: null,
    },
  },
  'z-image-turbo-old': { spec: zImage(['_data']) },
  'z-image-turbo': { spec: zImage(['_data', '_data_1']) },
  'flux2-klein': {
    spec: {
      family: 'flux2',
      tokenizer: { path: 'tokenizer/tokenizer.json', maxTokens: 512 },
      textEncoder: graph('text_encoder_q4.onnx', 'text_encoder_q4-00000.data', 'text_encoder_q4-00001.data'),
      transformer: graph(
        'transformer_q8.onnx',
        'transformer_q8-00000.data',
        'transformer_q8-00001.data',
        'transformer_q8-00002.data',
      ),
      decoder: graph('vae_decoder.onnx', 'vae_decoder.onnx.data'),
      encoder: graph('vae_encoder.onnx', 'vae_encoder.onnx.data'),
      shift: { base: 0.5, max: 1.15 },
    },
  },
};

function zImage(endings: readonly string[]): ModelSpec {
  const split = (path: string) => graph(path, ...endings.map((ending) => path + ending));
  return {
    family: 'z-image',
    tokenizer: { path: 'tokenizer/tokenizer.json', maxTokens: 512 },
    textEncoder: split('text_encoder_model_q4f16.onnx'),
    transformer: split('transformer_model_q4f16.onnx'),
    decoder: graph('vae_decoder_model_f16.onnx'),
    latentScale: 0.3611,
    latentShift: 0.1159,
    shift: 3,
  };
}
