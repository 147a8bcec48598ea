/** What the library of a page makes of a worker that fails, in Node and over a stand-in for that worker. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ModelShelf } from '../../../src/client/modelShelf';
import { PageLibrary } from '../../../src/client/pageLibrary';

const worker = vi.hoisted(() => ({
  list: async (): Promise<unknown> => [],
  open: async (): Promise<unknown> => new Map(),
  check: async (): Promise<unknown> => ({ checkedChunks: 1, repairedChunks: 0 }),
  remove: async () => {},
  close: () => {},
}));
const creators = vi.hoisted(() => [] as (() => unknown)[]);

vi.mock('../../../src/jobs/library', () => ({
  LibraryWorker: class {
    constructor(create: () => unknown) {
      creators.push(create);
      Object.assign(this, worker);
    }
  },
}));

const ID = 'sd-turbo';
const changed: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('requestAnimationFrame', () => {});
  vi.stubGlobal('BroadcastChannel', undefined);
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
    vi.spyOn(worker, 'list').mockResolvedValue([{ id: ID, checkedAtMs: 1 }]);
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

test('a closed library ends its worker and starts no other', () => {
  const close = vi.spyOn(worker, 'close');
  opened().close();
  expect(close).toHaveBeenCalledTimes(1);
  expect(creators.at(-1)).toThrow('closed');
});
