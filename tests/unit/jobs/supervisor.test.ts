/** What a supervisor does when it is closed. How it replaces lost engines is told by the tests in browsers. */
import { describe, expect, test, vi } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import type { Engine } from '../../../src/jobs/engine';
import { Supervisor } from '../../../src/jobs/supervisor';
import type { GenerateJob } from '../../../src/pipeline/job';

const CLOSED = new ApiError('cancelled', 'Tessera was closed.');

/** Loads at once or never, and draws until it is closed. */
function engine({ loads }: { readonly loads: boolean }): Engine {
  let close = (_reason: ApiError) => {};
  const end = new Promise<never>((_, reject) => {
    close = reject;
  });
  end.catch(() => {});
  const fake = { failed: false, init: async () => (loads ? {} : end), generate: () => end, close };
  return fake as unknown as Engine;
}

function supervised(loads: boolean) {
  const create = vi.fn(() => engine({ loads }));
  const supervisor = new Supervisor(create, { device: 'wasm', modelUrl: '', runtimeUrl: '', verboseRuntime: false });
  const options = { onProgress: () => {}, signal: new AbortController().signal };
  return { create, supervisor, generate: () => supervisor.generate({} as GenerateJob, options) };
}

describe('a closed supervisor', () => {
  test.each([
    ['while its model is loaded', false],
    ['while it draws', true],
  ])('rejects a job %s', async (_when, loads) => {
    const { supervisor, generate } = supervised(loads);
    const job = expect(generate()).rejects.toBe(CLOSED);
    await new Promise((resolve) => setTimeout(resolve));
    supervisor.close(CLOSED);
    await job;
  });

  test('starts no other engine', async () => {
    const { create, supervisor, generate } = supervised(true);
    await supervisor.ready(() => {});
    supervisor.close(CLOSED);
    supervisor.reconfigure({ device: 'auto' });
    await expect(generate()).rejects.toBe(CLOSED);
    await expect(supervisor.ready(() => {})).rejects.toBe(CLOSED);
    expect(create).toHaveBeenCalledTimes(1);
  });
});
