/** `npm run generate` in the repository itself: the real Pocket draws. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommand } from './command';
import { REPOSITORY } from './tinyClone';

const folder = mkdtempSync(join(tmpdir(), 'tessera-pocket-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('Pocket draws a picture from a terminal', async () => {
  const out = join(folder, 'apple.png');
  const prompt = 'a red apple on a blue background';
  const args = ['--prompt', prompt, '--seed', '7', '--output-format', 'png', '--out', out];
  const { exitCode, stdout, stderr } = await runCommand(REPOSITORY, 'generate.mjs', args);
  expect(exitCode, stderr).toBe(0);
  const answer = JSON.parse(stdout);
  expect(answer).toMatchObject({ model: 'pocket', served_by: 'pocket', seed: 7 });
  expect(answer.data).toMatchObject([{ width: 1024, height: 1024, mime_type: 'image/png' }]);
  const bytes = readFileSync(out);
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1024, 1024]);
});

test('Pocket edits that picture', async () => {
  const [apple, out] = [join(folder, 'apple.png'), join(folder, 'edited.png')];
  const args = ['--prompt', 'make it blue', '--image', apple, '--seed', '7', '--output-format', 'png', '--out', out];
  const { exitCode, stdout, stderr } = await runCommand(REPOSITORY, 'generate.mjs', args);
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ served_by: 'pocket', data: [{ width: 1024, height: 1024 }] });
  expect(readFileSync(out).equals(readFileSync(apple))).toBe(false);
});

test('Pocket draws the widest 4K picture, by tiles', async () => {
  const out = join(folder, 'cactus.png');
  const shape = ['--resolution', '4K', '--aspect-ratio', '21:9'];
  const args = ['--prompt', 'a green cactus', '--seed', '7', ...shape, '--out', out];
  const { exitCode, stdout, stderr } = await runCommand(REPOSITORY, 'generate.mjs', args);
  expect(exitCode, stderr).toBe(0);
  const answer = JSON.parse(stdout);
  expect(answer.data).toMatchObject([{ width: 6240, height: 2656, mime_type: 'image/png' }]);
  expect(answer.plan).toMatchObject({ native_width: 208, native_height: 96, upscale_passes: 5 });
  expect(answer.plan.tiles).toBe(21);
  const bytes = readFileSync(out);
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([6240, 2656]);
});
