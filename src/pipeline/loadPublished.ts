/** From the files of a published model to its family. Graphs are loaded when the first picture asks for them. */
import { ApiError } from '../api/errors';
import type { Family } from '../families/family';
import { readConfig } from '../families/pocket/config';
import { Enlarger } from '../families/shared/enlarger';
import type { ModelFiles } from '../families/shared/graphShelf';
import type { Runtime } from '../runtime/session';
import type { OpenWeights } from '../weights/store';
import type { PublishedModel } from './job';

interface Surroundings {
  readonly runtime: Runtime;
  /** The weights of the embedded model, whose super-resolution serves all models. */
  readonly embedded: OpenWeights;
}

/** Throws `weights_missing` where a file of the model is not there. */
export async function openPublished(model: PublishedModel, { runtime, embedded }: Surroundings): Promise<Family> {
  const enlarger = await openEnlarger(runtime, embedded);
  const options = { runtime, memory: model.memory, enlarger, file: async (path: string) => fileOf(model, path) };
  return openFamily(model, options);
}

export async function openFamily(
  { spec, clipMergesUrl }: PublishedModel,
  options: ModelFiles & { readonly enlarger: Enlarger },
): Promise<Family> {
  switch (spec.family) {
    case 'stable-diffusion': {
      const { openStableDiffusion } = await import('../families/stable-diffusion/stableDiffusion');
      return openStableDiffusion(spec, { ...options, clipMerges: () => fetchText(clipMergesUrl) });
    }
    case 'z-image': {
      const { openZImage } = await import('../families/z-image/zImage');
      return openZImage(spec, options);
    }
    case 'flux2': {
      const { openFlux2 } = await import('../families/flux2/flux2');
      return openFlux2(spec, options);
    }
  }
}

async function openEnlarger(runtime: Runtime, embedded: OpenWeights): Promise<Enlarger> {
  const { superResolution, largestBufferBytesPerPx } = await readConfig(await embedded.file('config.json'));
  const graph = await embedded.file('super_resolution.onnx');
  return new Enlarger(runtime, { graph, receptiveFieldPx: superResolution.receptiveFieldPx, largestBufferBytesPerPx });
}

function fileOf({ id, files }: PublishedModel, path: string): Blob {
  const file = files.get(path);
  if (file) return file;
  throw new ApiError(
    'weights_missing',
    `The model '${id}' has no file ${path} on this machine: get it again.`,
    'model',
  );
}

async function fetchText(url: string): Promise<string> {
  const answer = await fetch(url).catch(() => null);
  if (answer?.ok) return answer.text();
  throw new ApiError('weights_unreachable', `${url} could not be fetched. Reload the page and try again.`);
}
