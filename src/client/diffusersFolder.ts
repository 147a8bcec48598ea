/** A folder as diffusers lays out ONNX models: what it holds is found by looking, and told as a manifest. */
import * as v from 'valibot';
import { ApiError } from '../api/errors';
import { CLIP_END, OPEN_CLIP_PAD } from '../models/published';
import type { GraphFile } from '../models/spec';
import { noiseLevelsOf } from './diffusersScheduler';
import type { Manifest } from './modelManifest';

export interface FolderReader {
  /** Rejects where there is no such file. */
  readonly json: (url: string) => Promise<unknown>;
  /** Null where there is no such file. */
  readonly find: (url: string) => Promise<{ readonly sizeBytes: number | null } | null>;
}

interface FoundGraph {
  readonly graph: GraphFile;
  readonly files: Manifest['files'];
}

interface Folder {
  readonly graph: (name: string) => Promise<FoundGraph | null>;
  /** Null where there is none. */
  readonly config: (path: string) => Promise<unknown>;
}

const IndexSchema = v.object({ _class_name: v.string() });
const VaeSchema = v.object({ scaling_factor: v.pipe(v.number(), v.gtValue(0)) });
/** A token, or an object about it. */
const PadSchema = v.object({ pad_token: v.union([v.string(), v.object({ content: v.string() })]) });

/** What latents are scaled by where no file tells it. */
const USUAL_LATENT_SCALE = 0.18215;
const USUAL_LATENT_SCALE_OF_XL = 0.13025;

/** Names under which exports keep weights beside a graph; the first also goes on with `_1`, `_2` and so on. */
const SPLIT = 'model.onnx_data';
const WEIGHT_FILES = [SPLIT, 'model.onnx.data', 'weights.pb'];

/** As diffusers' pipelines begin: from noise, by words. */
const GUIDED = { steps: { default: 20, min: 1, max: 100 }, guidance: 7.5 };
const DISTILLED = { steps: { default: 4, min: 1, max: 100 }, guidance: 1 };

/** @throws ApiError `invalid_parameter` on `url` where the folder holds nothing that Tessera can draw with */
export async function readDiffusersFolder(folderUrl: string, reader: FolderReader): Promise<Manifest> {
  const at = (path: string) => new URL(path, folderUrl).href;
  const isXl = isSdxl(await reader.json(at('model_index.json')));
  const { isDistilled, ...levels } = noiseLevelsOf(await reader.json(at('scheduler/scheduler_config.json')));
  const { spec, files } = await readGraphs(
    {
      graph: (name) => findGraph(name, (path) => reader.find(at(path))),
      config: (path) => reader.json(at(path)).catch(() => null),
    },
    isXl,
  );
  const name = nameOf(folderUrl);
  return {
    id: idOf(name),
    name,
    revision: folderUrl,
    licence: { name: 'as its host says', url: folderUrl, must_accept: true },
    files,
    spec: { family: 'stable-diffusion', ...spec, ...levels },
    ...(isDistilled ? DISTILLED : GUIDED),
    native_px: isXl ? 1024 : 512,
  };
}

async function readGraphs({ graph, config }: Folder, isXl: boolean) {
  const endings = isXl ? ['', '_2'] : [''];
  const [texts, pads, unet, decoder, encoder, vae] = await Promise.all([
    Promise.all(endings.map((ending) => graph(`text_encoder${ending}`))),
    Promise.all(endings.map((ending) => config(`tokenizer${ending}/tokenizer_config.json`))),
    graph('unet'),
    graph('vae_decoder'),
    graph('vae_encoder'),
    config('vae_decoder/config.json'),
  ]);
  const found = [...texts, unet, decoder, encoder];
  const usual = isXl ? USUAL_LATENT_SCALE_OF_XL : USUAL_LATENT_SCALE;
  const textEncoders = texts.map((text, index) => ({
    ...present(text, `text_encoder${endings[index]}`),
    padTokenId: padTokenId(pads[index]) ?? (index === 0 ? CLIP_END : OPEN_CLIP_PAD),
  }));
  return {
    spec: {
      textEncoders,
      unet: present(unet, 'unet'),
      decoder: present(decoder, 'vae_decoder'),
      encoder: encoder?.graph ?? null,
      latentScale: v.is(VaeSchema, vae) ? vae.scaling_factor : usual,
    },
    files: found.flatMap((each) => each?.files ?? []),
  };
}

function isSdxl(index: unknown): boolean {
  const pipeline = v.is(IndexSchema, index) ? index._class_name : 'none';
  const known = /^(?:Onnx|ORT)?StableDiffusion(XL)?(?:Img2Img|Inpaint)?Pipeline$/.exec(pipeline);
  if (known) return known[1] !== undefined;
  throw unusable(`its pipeline (${pipeline}) is none that Tessera knows`);
}

/** A graph, and the files beside it that have one of the names under which exports keep weights. */
async function findGraph(folder: string, find: FolderReader['find']): Promise<FoundGraph | null> {
  const look = async (name: string): Promise<Manifest['files']> => {
    const file = await find(`${folder}/${name}`);
    return file ? [{ path: `${folder}/${name}`, size_bytes: file.sizeBytes }] : [];
  };
  const graph = await look('model.onnx');
  if (graph.length === 0) return null;
  const weights = (await Promise.all([...WEIGHT_FILES.map(look), findShards(look)])).flat();
  return {
    graph: { path: `${folder}/model.onnx`, externalData: weights.map(({ path }) => path) },
    files: [...graph, ...weights],
  };
}

/** Of weights in several files, those after the first. */
async function findShards(look: (name: string) => Promise<Manifest['files']>): Promise<Manifest['files']> {
  const shards: Manifest['files'] = [];
  for (;;) {
    const next = await look(`${SPLIT}_${shards.length + 1}`);
    if (next.length === 0) return shards;
    shards.push(...next);
  }
}

/** The two that CLIP's tokenizers fill up with; null where the file tells nothing. */
function padTokenId(config: unknown): number | null {
  if (!v.is(PadSchema, config)) return null;
  const { pad_token: token } = config;
  return (typeof token === 'string' ? token : token.content) === '!' ? OPEN_CLIP_PAD : CLIP_END;
}

function present(found: FoundGraph | null | undefined, folder: string): GraphFile {
  if (found) return found.graph;
  throw unusable(`it has no ${folder}/model.onnx`);
}

function idOf(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return id.slice(0, 63) || 'folder';
}

/** The folder's own name; a repository's where it is the whole of one. */
function nameOf(folderUrl: string): string {
  const { hostname, pathname } = new URL(folderUrl);
  const parts = pathname.replace(/\/resolve\/[^/]+\//, '/').split('/');
  return parts.filter((part) => part !== '').at(-1) ?? hostname;
}

function unusable(why: string): ApiError {
  return new ApiError('invalid_parameter', `That folder cannot be drawn with: ${why}.`, 'url');
}
