/** Texts and what transformers makes of them, as training/fixtures/tokens.py packs both. */
import { gunzipSync } from 'node:zlib';
import packedTexts from '../../../golden/tokens_texts.json';

interface PackedCases {
  readonly lengths: string;
  readonly cutLengths: string;
  readonly ids: string;
}

export interface GoldenTokens {
  readonly ids: readonly number[];
  /** Tokens that the reference leaves out at its limit. */
  readonly truncatedTokens: number;
}

export const TEXTS = JSON.parse(unpacked(packedTexts.texts).toString()) as readonly string[];

/** One for each text. */
export function goldenTokens(cases: PackedCases): readonly GoldenTokens[] {
  const ids = numbers(cases.ids);
  const lengths = numbers(cases.lengths);
  let end = 0;
  return numbers(cases.cutLengths).map((count, index) => {
    end += count;
    return { ids: ids.slice(end - count, end), truncatedTokens: (lengths[index] ?? 0) - count };
  });
}

function numbers(packed: string): number[] {
  const bytes = unpacked(packed);
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index));
}

function unpacked(packed: string): Buffer {
  return gunzipSync(Buffer.from(packed, 'base64'));
}
