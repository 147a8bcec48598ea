/** A model given at run time: the data of a data file as JSON, checked before anything is fetched. */
import * as v from 'valibot';
import { ApiError } from '../api/errors';
import { ASPECT_RATIOS } from '../api/sizes';
import {
  COMMON,
  ENLARGED_FROM_512,
  ENLARGED_FROM_1024,
  REFINED_FROM_512,
  REFINED_FROM_1024,
} from '../models/published';
import { FilePath, ModelSpec } from '../models/spec';
import type { ModelEntry } from '../models/types';
import { isModelUrl } from './modelUrl';

/** So that no model by address passes for one of the catalog. */
const ID_PREFIX = 'custom-';

const Text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200));
const Whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const Steps = v.pipe(Whole, v.maxValue(1000));
/** Shown as a link: nothing that runs. */
const Link = v.pipe(v.string(), v.url(), v.regex(/^https?:/i, 'is not a link'), v.maxLength(2000));

/** Above it a few steps are no longer a few: such models can draw over what was enlarged. */
const FEW_STEPS = 4;

const ManifestSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'may have a-z, 0-9, dots and dashes')),
  name: Text,
  revision: v.pipe(v.string(), v.minLength(1), v.maxLength(2000)),
  /** Where paths are below; the manifest's own folder when left out. */
  base_url: v.optional(v.string()),
  licence: v.object({ name: Text, url: Link, must_accept: v.optional(v.boolean(), true) }),
  files: v.pipe(
    v.array(
      v.object({
        path: FilePath,
        size_bytes: v.optional(v.nullable(Whole), null),
        sha256: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))), null),
      }),
    ),
    v.minLength(1),
    v.maxLength(1000),
    v.check((files) => new Set(files.map(({ path }) => path)).size === files.length, 'lists a file twice'),
  ),
  spec: ModelSpec,
  steps: v.optional(
    v.pipe(
      v.object({ default: Steps, min: Steps, max: Steps }),
      v.check(
        (steps) => steps.min <= steps.default && steps.default <= steps.max,
        'must have min, default, max rising',
      ),
    ),
    { default: 4, min: 1, max: 100 },
  ),
  /** What the prompt is followed with by default; left out, the model takes no guidance. */
  guidance: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(30))), null),
  /** How far from the first picture to go by default, where the spec has an encoder. */
  strength: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 0.7),
  /** The shorter side it draws best at; larger pictures are drawn over or enlarged from there. */
  native_px: v.optional(v.picklist([512, 1024])),
  shader_f16: v.optional(v.boolean(), false),
  memory: v.optional(v.picklist(['resident', 'staged']), 'staged'),
  aspect_ratios: v.optional(v.pipe(v.array(v.picklist(ASPECT_RATIOS)), v.minLength(1)), [...ASPECT_RATIOS]),
  /** Cells of the only size that fixed graphs run on. */
  fixed_cells: v.optional(v.pipe(Whole, v.maxValue(512))),
});

/** As it is written down, with much left out. */
export type Manifest = v.InferInput<typeof ManifestSchema>;
type FullManifest = v.InferOutput<typeof ManifestSchema>;

/**
 * @param url where the manifest was found
 * @throws ApiError `invalid_parameter` naming `manifest` and what is wrong with it
 */
export function entryOfManifest(input: unknown, url: string): ModelEntry {
  const result = v.safeParse(ManifestSchema, input);
  if (!result.success) throw invalid(v.getDotPath(result.issues[0]) ?? 'what it holds', result.issues[0].message);
  const manifest = result.output;
  const listed = new Set(manifest.files.map(({ path }) => path));
  const missing = pathsOf(manifest.spec).find((path) => !listed.has(path));
  if (missing) throw invalid('files', `does not list ${missing}, which the spec names`);
  return entryOf(manifest, baseUrlOf(manifest, url));
}

/** Every file that a spec names. */
export function pathsOf(spec: ModelSpec): string[] {
  const graphs =
    spec.family === 'stable-diffusion'
      ? [...spec.textEncoders, spec.unet, spec.decoder, spec.encoder]
      : [spec.textEncoder, spec.transformer, spec.decoder, spec.family === 'flux2' ? spec.encoder : null];
  const tokenizer = spec.family === 'stable-diffusion' ? [] : [spec.tokenizer.path];
  return [...graphs.flatMap((graph) => (graph ? [graph.path, ...graph.externalData] : [])), ...tokenizer];
}

function entryOf(manifest: FullManifest, baseUrl: string): ModelEntry {
  const { spec, licence, steps, strength } = manifest;
  const takesPictures = spec.family !== 'z-image' && spec.encoder !== null;
  const isGuided = spec.family === 'stable-diffusion' && manifest.guidance !== null;
  const images = !takesPictures ? 'none' : spec.family === 'flux2' ? 'references' : 'start';
  return {
    ...COMMON,
    id: ID_PREFIX + manifest.id,
    name: manifest.name,
    aspectRatios: manifest.aspect_ratios,
    maxReferences: images === 'references' ? 4 : images === 'start' ? 1 : 0,
    extensions: [
      ...(isGuided ? (['negative_prompt', 'guidance'] as const) : []),
      ...(images === 'start' ? (['strength', 'mask'] as const) : []),
    ],
    steps,
    defaults: { guidance: isGuided ? manifest.guidance : null, strength: images === 'start' ? strength : null },
    images,
    licence: { name: licence.name, url: licence.url, mustAccept: licence.must_accept },
    needs: { gpuMemoryBytes: 0, shaderF16: manifest.shader_f16, largestBufferBytes: 0 },
    grid: {
      latentDownscale: spec.family === 'flux2' ? 16 : 8,
      gridMultiple: { 'stable-diffusion': 8, 'z-image': 2, flux2: 1 }[spec.family],
      ...(manifest.fixed_cells === undefined ? {} : { leastCells: manifest.fixed_cells }),
    },
    routes: routesOf(manifest),
    rank: 1,
    weights: {
      type: 'published',
      revision: manifest.revision,
      baseUrl,
      files: manifest.files.map((file) => ({ path: file.path, sizeBytes: file.size_bytes, sha256: file.sha256 })),
      spec,
      memory: manifest.memory,
    },
  };
}

/** What takes several steps can draw over what was enlarged; of few steps none is left for it. */
function routesOf({ spec, steps, native_px }: FullManifest): ModelEntry['routes'] {
  const isLarge = (native_px ?? (spec.family === 'stable-diffusion' ? 512 : 1024)) === 1024;
  if (spec.family === 'stable-diffusion' && steps.default <= FEW_STEPS) {
    return isLarge ? ENLARGED_FROM_1024 : ENLARGED_FROM_512;
  }
  return isLarge ? REFINED_FROM_1024 : REFINED_FROM_512;
}

function baseUrlOf({ base_url = './' }: FullManifest, manifestUrl: string): string {
  const url = URL.canParse(base_url, manifestUrl) ? new URL(base_url, manifestUrl) : null;
  if (!url || !isModelUrl(url)) throw invalid('base_url', 'is not an https address');
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

function invalid(place: string, what: string): ApiError {
  return new ApiError('invalid_parameter', `The model's manifest is not valid: ${place}: ${what}.`, 'manifest');
}
