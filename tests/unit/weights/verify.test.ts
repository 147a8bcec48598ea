import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { isIntact, sha256Hex } from '../../../src/weights/verify';
import { noise, sha256 } from '../../faults/model';

const bytes = new Uint8Array(noise('chunk', 300));
const chunk = { sha256: sha256(bytes), path: 'a.onnx', offsetBytes: 0, sizeBytes: bytes.length };

afterEach(() => {
  vi.unstubAllGlobals();
});

it('knows the hashes of FIPS 180-4', async () => {
  const hash = await sha256Hex(new TextEncoder().encode('abc'));
  expect(hash).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it('accepts the very bytes and nothing that differs in one bit or in length', async () => {
  expect(await isIntact(new Blob([bytes]), chunk)).toBe(true);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      expect(await isIntact(new Blob([changed]), chunk)).toBe(false);
      expect(await isIntact(new Blob([bytes.slice(0, at)]), chunk)).toBe(false);
    }),
  );
});

it('takes a Blob that cannot be read for damaged', async () => {
  const unreadable = {
    size: bytes.length,
    arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')),
  };
  expect(await isIntact(unreadable as unknown as Blob, chunk)).toBe(false);
});

it('says what to do where the browser hides its hashes: on plain http', async () => {
  vi.stubGlobal('crypto', {});
  await expect(sha256Hex(bytes)).rejects.toMatchObject({ message: expect.stringContaining('https') });
});
