import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelListing } from '../../../../src/client/library';
import { CATALOG } from '../../../../src/models/catalog';
import type { ModelEntry } from '../../../../src/models/types';
import { bytesInWords, timeInWords } from '../../../../src/ui/models/sizes';
import {
  abilityWords,
  fractionOf,
  memoryWords,
  problemWords,
  progressWords,
  quarterPassed,
  sizeWords,
  stateWords,
} from '../../../../src/ui/models/words';

function entry(id: string): ModelEntry {
  const found = CATALOG.find((each) => each.id === id);
  if (!found) throw new Error(`The catalog has no ${id}.`);
  return found;
}

const listing: ModelListing = {
  entry: entry('sd-turbo'),
  state: 'absent',
  storedBytes: 0,
  totalBytes: 2_580_000_000,
  inMemory: false,
  progress: null,
  licenceAccepted: false,
  obstacle: null,
  error: null,
  isCustom: false,
};

describe('sizes and times', () => {
  it('have the unit that people use', () => {
    expect([0, 999, 12_345, 1_600_000, 99_000_000, 881_000_000, 2_513_917_681].map(bytesInWords)).toEqual([
      '0 KB',
      '1 KB',
      '13 KB',
      '2 MB',
      '99 MB',
      '0.9 GB',
      '2.5 GB',
    ]);
    expect([0, 7, 49, 70, 95, 3600, 10_000].map(timeInWords)).toEqual([
      'about a second',
      'about 7 seconds',
      'about 49 seconds',
      'about a minute',
      'about 2 minutes',
      'about 60 minutes',
      'about 3 hours',
    ]);
  });

  it('of a model say when nobody knows', () => {
    expect(sizeWords(listing)).toBe('2.6 GB');
    expect(sizeWords({ ...listing, totalBytes: null })).toBe('more than 2.5 GB');
    expect(sizeWords({ ...listing, entry: entry('sd-1.5'), totalBytes: null })).toContain('not known');
    expect(sizeWords({ ...listing, entry: entry('pocket'), totalBytes: null })).toBe('part of this page');
  });
});

describe('what a model can do', () => {
  it('follows from its data', () => {
    expect(abilityWords(entry('sd-turbo')).join(' · ')).toBe(
      'one step · starts from words or a picture · repaints what a mask leaves open · 1K, 2K, 4K',
    );
    expect(abilityWords(entry('sdxs-512'))).toContain('1K, 2K, 4K, square only');
    expect(abilityWords(entry('sd-1.5'))).toContain('knows what to avoid');
    expect(abilityWords(entry('flux-2-klein-4b'))).toContain('edits and combines up to 4 pictures');
    expect(abilityWords(entry('pocket'))).toContain('edits and combines up to 10 pictures');
  });

  it('is told of every model of the catalog', () => {
    for (const each of CATALOG) expect(abilityWords(each).join('')).toContain('starts from words');
  });
});

describe('a large graph in one file', () => {
  it('is named with its memory where the browser cannot read it from the disk', () => {
    expect(memoryWords(entry('sd-turbo'), false)).toContain('needs 1.7 GB of memory in this tab');
    expect(memoryWords(entry('sd-turbo'), true)).toBeNull();
    expect(memoryWords(entry('pocket'), false)).toBeNull();
  });
});

describe('a download', () => {
  it('says bytes, speed and time left', () => {
    const progress = {
      state: 'downloading',
      loadedBytes: 1_000_000_000,
      totalBytes: 2_580_000_000,
      bytesPerSecond: 12_300_000,
      secondsLeft: 128,
    } as const;
    const words = progressWords({ ...listing, state: 'downloading', storedBytes: 1_000_000_000, progress });
    expect(words).toBe('1.0 GB of 2.6 GB · 12 MB a second · about 2 minutes left');
  });

  it('says what it waits for', () => {
    const still = { loadedBytes: 0, totalBytes: null, bytesPerSecond: null, secondsLeft: null };
    const words = (state: 'waiting' | 'offline') =>
      progressWords({ ...listing, totalBytes: null, storedBytes: 5e6, progress: { state, ...still } });
    expect(words('waiting')).toBe('5 MB · another tab is getting it');
    expect(words('offline')).toBe('5 MB · waits for the network');
  });

  it('is told every quarter, once, in order, and never as a whole', () => {
    const ticks = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 });
    fc.assert(
      fc.property(ticks, (fractions) => {
        const rising = [0, ...fractions].sort((a, b) => a - b);
        const told = rising.flatMap((after, index) => quarterPassed(rising[index - 1] ?? 0, after) ?? []);
        expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
        for (const percent of told) expect([25, 50, 75]).toContain(percent);
      }),
    );
    expect(quarterPassed(0.2, 0.6)).toBe(50);
    expect(quarterPassed(0.3, 0.4)).toBeNull();
  });

  it('is never more than whole', () => {
    expect(fractionOf({ ...listing, storedBytes: 3e9 })).toBe(1);
    expect(fractionOf({ ...listing, totalBytes: null })).toBeNull();
    expect(fractionOf({ ...listing, totalBytes: 0 })).toBeNull();
  });
});

it('a model that is only in memory says so, one that is not here says nothing', () => {
  expect(stateWords({ ...listing, state: 'complete', inMemory: true })).toBe('In memory only');
  expect(stateWords({ ...listing, state: 'complete' })).toBe('On this machine');
  expect(stateWords(listing)).toBeNull();
});

it('a problem keeps the words of what failed', () => {
  expect(problemWords({ code: 'weights_unreachable', message: 'It answered 404.', param: null })).toMatch(
    /^The host .* It answered 404\.$/,
  );
  expect(problemWords({ code: 'server_error', message: 'Why.', param: null })).toBe('That did not work. Why.');
});
