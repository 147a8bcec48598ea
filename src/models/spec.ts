/**
 * What a family has to know of one model's published graphs: their files, and the constants that no graph tells. Plain data,
 * since it may come from a manifest at run time. Names, types and dimensions are not in it: graphs declare those.
 */
import * as v from 'valibot';

/** Below the model's base address; no scheme, no way up. */
export const FilePath = v.pipe(
  v.string(),
  v.regex(/^[\w-]+(\.[\w-]+)*(\/[\w-]+(\.[\w-]+)*)*$/, 'is not a path below the model'),
);

const GraphFile = v.object({
  path: FilePath,
  /** Files that hold its weights, as paths; the graph names them relative to its own folder. */
  externalData: v.optional(v.array(FilePath), []),
});

const SAMPLERS = ['euler', 'euler_ancestral', 'heun', 'dpmpp_2m', 'ddim', 'lcm'] as const;
const Finite = v.pipe(v.number(), v.finite());
const Positive = v.pipe(Finite, v.gtValue(0));

/** CLIP encoders, a UNet, a KL or tiny autoencoder: SD 1.x, 2.x, XL and what is distilled from them. */
export const StableDiffusionSpec = v.object({
  family: v.literal('stable-diffusion'),
  /** In the order in which their outputs are joined: one, or the two of SDXL. */
  textEncoders: v.pipe(
    v.array(
      v.object({
        ...GraphFile.entries,
        /** What prompts are filled up with to 77 tokens; null where the graph reads as many as there are. */
        padTokenId: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
      }),
    ),
    v.minLength(1),
    v.maxLength(2),
  ),
  unet: GraphFile,
  decoder: GraphFile,
  /** Null where none is published: then there is no image to image. */
  encoder: v.nullable(GraphFile),
  prediction: v.picklist(['epsilon', 'v_prediction']),
  /** The decoder takes latent / latentScale. */
  latentScale: Positive,
  spacing: v.picklist(['linspace', 'leading', 'trailing', 'karras']),
  sampler: v.picklist(SAMPLERS),
});

const ChatTokenizer = v.object({ path: FilePath, maxTokens: v.pipe(v.number(), v.integer(), v.minValue(1)) });

export const ZImageSpec = v.object({
  family: v.literal('z-image'),
  tokenizer: ChatTokenizer,
  textEncoder: GraphFile,
  transformer: GraphFile,
  decoder: GraphFile,
  /** The decoder takes latent / latentScale + latentShift. */
  latentScale: Positive,
  latentShift: Finite,
  /** Static shift of the noise levels. */
  shift: Positive,
});

export const Flux2Spec = v.object({
  family: v.literal('flux2'),
  tokenizer: ChatTokenizer,
  textEncoder: GraphFile,
  transformer: GraphFile,
  decoder: GraphFile,
  /** Null where none is published: then it takes no references. */
  encoder: v.nullable(GraphFile),
  /** Dynamic shift of the noise levels: at 256 and at 4,096 tokens of the picture, or as the model's authors measured it. */
  shift: v.union([v.object({ base: Positive, max: Positive }), v.literal('empirical')]),
});

export const ModelSpec = v.variant('family', [StableDiffusionSpec, ZImageSpec, Flux2Spec]);

export type GraphFile = v.InferOutput<typeof GraphFile>;
export type StableDiffusionSpec = v.InferOutput<typeof StableDiffusionSpec>;
export type ZImageSpec = v.InferOutput<typeof ZImageSpec>;
export type Flux2Spec = v.InferOutput<typeof Flux2Spec>;
export type ModelSpec = v.InferOutput<typeof ModelSpec>;
