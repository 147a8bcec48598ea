/** A folder as diffusers lays out ONNX models: what it holds is found by looking, and told as a manifest. */
import * as v from 'valibot';
import { ApiError } from '../api/errors';
import { CLIP_END } from '../models/published';

export interface FolderReader {
  readonly json: (url: string) => Promise<unknown>;
  /** Null where there is no such file. */
  readonly head: (url: string) => Promise<{ readonly sizeBytes: number | null } | null>;
}

const IndexSchema = v.object({ _class_name: v.string() });

const SchedulerSchema = v.object({
  _class_name: v.string(),
  prediction_type: v.optional(v.string(), 'epsilon'),
  timestep_spacing: v.optional(v.string(), 'leading'),
  use_karras_sigmas: v.optional(v.boolean(), false),
});

const VaeSchema = v.object({ scaling_factor: v.optional(v.number(), 0.18215) });

/** What diffusers' scheduler is as a sampler. */
const SAMPLERS: Readonly<Record<string, string>> = {
  EulerDiscreteScheduler: 'euler',
  EulerAncestralDiscreteScheduler: 'euler_ancestral',
  HeunDiscreteScheduler: 'heun',
  DPMSolverMultistepScheduler: 'dpmpp_2m',
  DDIMScheduler: 'ddim',
  LCMScheduler: 'lcm',
  // A sampler of its own in diffusers; Euler leads to nearly the same picture on the same levels.
  PNDMScheduler: 'euler',
};

/** Names under which exports keep weights beside a graph. */
const WEIGHT_FILES = ['model.onnx_data', 'model.onnx.data', 'weights.pb'];

/** @returns a manifest. @throws ApiError `invalid_parameter` on `url` where the folder holds nothing that Tessera can draw with */
export async function readDiffusersFolder(folderUrl: string, reader: FolderReader): Promise<unknown> {
  const at = (path: string) => new URL(path, folderUrl).href;
  const index = v.safeParse(IndexSchema, await reader.json(at('model_index.json')));
  const pipeline = index.success ? index.output._class_name : 'none';
  if (!/^(Onnx|ORT)?StableDiffusion(XL)?Pipeline$/.test(pipeline)) {
    throw unusable(`its pipeline (${pipeline}) is none that Tessera knows`);
  }
  const scheduler = v.safeParse(SchedulerSchema, await reader.json(at('scheduler/scheduler_config.json')));
  if (!scheduler.success) throw unusable('its scheduler/scheduler_config.json is not valid');
  const files: { path: string; size_bytes: number | null }[] = [];
  const find = async (folder: string) => {
    const model = await reader.head(at(`${folder}/model.onnx`));
    if (!model) return null;
    files.push({ path: `${folder}/model.onnx`, size_bytes: model.sizeBytes });
    const externalData: string[] = [];
    for (const name of WEIGHT_FILES) {
      const beside = await reader.head(at(`${folder}/${name}`));
      if (!beside) continue;
      files.push({ path: `${folder}/${name}`, size_bytes: beside.sizeBytes });
      externalData.push(`${folder}/${name}`);
    }
    return { path: `${folder}/model.onnx`, externalData };
  };
  const must = async (folder: string) =>
    (await find(folder)) ?? Promise.reject(unusable(`it has no ${folder}/model.onnx`));
  const first = await must('text_encoder');
  const second = /XL/.test(pipeline) ? [await must('text_encoder_2')] : [];
  const textEncoders = [first, ...second].map((graph) => ({ ...graph, padTokenId: CLIP_END }));
  const [unet, decoder, encoder] = [await must('unet'), await must('vae_decoder'), await find('vae_encoder')];
  const vae = v.safeParse(VaeSchema, await reader.json(at('vae_decoder/config.json')).catch(() => ({})));
  const name =
    new URL(folderUrl).pathname
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? 'folder';
  return {
    id: name.toLowerCase().replace(/[^a-z0-9._-]/g, '-'),
    name,
    revision: folderUrl,
    licence: { name: 'as its host says', url: folderUrl, must_accept: true },
    files,
    spec: {
      family: 'stable-diffusion',
      textEncoders,
      unet,
      decoder,
      encoder,
      prediction: scheduler.output.prediction_type,
      latentScale: vae.success ? vae.output.scaling_factor : 0.18215,
      spacing: scheduler.output.use_karras_sigmas ? 'karras' : scheduler.output.timestep_spacing,
      sampler: samplerOf(scheduler.output._class_name),
    },
    steps: { default: 20, min: 1, max: 100 },
    guidance: 7.5,
  };
}

function samplerOf(className: string): string {
  const sampler = SAMPLERS[className];
  if (sampler) return sampler;
  throw unusable(`its scheduler (${className}) is none that Tessera knows`);
}

function unusable(why: string): ApiError {
  return new ApiError('invalid_parameter', `That folder cannot be drawn with: ${why}.`, 'url');
}
