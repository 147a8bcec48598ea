/** What comes back from the hosted service: over real connections to a stand-in that behaves, and to one that does not. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import type { HostedServiceOptions } from '../../../src/hosted/service';
import {
  answer,
  cutAfter,
  endedEarly,
  endless,
  hangUp,
  json,
  StandIn,
  silent,
  stalledAfter,
  webPage,
} from '../../faults/standIn';
import { generation, LIMITS, REQUEST, refusalOf, serviceAt } from './hostedCalls';

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

describe('an answer of its API', () => {
  test.each([
    [400, 'invalid_parameter', 1],
    [401, 'invalid_api_key', 1],
    [402, 'quota_exceeded', 1],
    [404, 'not_found', 1],
    [422, 'content_policy_violation', 1],
    [429, 'rate_limit', 3],
    [500, 'server_error', 3],
    [503, 'server_error', 3],
    [502, 'server_error', 1],
    [504, 'server_error', 1],
  ])('%i %s is passed on after %i tries', async (status, code, tries) => {
    host.behave(json(status, refusalOf(code), LIMITS));
    expect(await generate()).toEqual({ status, body: refusalOf(code), headers: LIMITS });
    expect(host.asked).toHaveLength(tries);
  });

  it('that comes at the second try is as good as one that comes at the first', async () => {
    host.behave(json(429, refusalOf('rate_limit'), { 'retry-after': '0' }), json(200, generation(), LIMITS));
    expect(await generate()).toMatchObject({ status: 200 });
    expect(host.asked).toHaveLength(2);
  });

  it('with a wish for a longer pause than anybody waits is passed on at once', async () => {
    host.behave(json(429, refusalOf('rate_limit'), { 'retry-after': '61' }));
    expect(await generate()).toMatchObject({ status: 429, headers: { 'retry-after': '61' } });
    expect(host.asked).toHaveLength(1);
  });

  it('may say itself whether another try is worth it', async () => {
    host.behave(json(429, refusalOf('rate_limit'), { 'x-should-retry': 'false' }));
    await generate();
    expect(host.asked).toHaveLength(1);
    host.behave(json(409, refusalOf('conflict'), { 'x-should-retry': 'true' }), json(200, generation()));
    expect(await generate()).toMatchObject({ status: 200 });
  });

  it('may be a 429 of a gateway, told with its wish', async () => {
    host.behave(answer(429, '<h1>Slow down</h1>', { 'retry-after': '90' }));
    expect(await failure()).toMatchObject({ code: 'rate_limit', retryAfterS: 90 });
  });
});

describe('what is no answer of its API', () => {
  // Deep enough that it can be read and not be written again.
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const changed = (change: object) => json(200, { ...generation(), ...change });
  test.each([
    ['a web page', webPage],
    ['a page of a gateway', answer(502, '<h1>Bad gateway</h1>', { 'content-type': 'text/html' })],
    ['another status', json(202, { id: 'x', status: 'pending' })],
    ['no content', answer(204, '')],
    ['an empty body', answer(200, '')],
    ['half an answer', endedEarly('{"id":"req-01HXYZ')],
    ['bytes that are no text', answer(200, Uint8Array.of(0xff, 0xfe, 0x7b))],
    ['5 MB of JSON', changed({ filler: 'x'.repeat(5_000_000) })],
    ['a body without end', endless],
    ['brackets without end', answer(200, JSON.stringify(generation()).replace(/}$/, `,"deep":${deep}}`))],
    ['null', json(200, null)],
    ['an answer without pictures', changed({ data: [] })],
    ['an answer without a price', changed({ usage: undefined })],
    ['an answer that costs less than nothing', changed({ usage: { ...generation().usage, total_cost: -1 } })],
    ['a picture by another protocol', json(200, generation('https://x.test/0'))],
    ['a script for a picture', json(200, generation('javascript:alert(1)'))],
    ['an error without a code', json(500, { error: 'oops' })],
  ])('is hosted_error and not repeated: %s', async (_what, behaviour) => {
    host.behave(behaviour);
    expect(await failure()).toMatchObject({ code: 'hosted_error', status: 502 });
    expect(host.asked).toHaveLength(1);
  });

  it('is told with a warning when a picture may have been charged', async () => {
    host.behave(webPage);
    expect((await failure()).message).toContain('may have been made and charged');
  });
});

describe('a line that breaks', () => {
  test.each([
    ['at once', hangUp],
    ['in the middle', cutAfter('{"id":', 500)],
  ])('%s is hosted_unreachable and never repeated: a picture may have been charged', async (_what, behaviour) => {
    host.behave(behaviour);
    const error = await failure();
    expect(error).toMatchObject({ code: 'hosted_unreachable', status: 502 });
    expect(error.message).toContain('may have been made and charged');
    expect(host.asked).toHaveLength(1);
  });

  it('or leads elsewhere is not followed: nobody else gets the prompt', async () => {
    host.behave(answer(307, '', { location: '/elsewhere' }), json(200, generation()));
    expect(await failure()).toMatchObject({ code: 'hosted_unreachable' });
    expect(host.asked).toHaveLength(1);
  });

  test.each([
    ['that never answers', silent],
    ['that stops in the middle', stalledAfter('{"id":')],
  ])('has a limit: a service %s is given up, and the line is closed', async (_what, behaviour) => {
    host.behave(behaviour);
    const error = await failure({ timeoutMs: 50 });
    expect(error).toMatchObject({ code: 'hosted_unreachable', message: expect.stringContaining('took too long') });
    await expect.poll(() => host.hangUps).toBe(1);
  });

  it('has a limit over all tries', async () => {
    host.behave(json(429, refusalOf('rate_limit'), { 'retry-after': '30' }));
    expect(await failure({ timeoutMs: 100 })).toMatchObject({ code: 'hosted_unreachable' });
    expect(host.asked).toHaveLength(1);
  });
});

describe('an abort ends it at once', () => {
  const never = () => new Promise<never>(() => {});
  const cases: readonly [string, Partial<HostedServiceOptions>, Readonly<Record<string, unknown>>][] = [
    ['before it starts', {}, {}],
    ['while the key is fetched', { apiKey: never }, {}],
    ['while a picture is opened', { openReference: never }, { images: [{ url: 'blob:x' }] }],
    ['while the user is asked', { askConsent: never }, {}],
    ['while the service draws', {}, {}],
    ['while nobody hears the signal', { fetch: never }, {}],
  ];
  test.each(cases)('%s', async (what, options, extra) => {
    host.behave(silent);
    const controller = new AbortController();
    if (what.startsWith('before')) controller.abort();
    const asking = service(options)
      .generate({ ...REQUEST, ...extra }, controller.signal)
      .catch((thrown) => thrown);
    if (what.includes('draws')) await expect.poll(() => host.asked.length).toBe(1);
    controller.abort();
    expect(await asking).toMatchObject({ code: 'cancelled', status: 499 });
    await expect.poll(() => host.hangUps).toBe(what.includes('draws') ? 1 : 0);
  });

  it('while it waits for the next try, which is not made', async () => {
    host.behave(json(429, refusalOf('rate_limit'), { 'retry-after': '30' }));
    const controller = new AbortController();
    const asking = service()
      .generate(REQUEST, controller.signal)
      .catch((thrown) => thrown);
    await expect.poll(() => host.asked.length).toBe(1);
    controller.abort();
    expect(await asking).toMatchObject({ code: 'cancelled' });
    expect(host.asked).toHaveLength(1);
  });
});

test('whatever the service says, it is passed on or an error with a code', async () => {
  const anyBody = fc.oneof(
    fc.json(),
    fc.string(),
    fc.json().map((data) => `{"data":${data},"error":${data}}`),
  );
  const property = fc.asyncProperty(fc.integer({ min: 200, max: 599 }), anyBody, async (status, body) => {
    const fetch = async () => new Response([204, 205, 304].includes(status) ? null : body, { status });
    const outcome = await generate(REQUEST, { fetch }).catch((thrown) => thrown);
    if (outcome instanceof ApiError) expect(['hosted_error', 'rate_limit']).toContain(outcome.code);
    else expect(outcome).toMatchObject({ status, body: JSON.parse(body) });
  });
  await fc.assert(property, { numRuns: process.env.TESSERA_SOAK === '1' ? 20_000 : 1000 });
});
