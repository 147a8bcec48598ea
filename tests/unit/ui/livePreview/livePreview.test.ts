import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../../../src/api/errors';
import type { GenerateRequest } from '../../../../src/client/tessera';
import { pocket } from '../../../../src/models/pocket';
import { sdTurbo } from '../../../../src/models/sdTurbo';
import { LivePreview } from '../../../../src/ui/livePreview/livePreview';
import { requestFor } from '../../../../src/ui/request';
import { parseSettings } from '../../../../src/ui/settings';
import { createStore } from '../../../../src/ui/store';

const ENGINE = {
  device: 'wasm',
  deviceReason: '',
  modelRevision: '1',
  tiles: { largestTilePx: 1024, overlapCells: 0 },
  timingsMs: {},
  weightsInMemory: false,
} as const;

/** A page whose looks end when the test says so. */
function page(query = '') {
  const store = createStore(parseSettings(query), pocket);
  const asked: { readonly request: GenerateRequest; readonly signal: AbortSignal; readonly end: () => void }[] = [];
  let failure: Error | null = null;
  const preview = (request: GenerateRequest, { signal }: { readonly signal: AbortSignal }) =>
    new Promise<Blob>((resolve, reject) => {
      asked.push({ request, signal, end: () => (failure ? reject(failure) : resolve(new Blob(['a look']))) });
      signal.addEventListener('abort', () => reject(new ApiError('cancelled', 'The request was cancelled.')));
    });
  const live = new LivePreview(store, { preview });
  store.engine.value = ENGINE;
  store.easelIsSeen.value = true;
  live.choose(true);
  const fail = (error: Error) => {
    failure = error;
  };
  return { store, live, asked, fail };
}

/** Long after the pause that a look waits for. */
const pause = () => vi.advanceTimersByTimeAsync(5_000);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a first look', () => {
  it('is drawn when typing pauses, and shown with the words it is of', async () => {
    const { store, asked } = page();
    for (const prompt of ['a', 'a c', 'a cat']) store.prompt.value = prompt;
    expect(asked).toEqual([]);
    await pause();
    expect(asked.map(({ request }) => request)).toMatchObject([{ prompt: 'a cat', steps: 1, metadata: false }]);
    asked[0]?.end();
    await pause();
    expect(store.draft.value).toMatchObject({ prompt: 'a cat', seed: asked[0]?.request.seed });
  });

  it('is given up for the next key, and its end shows nothing', async () => {
    const { store, asked } = page();
    store.prompt.value = 'a cat';
    await pause();
    store.prompt.value = 'a cats';
    expect(asked[0]?.signal.aborted).toBe(true);
    await pause();
    expect(asked).toHaveLength(2);
    expect(store.draft.value).toBeNull();
  });

  it('is given up for a picture, which starts from its seed, and is not drawn again after it', async () => {
    const { store, asked } = page();
    store.prompt.value = 'a cat';
    await pause();
    asked[0]?.end();
    await pause();
    expect(requestFor(store).seed).toBe(asked[0]?.request.seed);
    store.prompt.value = 'a dog';
    await pause();
    store.isRunning.value = true;
    expect(asked[1]?.signal.aborted).toBe(true);
    expect(store.draft.value).toBeNull();
    store.isRunning.value = false;
    await pause();
    expect(asked).toHaveLength(2);
    expect(requestFor(store)).not.toHaveProperty('seed');
  });

  it('stays, with its seed, where the picture of it comes to nothing', async () => {
    const { store, asked } = page();
    store.prompt.value = 'a cat';
    await pause();
    asked[0]?.end();
    await pause();
    store.isRunning.value = true;
    await pause();
    store.isRunning.value = false;
    await pause();
    expect(asked).toHaveLength(1);
    expect(requestFor(store).seed).toBe(asked[0]?.request.seed);
    expect(store.draft.value).toMatchObject({ prompt: 'a cat' });
  });

  it('is not drawn where nobody sees it, nor before the model is loaded', async () => {
    const { store, asked } = page();
    store.easelIsSeen.value = false;
    store.prompt.value = 'a cat';
    await pause();
    store.easelIsSeen.value = true;
    store.engine.value = null;
    await pause();
    expect(asked).toEqual([]);
    store.engine.value = ENGINE;
    await pause();
    expect(asked).toHaveLength(1);
  });

  it('is not drawn by models that were published elsewhere, nor by ones that cost', async () => {
    const { store, asked } = page();
    for (const model of [sdTurbo, { ...pocket, rates: [{ resolution: null, unitPrice: '0.01' }] }]) {
      store.model.value = model;
      store.prompt.value = `a cat for ${model.name}`;
      await pause();
    }
    expect(asked).toEqual([]);
  });

  it('goes with its prompt, and with the switch', async () => {
    const { store, live, asked } = page();
    for (const gone of [() => (store.prompt.value = ' '), () => live.choose(false)]) {
      live.choose(true);
      store.prompt.value = 'a cat';
      await pause();
      asked.at(-1)?.end();
      await pause();
      expect(store.draft.value).not.toBeNull();
      gone();
      expect(store.draft.value).toBeNull();
    }
  });

  it('is not tried again on a device that fails', async () => {
    const { store, asked, fail } = page();
    fail(new ApiError('gpu_unavailable', 'The GPU is gone.'));
    store.prompt.value = 'a cat';
    await pause();
    asked[0]?.end();
    await pause();
    store.prompt.value = 'a dog';
    await pause();
    expect(asked).toHaveLength(1);
  });

  it('is not drawn for the words that a link brings', async () => {
    const store = createStore(parseSettings('?prompt=a+cat'), pocket);
    const preview = vi.fn(async () => new Blob());
    new LivePreview(store, { preview });
    store.wantsDrafts.value = true;
    store.engine.value = ENGINE;
    store.easelIsSeen.value = true;
    await pause();
    expect(preview).not.toHaveBeenCalled();
  });
});
