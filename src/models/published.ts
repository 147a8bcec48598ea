/** What the data files of published models share. */
import { ASPECT_RATIOS } from '../api/sizes';
import type { GraphFile } from './spec';
import type { ModelEntry, PublishedFile } from './types';

/** Of all that run on the user's own machine. */
export const FREE = [{ resolution: null, unitPrice: '0.00' }] as const;

/** CLIP's own: texts are filled up with the token that ends them. */
export const CLIP_END = 49407;

/** OpenCLIP's, of SD 2 and of the second encoder of SDXL: an exclamation mark, its first token. */
export const OPEN_CLIP_PAD = 0;

/** A graph and the files beside it that hold its weights. */
export function graph(path: string, ...externalData: readonly string[]): GraphFile {
  return { path, externalData: [...externalData] };
}

/** A file whose size and hash are published. */
export function file(path: string, sizeBytes: number, sha256: string): PublishedFile {
  return { path, sizeBytes, sha256 };
}

export function huggingFace(repository: string, revision: string): string {
  return `https://huggingface.co/${repository}/resolve/${revision}/`;
}

/** Pictures that start at 512 pixels and are only enlarged: models of one step cannot refine what is there. */
export const ENLARGED_FROM_512: ModelEntry['routes'] = {
  '1K': { refinePasses: 0, upscalePasses: 1 },
  '2K': { refinePasses: 0, upscalePasses: 2 },
  '4K': { refinePasses: 0, upscalePasses: 3 },
};

/** Drawn at 512 pixels, drawn over once at 1,024, then enlarged. */
export const REFINED_FROM_512: ModelEntry['routes'] = {
  '1K': { refinePasses: 1, upscalePasses: 0 },
  '2K': { refinePasses: 1, upscalePasses: 1 },
  '4K': { refinePasses: 1, upscalePasses: 2 },
};

/** The same for those that start at 1,024. */
export const ENLARGED_FROM_1024: ModelEntry['routes'] = {
  '1K': { refinePasses: 0, upscalePasses: 0 },
  '2K': { refinePasses: 0, upscalePasses: 1 },
  '4K': { refinePasses: 0, upscalePasses: 2 },
};

/** Drawn at 1,024 pixels. */
export const REFINED_FROM_1024: ModelEntry['routes'] = {
  '1K': { refinePasses: 0, upscalePasses: 0 },
  '2K': { refinePasses: 1, upscalePasses: 0 },
  '4K': { refinePasses: 1, upscalePasses: 1 },
};

/** What of a model's data does not depend on its graphs. */
export const COMMON = {
  createdAt: '2026-11-23T00:00:00.000Z',
  aspectRatios: ASPECT_RATIOS,
  resolutions: ['1K', '2K', '4K'],
  rates: FREE,
} as const;

const STABILITY = 'https://huggingface.co/stabilityai';

export const LICENCES = {
  stability: {
    name: 'Stability AI Community License: research and small companies; others ask its authors',
    url: `${STABILITY}/sd-turbo/blob/main/LICENSE.md`,
    mustAccept: true,
  },
  stabilityXl: {
    name: 'Stability AI Community License: research and small companies; others ask its authors',
    url: `${STABILITY}/sdxl-turbo/blob/main/LICENSE.md`,
    mustAccept: true,
  },
  openRail: {
    name: 'CreativeML OpenRAIL-M: free, with a list of uses that are forbidden',
    url: 'https://huggingface.co/spaces/CompVis/stable-diffusion-license',
    mustAccept: true,
  },
  openRailPlus: {
    name: 'CreativeML OpenRAIL++-M: free, with a list of uses that are forbidden',
    url: 'https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md',
    mustAccept: true,
  },
  apache: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0', mustAccept: false },
} as const;
