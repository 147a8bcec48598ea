/** `npm run serve`, from the shell's side: what it says, how it starts, stops, survives, and what it keeps. */
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { freePort } from '../../tools/ports.mjs';
import { type Running, runCommand, startCommand } from './command';
import { createTinyClone } from './tinyClone';

const clone = createTinyClone();
afterAll(clone.remove);

let running: Running | null = null;
afterEach(async () => {
  running?.child.kill('SIGTERM');
  await running?.finished;
  running = null;
});

interface Served {
  readonly url: string;
  readonly pid: number;
  readonly port: number;
}

async function serve(args: readonly string[] = [], port?: number): Promise<Served> {
  const chosen = port ?? (await freePort());
  running = startCommand(clone.root, 'serve.mjs', ['--port', String(chosen), '--device', 'wasm', ...args]);
  await running.says('Tessera is listening on');
  return { url: `http://127.0.0.1:${chosen}`, pid: running.child.pid ?? 0, port: chosen };
}

async function stop(signal: NodeJS.Signals = 'SIGTERM') {
  const stopped = running;
  running = null;
  stopped?.child.kill(signal);
  return stopped?.finished;
}

const draw = (url: string, request: object = {}, headers: Record<string, string> = {}) =>
  fetch(`${url}/v2/images/generations`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'pocket', prompt: 'a red apple', steps: 1, ...request }),
  });

const balanceOf = async (url: string) =>
  (await fetch(`${url}/v2/billing/balance`, { headers: { authorization: 'Bearer sk_test' } })).json();

/** The browser that a process started; its own children die with it. */
function browserOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const browser = children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('user-data-dir'));
  if (browser === undefined) throw new Error('No browser runs.');
  return browser;
}

describe('serve refuses', () => {
  test('wrong use with exit code 2 and one line', async () => {
    const { exitCode, stdout, stderr } = await runCommand(clone.root, 'serve.mjs', ['--port', 'x']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a port that is in use, at once and in one line', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { readonly port: number };
    const { exitCode, stdout, stderr } = await runCommand(clone.root, 'serve.mjs', ['--port', String(port)]);
    taken.close();
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `Port ${port} is in use. Choose another one with --port.\n`,
    });
  });

  test('--help answers with the options', async () => {
    expect(await runCommand(clone.root, 'serve.mjs', ['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('--allow-origin'),
    });
  });
});

describe('serve', () => {
  test.skipIf(process.platform !== 'linux')(
    'says where it listens, draws, and ends at Ctrl-C with its browser',
    async () => {
      const { url, pid } = await serve();
      const answer = await (await draw(url, { seed: 7 })).json();
      expect(answer).toMatchObject({ status: 'completed', model: 'pocket', seed: 7 });
      expect(answer.data[0].url.startsWith(`${url}/v2/downloads/`)).toBe(true);
      const picture = await fetch(answer.data[0].url);
      expect({ status: picture.status, type: picture.headers.get('content-type') }).toEqual({
        status: 200,
        type: 'image/jpeg',
      });
      expect(new Uint8Array(await picture.arrayBuffer()).subarray(0, 3)).toEqual(new Uint8Array([0xff, 0xd8, 0xff]));
      const browser = browserOf(pid);
      const ended = await stop('SIGINT');
      expect(ended).toMatchObject({ exitCode: 0, stdout: `Tessera is listening on ${url}\n` });
      expect(() => process.kill(browser, 0)).toThrow();
    },
  );

  test('keeps its pictures and what is left of the credits over a restart; credits can be added', async () => {
    const { url, port } = await serve();
    const answer = await (await draw(url, { model: 'seedream-4-5' })).json();
    expect(answer.usage).toEqual({ billable_unit: 'image', quantity: 1, unit_price: 0.04, total_cost: 0.04 });
    expect(await balanceOf(url)).toEqual({ balance: '9.96', currency: 'USD' });
    await stop();
    await serve(['--top-up'], port);
    expect(await balanceOf(url)).toEqual({ balance: '19.96', currency: 'USD' });
    expect((await fetch(answer.data[0].url)).status).toBe(200);
  });

  test('allows no more than --budget', async () => {
    const { url } = await serve(['--budget', '0.05']);
    expect((await draw(url, { model: 'seedream-4-5' })).status).toBe(200);
    const refused = await draw(url, { model: 'seedream-4-5' });
    expect({ status: refused.status, body: await refused.json() }).toMatchObject({
      status: 402,
      body: { error: { code: 'quota_exceeded' } },
    });
  });

  test.skipIf(process.platform === 'win32')('asks for a key of its own, kept where only its owner reads', async () => {
    const { url, port } = await serve(['--require-key']);
    expect((await draw(url)).status).toBe(401);
    const path = join(clone.root, `.tessera/serve-127.0.0.1-${port}/key`);
    const key = readFileSync(path, 'utf8').trim();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await draw(url, {}, { authorization: `Bearer ${key}` })).status).toBe(200);
    expect((await stop())?.stderr).toContain(key);
    await serve(['--require-key'], port);
    expect((await draw(url, {}, { authorization: `Bearer ${key}` })).status).toBe(200);
    expect((await stop())?.stderr).not.toContain(key);
  });

  test.skipIf(process.platform !== 'linux')(
    'starts another browser when it is killed in the middle of a job, and answers that job',
    async () => {
      const { url, pid } = await serve();
      const before = await (await draw(url, { seed: 1 })).json();
      const jobs = [1, 2, 3, 4].map((seed) => draw(url, { seed, resolution: '4K', steps: 4 }));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      process.kill(browserOf(pid), 'SIGKILL');
      const answers = await Promise.all(jobs.map(async (job) => (await job).json()));
      expect(answers.map(({ status, seed }) => ({ status, seed }))).toEqual(
        [1, 2, 3, 4].map((seed) => ({ status: 'completed', seed })),
      );
      expect((await fetch(before.data[0].url)).status).toBe(200);
      expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok', restarts: 1 });
      expect((await stop())?.stderr).toContain('The browser is back.');
    },
  );
});
