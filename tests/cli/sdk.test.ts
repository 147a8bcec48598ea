/** The clients that people use, against `npm run serve`: the hosted API's Python SDK, OpenAI's client, curl, plain Node. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureCurl, ensurePython } from '../../tools/test/clients.mjs';
import { slowDown } from '../slowWorker';
import { runClient, startTestService, type TestService } from './service';
import { REPOSITORY } from './tinyClone';

const EXAMPLES = join(REPOSITORY, 'docs/examples');
const SDK = join(REPOSITORY, 'tests/cli/python/sdk.py');
const PNG = [0x89, 0x50, 0x4e, 0x47];

let python: string;
let service: TestService;
let folder: string;
let openai: OpenAI;

beforeAll(async () => {
  ensureCurl();
  python = ensurePython();
  folder = mkdtempSync(join(tmpdir(), 'tessera-sdk-'));
  service = await startTestService();
  openai = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'sk_openai', maxRetries: 0 });
});

afterAll(async () => {
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

const startsAsPng = (bytes: Uint8Array) => expect([...bytes.subarray(0, 4)]).toEqual(PNG);

describe('an example of the README', () => {
  test.each([
    ['generate.sh', ['sh']],
    ['generate.mjs', [process.execPath]],
    ['generate.py', []],
  ])('%s draws a picture', async (name, runner) => {
    const program = runner.length > 0 ? runner : [python];
    const said = await runClient(service, [...program, join(EXAMPLES, name)], { cwd: folder });
    expect(said).toMatch(/2048/);
    expect(said).toMatch(/0\.04/);
    const path = join(folder, 'apple.png');
    startsAsPng(readFileSync(path));
    rmSync(path);
  });

  test('openai.mjs draws a picture', async () => {
    await runClient(service, [process.execPath, join(EXAMPLES, 'openai.mjs')], { cwd: folder });
    startsAsPng(readFileSync(join(folder, 'apple.png')));
  });

  test('stream.sh tells of a picture as it is made', async () => {
    const said = await runClient(service, ['sh', join(EXAMPLES, 'stream.sh')], { cwd: folder });
    expect(said).toContain('event: image_generation.partial_image');
    expect(said.lastIndexOf('event: image_generation.completed')).toBeGreaterThan(said.lastIndexOf('partial_image'));
  });
});

describe('the Python SDK', () => {
  const run = async (...args: readonly string[]) => JSON.parse(await runClient(service, [python, SDK, ...args]));

  test('generates, and finds every field of the answer', async () => {
    const { version, answer, deletes_at, seed, limit } = await run('generate');
    expect(version).toBe('0.4.0');
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^req-/),
      status: 'completed',
      model: 'seedream-4-5',
      data: [{ width: 2048, height: 2048, mime_type: 'image/png' }],
      usage: { billable_unit: 'image', quantity: 1, unit_price: 0.04, total_cost: 0.04 },
    });
    expect(new Date(deletes_at).getTime()).toBeGreaterThan(Date.now());
    expect({ seed, limit }).toEqual({ seed: 7, limit: '600' });
    startsAsPng(new Uint8Array(await (await fetch(answer.data[0].url)).arrayBuffer()));
  });

  test('lists models, and knows the one of the hosted API', async () => {
    const { ids, videos, one } = await run('models');
    expect(ids).toEqual(expect.arrayContaining(['pocket', 'seedream-4-5']));
    expect(videos).toEqual([]);
    expect(one).toMatchObject({ id: 'seedream-4-5', type: 'image', supported_resolutions: ['2K', '4K'] });
  });

  test('reads balance and costs', async () => {
    const { balance, costs } = await run('billing');
    expect(balance).toEqual({ balance: expect.stringMatching(/^\d+\.\d\d$/), currency: 'USD' });
    expect(costs).toMatchObject({ currency: 'USD', total_cost: expect.any(Number) });
    const spent = costs.data.reduce((sum: number, { cost }: { cost: number }) => sum + cost, 0);
    expect(spent).toBeCloseTo(costs.total_cost, 6);
    expect(Number(balance.balance) + costs.total_cost).toBeCloseTo(10, 6);
  });

  test('raises its own classes for what is wrong with a request', async () => {
    const seen = await run('errors');
    expect(seen).toHaveLength(6);
    for (const error of seen) {
      expect(error).toMatchObject({ class: 'BadRequestError', status: 400, error: { type: 'invalid_request_error' } });
    }
    const params = seen.map(({ error }: { error: { param: string } }) => error.param);
    expect(params.slice(0, 5)).toEqual(['model', 'prompt', 'aspect_ratio', 'resolution', 'output_format']);
    expect(params[5]).toMatch(/^images/);
  });

  test('draws eight pictures at once, each its own', async () => {
    expect((await run('parallel')).seeds).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("OpenAI's client", () => {
  const REQUEST = { model: 'pocket', prompt: 'a red apple', output_format: 'png' } as const;

  test('generates base64 and URLs', async () => {
    const { data: [first] = [] } = await openai.images.generate(REQUEST);
    startsAsPng(Buffer.from(first?.b64_json ?? '', 'base64'));
    const { data: [second] = [] } = await openai.images.generate({ ...REQUEST, response_format: 'url' });
    expect(second?.url?.startsWith(service.url)).toBe(true);
    startsAsPng(new Uint8Array(await (await fetch(second?.url ?? '')).arrayBuffer()));
  });

  test('streams previews, then the picture', async () => {
    const stream = await openai.images.generate({ ...REQUEST, stream: true, partial_images: 2 });
    const types: string[] = [];
    let last = '';
    for await (const event of stream) {
      types.push(event.type);
      last = event.b64_json;
    }
    // An event of ours, which clients that do not know it pass over.
    const known = types.filter((type) => type !== 'image_generation.queued');
    const preview = 'image_generation.partial_image';
    expect(known).toEqual([preview, preview, 'image_generation.completed']);
    startsAsPng(Buffer.from(last, 'base64'));
  });

  test('lists models', async () => {
    const ids = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining(['pocket', 'seedream-4-5']));
    expect(await openai.models.retrieve('pocket')).toMatchObject({ id: 'pocket', object: 'model' });
    await expect(openai.models.retrieve('none')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test('sends pictures to edit, ten at the most', async () => {
    // Ten as PNG would be more than a request may hold.
    const { data: [drawn] = [] } = await openai.images.generate({ ...REQUEST, output_format: 'jpeg' });
    const image = await toFile(Buffer.from(drawn?.b64_json ?? '', 'base64'), 'apple.jpg', { type: 'image/jpeg' });
    const edit = (count: number) =>
      openai.images.edit({ model: 'pocket', prompt: 'a green apple', image: Array<typeof image>(count).fill(image) });
    for (const count of [1, 10]) {
      const { data: [edited] = [] } = await edit(count);
      startsAsPng(Buffer.from(edited?.b64_json ?? '', 'base64'));
    }
    await expect(edit(11)).rejects.toMatchObject({ status: 400, code: 'invalid_parameter', param: 'images' });
  });

  test('raises its own classes for what is wrong', async () => {
    await expect(openai.images.generate({ ...REQUEST, model: 'none' })).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    const noKey = openai.images.generate(REQUEST, { headers: { authorization: null } });
    await expect(noKey).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

describe('a job that takes longer than its client waits', () => {
  test('is joined by the retries of the Python SDK: one job, one bill', async () => {
    const balance = async () => Number((await billing()).balance);
    const before = await balance();
    await slowDown(service.page(), 100);
    const { id, retries, images } = JSON.parse(await runClient(service, [python, SDK, 'impatient', '5']));
    expect(id).toMatch(/^req-/);
    expect(retries).toBeGreaterThanOrEqual(1);
    expect(before - (await balance())).toBeCloseTo(0.04 * images, 6);
  });

  async function billing(): Promise<{ readonly balance: string }> {
    const headers = { authorization: 'Bearer sk_python' };
    return (await fetch(`${service.url}/v2/billing/balance`, { headers })).json();
  }
});
