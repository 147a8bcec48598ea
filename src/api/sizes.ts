/** Exact output sizes of the hosted API: 8 ratios at 1K, 2K and 4K, in pixels (width, height). */

export const ASPECT_RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9', '21:9'] as const;
export type AspectRatio = (typeof ASPECT_RATIOS)[number];

export const RESOLUTIONS = ['1K', '2K', '4K'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

const SIZES: Record<Resolution, Record<AspectRatio, readonly [number, number]>> = {
  '1K': {
    '1:1': [1024, 1024],
    '2:3': [832, 1248],
    '3:2': [1248, 832],
    '3:4': [864, 1152],
    '4:3': [1152, 864],
    '9:16': [720, 1280],
    '16:9': [1280, 720],
    '21:9': [1512, 648],
  },
  '2K': {
    '1:1': [2048, 2048],
    '2:3': [1664, 2496],
    '3:2': [2496, 1664],
    '3:4': [1728, 2304],
    '4:3': [2304, 1728],
    '9:16': [1600, 2848],
    '16:9': [2848, 1600],
    '21:9': [3136, 1344],
  },
  '4K': {
    '1:1': [4096, 4096],
    '2:3': [3328, 4992],
    '3:2': [4992, 3328],
    '3:4': [3520, 4704],
    '4:3': [4704, 3520],
    '9:16': [3040, 5504],
    '16:9': [5504, 3040],
    '21:9': [6240, 2656],
  },
};

/**
 * The exact size of a finished picture.
 *
 * @example outputSize('21:9', '1K') // { widthPx: 1512, heightPx: 648 }
 */
export function outputSize(ratio: AspectRatio, resolution: Resolution): SizePx {
  const [widthPx, heightPx] = SIZES[resolution][ratio];
  return { widthPx, heightPx };
}
