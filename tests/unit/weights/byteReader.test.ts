import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteReader } from '../../../src/weights/byteReader';
import { Interruption } from '../../../src/weights/retry';
import { noise } from '../../faults/model';

const BODY = new Uint8Array(noise('body', 500));

/** Hands out `BODY` in pieces of the given sizes, in turn, empty ones included. */
function inPieces(sizes: readonly number[]): () => Promise<Uint8Array | null> {
  let at = 0;
  let turn = 0;
  return async () => {
    if (at >= BODY.length) return null;
    const size = sizes[turn++ % sizes.length] ?? 1;
    const piece = BODY.subarray(at, at + size);
    at += piece.length;
    return piece;
  };
}

const pieceSizes = fc
  .array(fc.nat(200), { minLength: 1, maxLength: 6 })
  .filter((sizes) => sizes.some((size) => size > 0));

it('gives the same bytes however the stream is cut', async () => {
  const cuts = fc.array(fc.record({ size: fc.nat(90), skip: fc.boolean() }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(pieceSizes, cuts, async (sizes, takes) => {
      const reader = new ByteReader(inPieces(sizes));
      let at = 0;
      for (const { size, skip } of takes) {
        if (skip) await reader.skip(size);
        else expect(await reader.take(size, () => {})).toEqual(BODY.slice(at, at + size));
        at += size;
      }
    }),
  );
});

it('counts the bytes of a piece as they come', async () => {
  const seen: number[] = [];
  await new ByteReader(inPieces([100])).take(250, (haveBytes) => seen.push(haveBytes));
  expect(seen).toEqual([100, 200, 250]);
});

it('reports a body that ends early, while taking and while skipping', async () => {
  const early = { reason: 'the answer ended early', code: 'weights_damaged' };
  await expect(new ByteReader(inPieces([64])).take(501, () => {})).rejects.toMatchObject(early);
  await expect(new ByteReader(inPieces([64])).skip(501)).rejects.toBeInstanceOf(Interruption);
});
