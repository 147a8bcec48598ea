/** `npm run generate`, from the shell's side: exit codes, what is on stdout, and the file. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runCommand, startCommand } from './command';
import { createTinyClone } from './tinyClone';

const clone = createTinyClone();
afterAll(clone.remove);

const APPLE = ['--prompt', 'a red apple', '--seed', '7', '--device', 'wasm'];
const BLUE = ['--prompt', 'make it blue', '--seed', '7', '--device', 'wasm'];
const generate = (...args: string[]) => runCommand(clone.root, 'generate.mjs', args);
const pathOf = (name: string) => join(clone.root, name);

interface PngHeader {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bitDepth: number;
  readonly colourType: number;
}

/** The first chunk of a PNG file (RFC 2083, 4.1.1). */
function readPngHeader(bytes: Buffer): PngHeader {
  expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
  return {
    widthPx: bytes.readUInt32BE(16),
    heightPx: bytes.readUInt32BE(20),
    bitDepth: bytes.readUInt8(24),
    colourType: bytes.readUInt8(25),
  };
}

describe('generate refuses', () => {
  test.each([
    ['no prompt', ['--out', 'a.png'], '--prompt is missing'],
    ['an unknown option', [...APPLE, '--out', 'a.png', '--colour', 'red'], "Unknown option '--colour'"],
    ['eleven pictures', [...APPLE, '--out', 'a.png', ...Array(11).fill('--image=LICENSE')], '--image can be given 10'],
    ['a picture that is not there', [...APPLE, '--out', 'a.png', '--image', 'b.png'], '--image names no file'],
    ['a model that nobody knows', [...APPLE, '--out', 'a.png', '--model', 'dall-e'], '--model must be pocket'],
    ['a folder that is not there', [...APPLE, '--out', 'missing/a.png'], '--out cannot be written'],
  ])('%s with exit code 2 and one line, before any work', async (_what, args, message) => {
    const { exitCode, stdout, stderr } = await generate(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('generate', () => {
  test('writes a picture and answers with one line of JSON; the same seed gives the same bytes', async () => {
    const first = await generate(...APPLE, '--out', 'first.png');
    const second = await generate(...APPLE, '--out', 'second.png');
    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\{.+\}\n$/) });
    const answer = JSON.parse(first.stdout);
    expect(answer).toMatchObject({
      status: 'completed',
      model: 'pocket',
      served_by: 'pocket',
      seed: 7,
      device: 'wasm',
    });
    expect(answer.id).toEqual(expect.any(String));
    expect(answer.usage).toEqual({ billable_unit: 'image', quantity: 1, unit_price: 0, total_cost: 0 });
    const url = pathToFileURL(pathOf('first.png')).href;
    expect(answer.data).toHaveLength(1);
    expect(answer.data[0]).toMatchObject({ url, width: 1024, height: 1024, mime_type: 'image/png' });
    expect(new Date(answer.data[0].deletes_at).getTime()).toBeGreaterThan(Date.now());
    expect(answer.timings_ms.denoise).toBeGreaterThan(0);
    const bytes = readFileSync(pathOf('first.png'));
    const header = readPngHeader(bytes);
    expect(header).toMatchObject({ widthPx: 1024, heightPx: 1024, bitDepth: 8 });
    expect([2, 6]).toContain(header.colourType);
    expect(second.exitCode).toBe(0);
    expect(readFileSync(pathOf('second.png')).equals(bytes)).toBe(true);
  });

  test('tells its progress on stderr, and takes the format from the ending of the file', async () => {
    const { stdout, stderr } = await generate(...APPLE, '--steps', '2', '--aspect-ratio', '21:9', '--out', 'wide.jpg');
    expect(stderr).toContain('weights 100%');
    expect(stderr).toContain('denoise step 1/2\n');
    expect(stderr).toContain('denoise step 2/2\n');
    expect(JSON.parse(stdout).data).toMatchObject([{ width: 1512, height: 648, mime_type: 'image/jpeg' }]);
    expect(readFileSync(pathOf('wide.jpg')).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  });

  test('passes on what the page refuses: exit code 2, nothing on stdout, no file', async () => {
    const { exitCode, stdout, stderr } = await generate('--prompt', 'a'.repeat(4097), '--out', 'long.png');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('4096');
    expect(readdirSync(clone.root)).not.toContain('long.png');
  });

  test('looks at the pictures that it is given, in their order', async () => {
    const edit = async (...names: string[]) => {
      const images = names.map((name) => `--image=${name}`);
      const { exitCode, stdout, stderr } = await generate(...BLUE, ...images, '--out', 'blue.png');
      expect(exitCode, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ model: 'pocket', seed: 7, data: [{ width: 1024, height: 1024 }] });
      return readFileSync(pathOf('blue.png')).toString('base64');
    };
    const edits = [await edit('first.png'), await edit('first.png', 'wide.jpg'), await edit('wide.jpg', 'first.png')];
    expect(new Set(edits).size).toBe(3);
  });

  test('passes on what is wrong with a picture', async () => {
    const { exitCode, stdout, stderr } = await generate(...BLUE, '--image', 'LICENSE', '--out', 'from.png');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      'Reference images are PNG, JPEG or WebP files; this is something else.',
    );
    expect(readdirSync(clone.root)).not.toContain('from.png');
  });

  test.skipIf(process.platform === 'win32')('stops at Ctrl-C and leaves nothing behind', async () => {
    const { child, finished, says } = startCommand(clone.root, 'generate.mjs', [...APPLE, '--out', 'stopped.png']);
    await says('weights');
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await finished;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(stderr.endsWith('Cancelled.\n')).toBe(true);
    expect(readdirSync(clone.root).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });

  test('fails with exit code 1 and a clear last line when the weights are damaged', async () => {
    const decoder = pathOf('dist/models/pocket/decoder.onnx');
    const bytes = readFileSync(decoder);
    bytes.writeUInt8(bytes.readUInt8(100) ^ 255, 100);
    writeFileSync(decoder, bytes);
    const { exitCode, stdout, stderr } = await generate(...APPLE, '--out', 'damaged.png');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('decoder.onnx');
  });
});
