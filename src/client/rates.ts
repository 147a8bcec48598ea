/** How long a picture will take, from how long the ones before took. */
import type { GenerateJob, Picture, TiledPlan } from '../pipeline/job';

/** What one unit of each kind of work takes on a device. */
export interface Rates {
  readonly textMs: number;
  readonly msPerStepAndCell: number;
  /** Decoding, enlarging, placing. */
  readonly paintMsPerMegapixel: number;
  readonly encodeMsPerMegapixel: number;
}

export function expectedMs(rates: Rates, plan: TiledPlan, steps: number): number {
  const megapixels = megapixelsOf(plan);
  const paintMs = (rates.paintMsPerMegapixel + rates.encodeMsPerMegapixel) * megapixels;
  return rates.textMs + rates.msPerStepAndCell * steps * cellsOf(plan) + paintMs;
}

export function ratesOf({ plan, timingsMs }: Picture, { steps }: Pick<GenerateJob, 'steps'>): Rates {
  const megapixels = megapixelsOf(plan);
  const { text = 0, denoise = 0, refine = 0, decode = 0, upscale = 0, encode = 0 } = timingsMs;
  return {
    textMs: text,
    msPerStepAndCell: (denoise + refine) / steps / cellsOf(plan),
    paintMsPerMegapixel: (decode + upscale) / megapixels,
    encodeMsPerMegapixel: encode / megapixels,
  };
}

/** Cells that a step denoises, the refined sizes included. */
function cellsOf({ latentHeight, latentWidth, refinePasses }: TiledPlan): number {
  const base = latentHeight * latentWidth;
  return Array.from({ length: refinePasses + 1 }, (_, pass) => base * 4 ** pass).reduce((sum, cells) => sum + cells);
}

function megapixelsOf({ widthPx, heightPx }: TiledPlan): number {
  return (widthPx * heightPx) / 1e6;
}
