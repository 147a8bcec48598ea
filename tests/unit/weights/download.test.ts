/** Every way a server can misbehave, over real HTTP. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { noiseModel } from '../../faults/model';
import { type Fault, FaultServer } from '../../faults/server';
import { freshStores, isWhole, open } from './openInNode';
import { HASTY, QUICK } from './quick';

const CHUNK = 4096;
const model = noiseModel({ seed: 7, chunkBytes: CHUNK });
/** 20,500 bytes: five whole chunks and one of 20 bytes. */
const FILE = 'denoiser.onnx';

// They talk over real sockets: a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

let server: FaultServer;
beforeEach(async () => {
  server = await FaultServer.start(model);
});
afterEach(() => server.stop());

const askedFor = (path: string) => server.asked.filter((each) => each.path === path).map(({ range }) => range);

const policyFor = (faults: readonly Fault[]) =>
  faults.some(({ type }) => ['silent', 'stall', 'slow'].includes(type)) ? HASTY : QUICK;

async function failure(...faults: Fault[]): Promise<ApiError> {
  server.misbehave(...faults);
  const policy = policyFor(faults);
  const thrown = await open(server, { stores: freshStores(), policy }).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ApiError);
  return thrown as ApiError;
}

async function success(...faults: Fault[]): Promise<void> {
  server.misbehave(...faults);
  const policy = policyFor(faults);
  const { weights, progress } = await open(server, { stores: freshStores(), policy });
  expect(await isWhole(weights, model)).toBe(true);
  const loaded = progress.map(({ loadedBytes }) => loadedBytes);
  expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
  expect(new Set(progress.map(({ totalBytes }) => totalBytes)).size).toBe(1);
  expect(loaded.at(-1)).toBe(progress[0]?.totalBytes);
}

describe('a good server', () => {
  it('is asked once for each file, whole', async () => {
    await success();
    expect(server.asked).toEqual([...model.files.keys()].map((path) => ({ path, range: null })));
  });
});

describe('trouble that passes', () => {
  it('resumes after a reset with the chunk that was cut, by Range', async () => {
    await success({ type: 'reset', path: FILE, afterBytes: 2 * CHUNK + 100, times: 1 });
    expect(askedFor(FILE)).toEqual([null, [2 * CHUNK, 20_500]]);
  });

  it('resumes after a body that ended early without an error', async () => {
    await success({ type: 'truncate', path: FILE, afterBytes: 3 * CHUNK, times: 1 });
    expect(askedFor(FILE)).toEqual([null, [3 * CHUNK, 20_500]]);
  });

  it('gets through when the line breaks after every single chunk', async () => {
    await success({ type: 'reset', path: FILE, afterBytes: CHUNK + 1 });
    expect(askedFor(FILE)).toHaveLength(6);
  });

  it('takes the whole file from a server that ignores Range, and keeps what it has', async () => {
    await success({ type: 'reset', path: FILE, afterBytes: 2 * CHUNK, times: 1 }, { type: 'ignoreRange' });
    expect(askedFor(FILE)).toHaveLength(2);
  });

  it('asks for a wrong chunk once more, alone', async () => {
    await success({ type: 'flip', path: FILE, atByte: CHUNK + 5, times: 1 });
    expect(askedFor(FILE)).toEqual([null, [CHUNK, 2 * CHUNK], [2 * CHUNK, 20_500]]);
  });

  it('asks again when a server sends another range than it says', async () => {
    const reset: Fault = { type: 'reset', path: FILE, afterBytes: CHUNK, times: 1 };
    await success(reset, { type: 'wrongRange', path: FILE, times: 1 });
  });

  it('waits for a server that is overloaded', async () => {
    await success({ type: 'status', status: 503, retryAfterS: 0, times: 2 });
  });

  it('gives up on a silent connection, not on the file', async () => {
    await success({ type: 'silent', path: FILE, times: 1 }, { type: 'stall', path: FILE, afterBytes: 5000, times: 1 });
    expect(askedFor(FILE)).toEqual([null, null, [CHUNK, 20_500]]);
  });

  it('has all the time there is while bytes move', async () => {
    // 26 pieces and 30 ms between them: longer in total than the 400 ms of silence that end a connection.
    await success({ type: 'slow', path: FILE, pieceBytes: 800, pauseMs: 30 });
    expect(askedFor(FILE)).toEqual([null]);
  });

  it.each([50, -50])('does not believe a content-length that is off by %i', async (byBytes) => {
    await success({ type: 'lieAboutLength', path: FILE, byBytes, times: 1 });
  });

  it('retries the manifest too', async () => {
    await success({ type: 'status', status: 502, path: 'manifest.json', times: 2 });
  });
});

describe('trouble that stays', () => {
  it.each<[string, Fault, string, RegExp]>([
    ['resets', { type: 'reset', afterBytes: 10 }, 'weights_unreachable', /connection failed.*try again/i],
    ['nothing but silence', { type: 'silent' }, 'weights_unreachable', /fell silent.*try again/i],
    ['503', { type: 'status', status: 503 }, 'weights_unreachable', /answered 503.*try again/i],
    ['404', { type: 'status', status: 404 }, 'weights_unreachable', /answered 404.*reload/i],
    ['403', { type: 'status', status: 403 }, 'weights_unreachable', /answered 403.*reload/i],
    ['a web page', { type: 'html' }, 'weights_unreachable', /web page.*reload/i],
    ['a short body', { type: 'truncate', afterBytes: 30 }, 'weights_damaged', /ended early.*not complete/i],
    ['a length that hides bytes', { type: 'lieAboutLength', byBytes: -50 }, 'weights_damaged', /ended early/i],
    ['a wrong byte', { type: 'flip', atByte: CHUNK + 9 }, 'weights_damaged', /wrong bytes.*try again later/i],
  ])('%s: a typed error that names the file and what to do', async (_, fault, code, advice) => {
    const error = await failure({ ...fault, path: FILE });
    expect(error.code).toBe(code);
    expect(error.message).toContain(FILE);
    expect(error.message).toMatch(advice);
  });

  it('a wrong byte is asked for twice, not for ever', async () => {
    await failure({ type: 'flip', path: FILE, atByte: CHUNK + 9 });
    expect(askedFor(FILE)).toEqual([null, [CHUNK, 2 * CHUNK]]);
  });

  it('a missing page is not asked for again', async () => {
    await failure({ type: 'status', status: 404, path: FILE });
    expect(askedFor(FILE)).toHaveLength(1);
  });

  it('a file that got shorter on the server is damaged', async () => {
    const files = new Map(model.files).set(FILE, (model.files.get(FILE) as Buffer).subarray(0, 2 * CHUNK));
    server.deploy({ manifest: model.manifest, files });
    const error = await failure({ type: 'truncate', path: FILE, afterBytes: 2 * CHUNK, times: 1 });
    expect(error).toMatchObject({ code: 'weights_damaged' });
    expect(error.message).toMatch(/shorter on the server/);
  });

  it.each<[string, Fault, string]>([
    ['missing', { type: 'status', status: 404 }, 'weights_unreachable'],
    ['a web page', { type: 'html' }, 'weights_unreachable'],
    ['not JSON', { type: 'flip', atByte: 0 }, 'weights_damaged'],
  ])('a manifest that is %s', async (_, fault, code) => {
    expect((await failure({ ...fault, path: 'manifest.json' })).code).toBe(code);
  });

  it('a server that is gone', async () => {
    const { manifestUrl } = server;
    await server.stop();
    const thrown = await open({ manifestUrl } as FaultServer, { stores: freshStores() }).catch((error) => error);
    expect(thrown).toMatchObject({ code: 'weights_unreachable' });
    server = await FaultServer.start(model);
  });
});
