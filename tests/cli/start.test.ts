/** `npm start`: says where, serves the page with its headers, moves on when the port is taken, ends cleanly. */
import { describe, expect, test } from 'vitest';
import { responseHeaders } from '../../tools/headers.mjs';
import { freePort } from '../../tools/ports.mjs';
import { runCommand, startCommand } from './command';
import { REPOSITORY } from './tinyClone';

const start = (port: number) => startCommand(REPOSITORY, 'start.mjs', ['--port', String(port)]);

describe.skipIf(process.platform === 'win32')('start', () => {
  test('serves the page where it says, and stops at Ctrl-C', async () => {
    const port = await freePort();
    const { child, finished, says } = start(port);
    await says(`Tessera is ready at http://127.0.0.1:${port}/\n`);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect(await page.text()).toContain('<title>');
    for (const [name, value] of Object.entries(responseHeaders('/', { dev: false, local: true }))) {
      expect(page.headers.get(name), name).toBe(value);
    }
    const missing = await fetch(`http://127.0.0.1:${port}/models/pocket/missing.onnx`);
    expect(missing.status).toBe(404);
    child.kill('SIGINT');
    expect(await finished).toMatchObject({ exitCode: 0 });
  });

  test('takes the next port when the one asked for is taken', async () => {
    const port = await freePort();
    const first = start(port);
    await first.says('Tessera is ready');
    const second = start(port);
    await second.says('Press Ctrl-C to stop.');
    second.child.kill('SIGINT');
    first.child.kill('SIGINT');
    const [firstEnd, secondEnd] = await Promise.all([first.finished, second.finished]);
    expect([firstEnd, secondEnd]).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
    // The very next one, unless somebody else on this machine has just taken that too.
    const [, taken] = /^Tessera is ready at http:\/\/127\.0\.0\.1:(\d+)\/$/m.exec(secondEnd.stdout) ?? [];
    expect(Number(taken)).toBeGreaterThan(port);
    expect(Number(taken)).toBeLessThan(port + 10);
  });

  test('refuses a port that is none', async () => {
    const { exitCode, stderr } = await runCommand(REPOSITORY, 'start.mjs', ['--port', '99999']);
    expect(exitCode).not.toBe(0);
    expect(stderr).toBe('--port must be 1 to 65535: 99999\n');
  });
});
