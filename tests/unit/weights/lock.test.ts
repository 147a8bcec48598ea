import { afterEach, expect, it, vi } from 'vitest';
import { exclusively } from '../../../src/weights/lock';

const signal = new AbortController().signal;
const onWaiting = () => {};

afterEach(() => {
  vi.unstubAllGlobals();
});

function stubLocks(request: (name: string, options: LockOptions, work: () => Promise<unknown>) => Promise<unknown>) {
  vi.stubGlobal('navigator', { locks: { request } });
}

it('works without locks', async () => {
  vi.stubGlobal('navigator', {});
  await expect(exclusively(async () => 'done', { signal, onWaiting })).resolves.toBe('done');
});

it('works where locks are forbidden, as in third-party frames', async () => {
  stubLocks(() => Promise.reject(new DOMException('Access is denied.', 'SecurityError')));
  await expect(exclusively(async () => 'done', { signal, onWaiting })).resolves.toBe('done');
});

it('does not repeat work that failed under the lock', async () => {
  stubLocks((_name, _options, work) => work());
  let runs = 0;
  const work = async () => {
    runs += 1;
    throw new Error('damaged');
  };
  await expect(exclusively(work, { signal, onWaiting })).rejects.toThrow('damaged');
  expect(runs).toBe(1);
});

it('does not start work when the wait is aborted', async () => {
  stubLocks(() => Promise.reject(new DOMException('Aborted', 'AbortError')));
  let runs = 0;
  const work = async () => {
    runs += 1;
  };
  await expect(exclusively(work, { signal: AbortSignal.abort(), onWaiting })).rejects.toThrow('Aborted');
  expect(runs).toBe(0);
});

it('gives signs of life while another tab has the lock', async () => {
  vi.useFakeTimers();
  let grant = () => {};
  stubLocks((_name, _options, work) => new Promise<void>((resolve) => (grant = resolve)).then(work));
  let beats = 0;
  const done = exclusively(async () => 'done', { signal, onWaiting: () => beats++ });
  await vi.advanceTimersByTimeAsync(21_000);
  expect(beats).toBe(4);
  grant();
  await expect(done).resolves.toBe('done');
  await vi.advanceTimersByTimeAsync(21_000);
  expect(beats).toBe(4);
  vi.useRealTimers();
});
