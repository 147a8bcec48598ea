/** What goes out to the hosted service, and when: over real connections to a stand-in. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { json, StandIn } from '../../faults/standIn';
import { generation, KEY, LIMITS, REQUEST, serviceAt, yes } from './hostedCalls';

let host: StandIn;
let service: ReturnType<typeof serviceAt>['service'];
let generate: ReturnType<typeof serviceAt>['generate'];
let failure: ReturnType<typeof serviceAt>['failure'];
beforeAll(async () => {
  host = await StandIn.start();
  ({ service, generate, failure } = serviceAt(host));
});
beforeEach(() => host.behave(json(200, generation(), LIMITS)));
afterAll(() => host.stop());

const sentBodies = () => host.asked.map(({ body }) => JSON.parse(body));

describe('a request', () => {
  it('goes out with the key of the user, and its answer comes back whole', async () => {
    const answered = await generate();
    expect(answered).toEqual({ status: 200, body: generation(), headers: LIMITS });
    expect(host.asked).toMatchObject([
      {
        method: 'POST',
        path: '/v2/images/generations',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', accept: 'application/json' },
      },
    ]);
    expect(host.asked[0]?.headers).not.toHaveProperty('cookie');
    expect(sentBodies()).toEqual([REQUEST]);
  });

  it('leaves what is ours at home', async () => {
    const ours = { seed: 7, steps: 4, n: 2, stream: true, engine: 'hosted', guidance: 3, strength: 0.5, mask: null };
    await generate({
      ...REQUEST,
      ...ours,
      negative_prompt: 'blur',
      quality: 90,
      metadata: false,
      output_format: 'png',
    });
    expect(sentBodies()).toEqual([{ ...REQUEST, output_format: 'png' }]);
  });

  it('asks for the hosted model that stands for a local one', async () => {
    const models = { pocket: 'seedream-4-5' };
    await generate({ ...REQUEST, model: 'pocket' }, { models });
    await generate({ ...REQUEST, model: 'gpt-image-2' }, { models });
    await generate({ ...REQUEST, model: 'constructor' }, { models });
    expect(sentBodies().map(({ model }) => model)).toEqual(['seedream-4-5', 'gpt-image-2', 'constructor']);
  });

  it('carries pictures that only this machine can open as data, and passes on the others', async () => {
    const openReference = vi.fn(async (_source: string | Blob, _options: { readonly param: string }) => {
      return new Blob([new Uint8Array(100_000).fill(7)], { type: 'image/png' });
    });
    const upload = new Blob(['x']);
    const images = [
      { url: 'https://assets.test/a.png', role: 'reference_image' },
      { url: 'data:image/png;base64,AAAA' },
      { url: 'blob:http://127.0.0.1:5173/6f0c7a9e' },
      { url: upload },
      { url: 'http://127.0.0.1:8787/v2/downloads/req-1/0' },
    ];
    await generate({ ...REQUEST, images }, { openReference });
    const [sent] = sentBodies();
    const inlined = `data:image/png;base64,${Buffer.alloc(100_000, 7).toString('base64')}`;
    expect(sent.images).toEqual([images[0], images[1], ...Array(3).fill({ url: inlined })]);
    const asked = openReference.mock.calls.map(([source, { param }]) => [source, param]);
    expect(asked).toEqual([
      [images[2]?.url, 'images.2.url'],
      [upload, 'images.3.url'],
      [images[4]?.url, 'images.4.url'],
    ]);
  });

  test.each([
    ['with a mask', { mask: 'data:image/png;base64,AAAA' }, 'mask'],
    ['with an image without a URL', { images: [{ role: 'reference_image' }] }, 'images.0.url'],
    ['with an image that is text', { images: ['https://assets.test/a.png'] }, 'images.0.url'],
    ['of more than 25 MiB', { images: [{ url: `data:image/png;base64,${'A'.repeat(27_000_000)}` }] }, 'images'],
  ])('stays here %s', async (_what, extra, param) => {
    const askConsent = vi.fn(yes);
    const error = await failure({ askConsent }, { ...REQUEST, ...extra });
    expect(error).toMatchObject({ code: 'invalid_parameter', param });
    expect([askConsent.mock.calls.length, host.asked.length]).toEqual([0, 0]);
  });

  it('stays here when its picture cannot be opened', async () => {
    const problem = new ApiError('invalid_parameter', 'Damaged.', 'images.0.url');
    const images = [{ url: 'blob:x' }];
    const error = await failure({ openReference: () => Promise.reject(problem) }, { ...REQUEST, ...{ images } });
    expect([error, host.asked.length]).toEqual([problem, 0]);
  });

  test.each([
    ['there is no key', null],
    ['the key is empty', ''],
    ['the key would break the header', 'sk_a\r\nx-evil: 1'],
    ['the key is no text for a header', 'sk_ключ'],
  ])('stays here when %s', async (_what, key) => {
    const error = await failure({ apiKey: async () => key });
    expect([error.code, error.param, host.asked.length]).toEqual(['invalid_parameter', 'engine', 0]);
  });
});

test.each(['http://api.getimg.ai', 'ftp://127.0.0.1', 'http://127.0.0.1.evil.test', '', 'api.getimg.ai'])(
  'no service is made for %j: prompts and keys travel over https',
  (baseUrl) => {
    expect(() => service({ baseUrl })).toThrow('must begin with https');
  },
);

describe('consent', () => {
  it('is asked once, before anything leaves, and says where the prompt would go', async () => {
    const questions: unknown[] = [];
    const askConsent = async (question: unknown) => {
      questions.push({ question, sentBefore: host.asked.length });
      return true;
    };
    const { generate } = service({ askConsent });
    const { signal } = new AbortController();
    const images = [{ url: 'https://assets.test/a.png' }];
    await Promise.all([generate({ ...REQUEST, images }, signal), generate(REQUEST, signal)]);
    await generate(REQUEST, signal);
    const question = { origin: host.url, model: 'seedream-4-5' };
    expect(questions).toEqual([{ question: { ...question, references: expect.any(Number) }, sentBefore: 0 }]);
    expect(host.asked).toHaveLength(3);
  });

  test.each([
    ['no', async () => false],
    ['an error', () => Promise.reject(new Error('The dialog broke.'))],
    ['an error at once', () => JSON.parse('{')],
  ])('is not given by %s; the next request asks again', async (_what, askConsent) => {
    const asking = vi.fn(askConsent);
    const { generate } = service({ askConsent: asking });
    const { signal } = new AbortController();
    for (let round = 1; round <= 2; round++) {
      await expect(generate(REQUEST, signal)).rejects.toMatchObject({ code: 'consent_required', status: 403 });
      expect(asking).toHaveBeenCalledTimes(round);
    }
    expect(host.asked).toHaveLength(0);
  });

  it('is asked for again when it was forgotten, also in the middle of the question', async () => {
    const answers: ((isYes: boolean) => void)[] = [];
    const askConsent = () => new Promise<boolean>((resolve) => answers.push(resolve));
    const { generate, forgetConsent } = service({ askConsent });
    const { signal } = new AbortController();
    const first = generate(REQUEST, signal);
    await expect.poll(() => answers.length).toBe(1);
    forgetConsent();
    answers[0]?.(true);
    await first;
    const second = generate(REQUEST, signal);
    await expect.poll(() => answers.length).toBe(2);
    answers[1]?.(true);
    await second;
    await generate(REQUEST, signal);
    expect(answers).toHaveLength(2);
  });
});

test('whatever a request has, only fields of the hosted API go out', async () => {
  const property = fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (extra) => {
    let sent = '';
    const fetch = async (_url: string, { body }: RequestInit) => {
      sent = String(body);
      return Response.json(generation());
    };
    await generate({ ...extra, ...REQUEST, mask: undefined, images: undefined }, { fetch });
    expect(Object.keys(JSON.parse(sent)).sort()).toEqual(Object.keys({ ...JSON.parse(sent), ...REQUEST }).sort());
    const allowed = new Set([...Object.keys(REQUEST), 'output_format']);
    expect(Object.keys(JSON.parse(sent)).every((field) => allowed.has(field))).toBe(true);
  });
  await fc.assert(property, { numRuns: 300 });
});
