/** What a picture file is, by its first bytes: a name or a label is only a claim. */
import { JPEG_SIGNATURE } from './jpeg';
import { PNG_SIGNATURE } from './png';
import { WEBP_SIGNATURE } from './webp';

export type PictureKind = 'png' | 'jpeg' | 'webp';

/** Enough to tell. */
export const SIGNATURE_BYTES = 12;

/** `head`: the first bytes as Latin-1. */
export function pictureKind(head: string): PictureKind | null {
  if (head.startsWith(PNG_SIGNATURE)) return 'png';
  if (head.startsWith(JPEG_SIGNATURE)) return 'jpeg';
  return WEBP_SIGNATURE.test(head) ? 'webp' : null;
}
