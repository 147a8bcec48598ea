/** `npm run serve` inside the test's own process, from a clone with the tiny model: the same parts, within reach of the test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../../tools/ports.mjs';
import type { ServeTask } from '../../tools/serve/arguments.mjs';
import type { Service, ServiceOptions } from '../../tools/serve/service.mjs';
import { createTinyClone, type TinyClone } from './tinyClone';

export interface TestService extends Service {
  readonly port: number;
  readonly clone: TinyClone;
  /** What it told its owner. */
  readonly said: readonly string[];
}

const DEFAULTS: Omit<ServeTask, 'port'> = {
  host: '127.0.0.1',
  device: 'wasm',
  allowedOrigins: [],
  key: null,
  requireKey: false,
  budget: null,
  topUp: false,
};

/** The clone is removed with the service, unless it was given. */
export async function startTestService(
  task: Partial<ServeTask> = {},
  { clone: given, ...options }: Partial<ServiceOptions> & { readonly clone?: TinyClone } = {},
): Promise<TestService> {
  const clone = given ?? createTinyClone();
  const { startService }: typeof import('../../tools/serve/service.mjs') = await import(
    join(clone.root, 'tools/serve/service.mjs')
  );
  const port = task.port ?? (await freePort());
  const said: string[] = [];
  const service = await startService(
    { ...DEFAULTS, ...task, port },
    { env: {}, say: (line) => said.push(line), ...options },
  );
  const close = async () => {
    await service.close();
    if (!given) clone.remove();
  };
  return { ...service, port, clone, said, close };
}

/** Runs a program with the service's address in its environment; rejects unless it ends well. */
export async function runClient(
  service: Service,
  command: readonly string[],
  { cwd = process.cwd() }: { readonly cwd?: string } = {},
): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, TESSERA_URL: service.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}:\n${output.stdout}${output.stderr}`);
  return output.stdout;
}
