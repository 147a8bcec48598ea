/** `npm run generate` with published models, as replicas on a server of this machine: got, kept, drawn with. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ModelHost, startModelHost } from '../browser/modelHost';
import { runCommand, startCommand } from './command';
import { createTinyClone } from './tinyClone';

const clone = createTinyClone();
let host: ModelHost;

beforeAll(async () => {
  host = await startModelHost();
});

afterAll(async () => {
  await host.close();
  clone.remove();
});

const APPLE = ['--prompt', 'a red apple', '--seed', '7', '--device', 'wasm'];
const generate = (...args: string[]) => runCommand(clone.root, 'generate.mjs', [...APPLE, ...args]);
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);
const addressOf = (replica: string) => `${host.url}${replica}/manifest.json`;

function pngSize(name: string): number[] {
  const bytes = readFileSync(join(clone.root, name));
  expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe('generate with a model by its address', () => {
  test('downloads it, says how far it is, and draws', async () => {
    const { exitCode, stdout, stderr } = await generate('--model', addressOf('sd-turbo'), '--out', 'turbo.png');
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('Downloading Replica of sd-turbo.');
    expect(stderr).toMatch(/\] 100% {2}0\.\d of 0\.\d MB|\] 100% {2}\d+ of \d+ kB/);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ model: 'custom-sd-turbo', served_by: 'custom-sd-turbo', seed: 7, device: 'wasm' });
    expect(pngSize('turbo.png')).toEqual([1024, 1024]);
  });

  test('has it the next time, also from a picture, and asks the host for no file', async () => {
    const before = host.asked.length;
    const picture = ['--image', join(clone.root, 'turbo.png'), '--strength', '0.6', '--steps', '2'];
    const { exitCode, stderr } = await generate('--model', addressOf('sd-turbo'), ...picture, '--out', 'again.png');
    expect(exitCode, stderr).toBe(0);
    expect(stderr).not.toContain('Downloading');
    expect(stderr).toContain('denoise step');
    expect(host.asked.length).toBe(before);
    expect(pngSize('again.png')).toEqual([1024, 1024]);
  });

  test('takes the licence of a folder only with --yes', async () => {
    const refused = await generate('--model', `${host.url}sd15-nmkd/`, '--out', 'folder.png');
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(lastLine(refused.stderr)).toMatch(/^sd15-nmkd has a licence to accept: .+ --yes accepts it\.$/);
    const words = ['--negative-prompt', 'a blue apple', '--guidance', '3', '--steps', '1'];
    const taken = await generate('--model', `${host.url}sd15-nmkd/`, '--yes', ...words, '--out', 'folder.png');
    expect(taken.exitCode, taken.stderr).toBe(0);
    expect(JSON.parse(taken.stdout)).toMatchObject({ served_by: 'custom-sd15-nmkd', steps: 1 });
  });

  test('goes on after Ctrl-C with what had arrived', async () => {
    const args = [...APPLE, '--model', addressOf('z-image-turbo'), '--out', 'stopped.png'];
    const { child, finished, says } = startCommand(clone.root, 'generate.mjs', args);
    await says('Downloading');
    child.kill('SIGINT');
    const stopped = await finished;
    expect(stopped, stopped.stderr).toMatchObject({ exitCode: 130, stdout: '' });
    const { exitCode, stderr } = await generate('--model', addressOf('z-image-turbo'), '--out', 'z.png');
    expect(exitCode, stderr).toBe(0);
    expect(pngSize('z.png')).toEqual([1024, 1024]);
  });

  test('says what is wrong with an address that holds no model', async () => {
    const { exitCode, stderr } = await generate('--model', `${host.url}nothing/model.json`, '--out', 'none.png');
    expect(exitCode).toBe(2);
    expect(lastLine(stderr)).toContain('No model can be read there.');
    expect(existsSync(join(clone.root, 'none.png'))).toBe(false);
  });
});

describe('generate with a published model', () => {
  test('asks for its licence before a byte of it comes', async () => {
    const { exitCode, stdout, stderr } = await generate('--model', 'sdxs-512', '--out', 'sdxs.png');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(lastLine(stderr)).toMatch(/^SDXS-512 has a licence to accept: .+\(https:.+\)\. --yes accepts it\.$/);
  });
});
