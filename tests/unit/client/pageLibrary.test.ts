/** What the library of a page makes of a worker that fails, in Node where its calls end as a test says. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ModelShelf } from '../../../src/client/modelShelf';
import { PageLibrary } from '../../../src/client/pageLibrary';
import { LibraryWorker, type StoredModel } from '../../../src/jobs/library';

/** Its calls, of which each test makes fail what it is about; how they cross to a worker is for browser tests. */
const worker = LibraryWorker.prototype;

const ID = 'sd-turbo';
const STORED: StoredModel = {
  id: ID,
  revision: '1',
  isComplete: true,
  storedBytes: 1,
  sizeBytes: 1,
  inMemory: false,
  checkedAtMs: 1,
};
const changed: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('requestAnimationFrame', () => {});
  vi.stubGlobal('BroadcastChannel', undefined);
  vi.spyOn(worker, 'list').mockResolvedValue([]);
  vi.spyOn(worker, 'open').mockResolvedValue(new Map());
  vi.spyOn(worker, 'check').mockResolvedValue({ checkedChunks: 1, repairedChunks: 0 });
  vi.spyOn(worker, 'remove').mockResolvedValue();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  changed.length = 0;
});

function opened(): PageLibrary {
  return new PageLibrary({ mirrorUrl: null, onFilesChanged: (id) => changed.push(id) });
}

describe('the weekly check', () => {
  async function checkedAtMs(): Promise<number | null> {
    vi.spyOn(worker, 'list').mockResolvedValue([STORED]);
    const library = opened();
    const shelf = await library.known();
    await library.open(ID);
    await vi.advanceTimersByTimeAsync(3 * 60 * 1000);
    return shelf.checkedAtMs(ID);
  }

  test('is done where it succeeded, and tells what it repaired', async () => {
    vi.spyOn(worker, 'check').mockResolvedValue({ checkedChunks: 2, repairedChunks: 1 });
    expect(await checkedAtMs()).toBeGreaterThan(1);
    expect(changed).toEqual([ID]);
  });

  test('is not done where it failed', async () => {
    vi.spyOn(worker, 'check').mockRejectedValue(new Error('no network'));
    expect(await checkedAtMs()).toBeNull();
  });
});

test('files are said to have changed when they were repaired or removed', async () => {
  const library = opened();
  await library.check(ID);
  expect(changed).toEqual([]);
  vi.spyOn(worker, 'check').mockResolvedValue({ checkedChunks: 2, repairedChunks: 1 });
  await opened().check(ID);
  await library.remove(ID);
  expect(changed).toEqual([ID, ID]);
});

test('what could not be read is read again by who asks next', async () => {
  const library = opened();
  vi.spyOn(ModelShelf, 'open').mockRejectedValueOnce(new Error('no shelf'));
  await expect(library.known()).rejects.toThrow('no shelf');
  expect(await library.known()).toBe(await library.known());
});

test('files that do not open are waited for only so long', async () => {
  vi.useRealTimers();
  const timeout = AbortSignal.abort(new DOMException('', 'TimeoutError'));
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timeout);
  vi.spyOn(worker, 'open').mockReturnValue(new Promise(() => {}));
  await expect(opened().open(ID)).rejects.toMatchObject({ code: 'worker_timeout' });
});

test('a closed library ends its worker and starts no other', async () => {
  vi.mocked(worker.check).mockRestore();
  const started = vi.fn();
  vi.stubGlobal('Worker', started);
  const close = vi.spyOn(worker, 'close');
  const library = opened();
  library.close();
  expect(close).toHaveBeenCalledTimes(1);
  await expect(library.check(ID)).rejects.toThrow('closed');
  expect(started).not.toHaveBeenCalled();
});
