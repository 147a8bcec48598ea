/** OpenAI's `size` in ratios and resolutions: the nearest that the model has. */
import { ApiError } from '../errors';
import { type AspectRatio, outputSize, RESOLUTIONS, type Resolution } from '../sizes';
import type { ModelSupport } from '../support';

interface Chosen {
  readonly aspect_ratio?: AspectRatio;
  readonly resolution?: Resolution;
}

/** @throws ApiError `invalid_parameter` naming `size` */
export function nearestSize(size: string | undefined, model: ModelSupport): Chosen {
  if (size === undefined || size === 'auto') return {};
  const named = RESOLUTIONS.find((one) => one === size.toUpperCase());
  if (named && model.resolutions.includes(named)) return { resolution: named };
  const [, width, height] = /^([1-9]\d{1,4})x([1-9]\d{1,4})$/.exec(size) ?? [];
  if (width === undefined || height === undefined) {
    throw new ApiError('invalid_parameter', "The parameter 'size' must be auto, WIDTHxHEIGHT, 1K, 2K or 4K.", 'size');
  }
  const choices = model.resolutions.flatMap((resolution) =>
    model.aspectRatios.map((aspectRatio) => ({ resolution, aspectRatio, ...outputSize(aspectRatio, resolution) })),
  );
  // Shape counts more than size: a picture can be shown smaller, but not less stretched.
  const distance = ({ widthPx, heightPx }: (typeof choices)[number]) =>
    10 * Math.abs(Math.log((widthPx * Number(height)) / (heightPx * Number(width)))) +
    Math.abs(Math.log((widthPx * heightPx) / (Number(width) * Number(height))));
  const best = choices.toSorted((a, b) => distance(a) - distance(b))[0];
  return best ? { aspect_ratio: best.aspectRatio, resolution: best.resolution } : {};
}
