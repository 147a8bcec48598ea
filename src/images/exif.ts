/** Which way up a camera was held: https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, 4.6.4. */
import { latin1, view } from './bytes';

const ORIENTATION = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;
/** Writers of WebP files put JPEG's prefix in front now and then. */
const PREFIX = 'Exif\0\0';

/** 1 to 8, from an Exif block; 1, upright, when it does not say or makes no sense. */
export function exifOrientation(block: Uint8Array): number {
  const tiff = latin1(block.subarray(0, PREFIX.length)) === PREFIX ? block.subarray(PREFIX.length) : block;
  const order = latin1(tiff.subarray(0, 2));
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return 1;
  const isLittle = order === 'II';
  const numbers = view(tiff);
  const directory = numbers.getUint32(4, isLittle);
  if (directory + 2 > tiff.length) return 1;
  const entries = numbers.getUint16(directory, isLittle);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * ENTRY_BYTES;
    if (at + ENTRY_BYTES > tiff.length) return 1;
    if (numbers.getUint16(at, isLittle) !== ORIENTATION || numbers.getUint16(at + 2, isLittle) !== SHORT) continue;
    const value = numbers.getUint16(at + 8, isLittle);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
