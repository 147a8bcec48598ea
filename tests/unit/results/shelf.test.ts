import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { doomed, memoryShelf, type PictureKey } from '../../../src/results/shelf';

const NOW_S = 1_800_000_000;
const NOW_MS = NOW_S * 1000;

const keys = fc.uniqueArray(
  fc.record({
    deletesAtS: fc.integer({ min: NOW_S - 10, max: NOW_S + 10 }),
    id: fc.stringMatching(/^req-[0-9A-Z]{4}$/),
    index: fc.nat(3),
    sizeBytes: fc.nat(1000),
  }),
  { selector: ({ deletesAtS, id, index }) => `${deletesAtS} ${id} ${index}`, maxLength: 30 },
);

const bytesOf = (some: readonly PictureKey[]) => some.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);

describe('doomed', () => {
  test('takes all that has expired, the oldest beyond the bound, and nothing else', () => {
    fc.assert(
      fc.property(keys, fc.nat(8000), (all, maxBytes) => {
        const gone = doomed(all, { nowMs: NOW_MS, maxBytes });
        const kept = all.filter((key) => !gone.includes(key));
        expect(gone).toHaveLength(new Set(gone).size);
        expect(kept.every(({ deletesAtS }) => deletesAtS > NOW_S)).toBe(true);
        if (kept.length > 1) expect(bytesOf(kept)).toBeLessThanOrEqual(maxBytes);
        const early = gone.filter(({ deletesAtS }) => deletesAtS > NOW_S);
        for (const { deletesAtS } of early) expect(kept.every((key) => key.deletesAtS >= deletesAtS)).toBe(true);
        if (early.length > 0) expect(bytesOf(kept) + bytesOf(early)).toBeGreaterThan(maxBytes);
      }),
    );
  });

  test('keeps the newest picture even where it is larger than the bound', () => {
    const older = { deletesAtS: NOW_S + 5, id: 'req-1', index: 0, sizeBytes: 10 };
    const newest = { ...older, id: 'req-2', sizeBytes: 5000 };
    expect(doomed([newest, older], { nowMs: NOW_MS, maxBytes: 100 })).toEqual([older]);
  });
});

describe('memoryShelf', () => {
  test('finds what was put there, until it is removed', async () => {
    const shelf = memoryShelf();
    const key = { deletesAtS: NOW_S, id: 'req-1', index: 0, sizeBytes: 3 };
    await shelf.put(key, new Blob(['one'], { type: 'image/png' }));
    expect(await (await shelf.find(key))?.text()).toBe('one');
    expect(await shelf.find({ ...key, deletesAtS: NOW_S + 1 })).toBeNull();
    expect(await shelf.keys()).toEqual([key]);
    await shelf.remove([key]);
    expect(await shelf.find(key)).toBeNull();
  });
});
