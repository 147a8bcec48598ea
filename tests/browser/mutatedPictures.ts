/** Pictures of a real encoder with a few bytes changed, the same ones for the same seed. */
import type { Page } from '@playwright/test';
import { held } from '../unit/images/pictureFiles';
import { encodeInPage } from './referenceInPage';

export const TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;

export type Originals = readonly { readonly type: string; readonly bytes: Uint8Array }[];

/** One of each type. */
export function encodedPictures(page: Page): Promise<Originals> {
  const encode = async (type: string) => {
    const base64 = await page.evaluate(encodeInPage, { type });
    return { type, bytes: new Uint8Array(Buffer.from(base64, 'base64')) };
  };
  return Promise.all(TYPES.map(encode));
}

/** As base64, each with an Exif orientation. The first bytes tell the kind and stay. */
export function mutatedPictures(originals: Originals, { count, seed }: { count: number; seed: number }): string[] {
  const random = generator(seed);
  return Array.from({ length: count }, (_, index) => {
    const original = originals[index % originals.length];
    if (!original) return '';
    const copy = held(original.bytes, original.type, 1 + random(8));
    const changes = 1 + random(4);
    for (let change = 0; change < changes; change++) copy[12 + random(copy.length - 12)] = random(256);
    return Buffer.from(copy).toString('base64');
  });
}

/** Numerical Recipes' linear congruential generator; its low bits are weak, so the high ones are used. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
