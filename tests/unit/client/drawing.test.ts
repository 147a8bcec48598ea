/** Which files a picture is drawn with, and what a cancel or a close ends, over workers that draw nothing. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { Drawing, type DrawingModels } from '../../../src/client/drawing';
import { CATALOG } from '../../../src/models/catalog';
import { pocket } from '../../../src/models/pocket';
import { sdTurbo } from '../../../src/models/sdTurbo';
import type { ModelEntry } from '../../../src/models/types';
import { drawRequest } from '../drawRequest';
import { QuickWorker } from './quickWorker';

vi.stubGlobal('Worker', QuickWorker);

beforeEach(() => {
  QuickWorker.started.length = 0;
  QuickWorker.faults.length = 0;
});

const never = () => new Promise<never>(() => {});

function drawing(parts: Partial<DrawingModels> = {}) {
  const entries = new Map<string, ModelEntry>(CATALOG.map((entry) => [entry.id, entry]));
  const open = vi.fn(parts.open ?? (async () => new Map<string, Blob>()));
  const check = vi.fn(parts.check ?? (async () => ({ repairedChunks: 0 })));
  const models: DrawingModels = { entry: (id) => entries.get(id) ?? expect.fail(id), open, check };
  const subject = new Drawing({ device: 'wasm', baseUrl: 'https://tessera.example/', models });
  const draw = (model: ModelEntry, signal = new AbortController().signal) =>
    subject.draw(drawRequest({ model }), { signal, onEvent: () => {} });
  return { subject, draw, open, check, replace: (entry: ModelEntry) => entries.set(entry.id, entry) };
}

describe('the files of a model', () => {
  test('are opened once for all its pictures', async () => {
    const { draw, open } = drawing();
    for (const model of [pocket, sdTurbo, sdTurbo]) await draw(model);
    expect(open).toHaveBeenCalledTimes(1);
    expect(QuickWorker.started.map(({ published }) => published?.id)).toEqual([undefined, 'sd-turbo']);
  });

  test('are opened again where another manifest took the place of the model’s', async () => {
    const { draw, replace } = drawing();
    await draw(sdTurbo);
    if (sdTurbo.weights.type === 'embedded') expect.fail();
    replace({ ...sdTurbo, weights: { ...sdTurbo.weights, revision: 'next' } });
    await draw(sdTurbo);
    expect(QuickWorker.started.map(({ published }) => published?.revision)).toEqual([sdTurbo.weights.revision, 'next']);
  });

  test('are opened again where they were said to have changed, also while they were opened', async () => {
    const { subject, draw, open } = drawing();
    await draw(sdTurbo);
    subject.filesChanged('sdxl-turbo');
    await draw(sdTurbo);
    expect(open).toHaveBeenCalledTimes(1);
    subject.filesChanged('sd-turbo');
    open.mockImplementationOnce(async () => {
      subject.filesChanged('sd-turbo');
      return new Map();
    });
    for (let i = 0; i < 3; i++) await draw(sdTurbo);
    expect(open).toHaveBeenCalledTimes(3);
  });
});

describe('a cancelled job', () => {
  test('does not wait for files that do not open, and changes nothing when they do', async () => {
    const stop = new AbortController();
    let arrive = (_files: ReadonlyMap<string, Blob>) => {};
    const late = new Promise<ReadonlyMap<string, Blob>>((resolve) => {
      arrive = resolve;
    });
    const { draw } = drawing({ open: () => late });
    await draw(pocket);
    const job = draw(sdTurbo, stop.signal);
    stop.abort();
    await expect(job).rejects.toThrow(/abort/i);
    arrive(new Map());
    await late;
    await draw(pocket);
    expect(QuickWorker.started).toHaveLength(1);
  });

  test('does not wait for a check', async () => {
    const stop = new AbortController();
    const { draw, check } = drawing({ check: never });
    QuickWorker.faults.push(...[1, 2].map(() => new ApiError('bad_output', 'Nonsense.')));
    const job = draw(sdTurbo, stop.signal);
    await vi.waitFor(() => expect(check).toHaveBeenCalled());
    stop.abort();
    await expect(job).rejects.toThrow(/abort/i);
  });
});

test('a closed drawing rejects what is pending and what comes, and starts nothing', async () => {
  const { subject, draw, open } = drawing({ open: never });
  const job = draw(sdTurbo);
  subject.close();
  await expect(job).rejects.toMatchObject({ code: 'cancelled' });
  await expect(draw(sdTurbo)).rejects.toMatchObject({ code: 'cancelled' });
  await expect(draw(pocket)).rejects.toMatchObject({ code: 'cancelled' });
  await expect(subject.preview(drawRequest({ model: pocket }), new AbortController().signal)).rejects.toThrow('closed');
  expect(open).toHaveBeenCalledTimes(1);
  expect(QuickWorker.started).toEqual([]);
});
