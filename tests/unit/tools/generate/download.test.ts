import { describe, expect, test } from 'vitest';
import type { LibraryProgress } from '../../../../src/client/library';
import { downloadLine, downloadReporter } from '../../../../tools/generate/download.mjs';

const progress = (changes: Partial<LibraryProgress> = {}): LibraryProgress => ({
  state: 'downloading',
  loadedBytes: 627_500_000,
  totalBytes: 2_510_000_000,
  bytesPerSecond: 24_100_000,
  secondsLeft: 78.1,
  ...changes,
});

function written(isTTY: boolean, loaded: readonly number[]): string {
  let text = '';
  const stream = {
    isTTY,
    write: (more: string | Uint8Array) => {
      text += more;
      return true;
    },
  };
  const { report, end } = downloadReporter(stream);
  for (const loadedBytes of loaded) report(progress({ loadedBytes, totalBytes: 1000 }));
  end();
  end();
  return text;
}

describe('the line of a download', () => {
  test('has a bar, the share, bytes, speed and the time left', () => {
    expect(downloadLine(progress())).toBe('[######------------------]  25%  0.63 of 2.51 GB  24.1 MB/s  1:18 left');
  });

  test.each([
    [{ loadedBytes: 500_000, totalBytes: 2_000_000 }, '0.5 of 2.0 MB'],
    [{ loadedBytes: 500, totalBytes: 2_000 }, '1 of 2 kB'],
    [{ secondsLeft: 3_723 }, '1:02:03 left'],
  ])('counts in what fits: %j', (changes, text) => {
    expect(downloadLine(progress(changes))).toContain(text);
  });

  test('tells no share of a whole that nobody knows', () => {
    const unknown = { totalBytes: null, secondsLeft: null };
    expect(downloadLine(progress({ ...unknown, loadedBytes: 5_000_000 }))).toBe('5.0 MB  24.1 MB/s');
  });

  test.each([
    ['waiting', 'waiting'],
    ['checking', 'checking'],
    ['offline', 'no network'],
  ] as const)('says that it is %s instead of a speed', (state, words) => {
    expect(downloadLine(progress({ state }))).toMatch(new RegExp(`GB  ${words}$`));
  });
});

describe('a download', () => {
  test('stays in one line of a terminal', () => {
    const text = written(true, [0, 10, 500]);
    expect(text.split('\r\x1b[2K')).toHaveLength(4);
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(text.endsWith('left\n')).toBe(true);
  });

  test('is a line for each tenth elsewhere', () => {
    const shares = written(false, [0, 50, 99, 100, 150, 500, 1000]).match(/\d+%/g);
    expect(shares).toEqual(['0%', '10%', '50%', '100%']);
  });
});
