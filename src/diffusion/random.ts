/**
 * Gaussian noise as a pure function of place, so that any tile of a picture draws the same noise there.
 * The hash is pcg4d of Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020.
 */

const MULTIPLIER = 1664525;
const INCREMENT = 1013904223;
const UINT32_RANGE = 4294967296;

/**
 * Hashes four 32-bit integers to four well-mixed unsigned 32-bit integers.
 *
 * @example pcg4d(0, 0, 0, 0)
 */
export function pcg4d(a: number, b: number, c: number, d: number): [number, number, number, number] {
  let x = (Math.imul(a, MULTIPLIER) + INCREMENT) | 0;
  let y = (Math.imul(b, MULTIPLIER) + INCREMENT) | 0;
  let z = (Math.imul(c, MULTIPLIER) + INCREMENT) | 0;
  let w = (Math.imul(d, MULTIPLIER) + INCREMENT) | 0;
  x = (x + Math.imul(y, w)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  w = (w + Math.imul(y, z)) | 0;
  x ^= x >>> 16;
  y ^= y >>> 16;
  z ^= z >>> 16;
  w ^= w >>> 16;
  x = (x + Math.imul(y, w)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  w = (w + Math.imul(y, z)) | 0;
  return [x >>> 0, y >>> 0, z >>> 0, w >>> 0];
}

/**
 * One standard normal value for a place in the latent, by Box and Muller (1958).
 *
 * @param seed the picture's seed, 0 … 2^32 - 1
 */
export function normalAt(seed: number, x: number, y: number, channel: number): number {
  const [first, second] = pcg4d(seed, x, y, channel);
  const radius = Math.sqrt(-2 * Math.log((first + 1) / UINT32_RANGE));
  return radius * Math.cos((2 * Math.PI * second) / UINT32_RANGE);
}

/**
 * Noise for a whole latent, laid out as [channels, height, width].
 *
 * @example gaussianNoise(7, { channels: 8, height: 16, width: 16 }).length // 2048
 */
export function gaussianNoise(
  seed: number,
  shape: { readonly channels: number; readonly height: number; readonly width: number },
): Float32Array<ArrayBuffer> {
  const { channels, height, width } = shape;
  const noise = new Float32Array(channels * height * width);
  let index = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) noise[index++] = normalAt(seed, x, y, channel);
    }
  }
  return noise;
}
