/** Answers whose pictures get URLs of the embedding page, however the bytes are chopped. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDownload, isGeneration, localizedResponse } from '../../../src/client/embedRequests';
import { atHome } from '../../../src/client/home';
import { piecesOf } from '../transport/ports';

const ORIGIN = 'https://tessera.test';
const DOWNLOAD = `${ORIGIN}/v2/downloads/req-1/0?exp=1&sig=a`;
const localize = async (url: string) => (url === DOWNLOAD ? 'blob:here' : url);

const answer = {
  id: 'req-1',
  prompt: `what ${DOWNLOAD} shows`,
  data: [{ url: DOWNLOAD }, { url: 'https://cdn.test/a' }],
};
const localized = { ...answer, data: [{ url: 'blob:here' }, { url: 'https://cdn.test/a' }] };

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 });

function chopped(text: string, chopSizes: readonly number[], type: string): Response {
  const bytes = new TextEncoder().encode(text);
  const headers = { 'content-type': type, 'content-length': String(bytes.length), 'x-request-id': 'req-1' };
  return new Response(piecesOf(bytes, chopSizes), { status: 201, headers });
}

describe('localizedResponse', () => {
  test('changes the pictures of JSON and nothing else, after any whitespace', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.constantFrom('', ' ', '  \n '), async (chopSizes, space) => {
        const given = chopped(space + JSON.stringify(answer), chopSizes, 'application/json; charset=utf-8');
        const response = localizedResponse(given, localize);
        expect([response.status, response.headers.get('x-request-id')]).toEqual([201, 'req-1']);
        expect(response.headers.has('content-length')).toBe(false);
        expect(JSON.parse(await response.text())).toEqual(localized);
      }),
    );
  });

  test('changes the pictures of events and keeps order, names, ids, comments and lines', async () => {
    const stream = [
      ':still here\n\n',
      'event: image_generation.partial_image\ndata: {"b64_json":"é"}\n\n',
      'data: first line\ndata: second line\n\n',
      `id: 7\nevent: image_generation.completed\ndata: ${JSON.stringify(answer)}\n\n`,
    ];
    await fc.assert(
      fc.asyncProperty(sizes, fc.constantFrom('\n', '\r\n'), async (chopSizes, newline) => {
        const text = stream.join('').replaceAll('\n', newline);
        const response = localizedResponse(chopped(text, chopSizes, 'text/event-stream'), localize);
        const expected = stream.join('').replace(JSON.stringify(answer), JSON.stringify(localized));
        expect(await response.text()).toBe(expected);
      }),
    );
  });

  test.each([
    ['what is no JSON', 'not JSON, /v2/downloads/ all the same', 'application/json'],
    ['errors', '{"error":{"code":"invalid_parameter","message":"/v2/downloads/"}}', 'application/json'],
    ['pictures', 'pixels', 'image/png'],
  ])('passes %s', async (_what, text, type) => {
    expect(await localizedResponse(chopped(text, [3], type), localize).text()).toBe(text);
  });

  test('passes what has no body', () => {
    const empty = new Response(null, { status: 204, headers: { 'content-type': 'application/json' } });
    expect(localizedResponse(empty, localize)).toBe(empty);
  });
});

test('isGeneration knows the two routes, under any path', () => {
  const post = (url: string) => isGeneration(new Request(url, { method: 'POST' }));
  expect(post(`${ORIGIN}/v2/images/generations`)).toBe(true);
  expect(post(`${ORIGIN}/sub/v1/images/edits`)).toBe(true);
  expect(post(`${ORIGIN}/v2/images/generations/7`)).toBe(false);
  expect(isGeneration(new Request(`${ORIGIN}/v2/images/generations`))).toBe(false);
});

test('isDownload takes only links of the given origin', () => {
  expect(isDownload(DOWNLOAD, ORIGIN)).toBe(true);
  expect(isDownload('https://cdn.test/v2/downloads/1/0', ORIGIN)).toBe(false);
  expect(isDownload(`${ORIGIN}/v2/models`, ORIGIN)).toBe(false);
  expect(isDownload('blob:https://tessera.test/1', ORIGIN)).toBe(false);
  expect(isDownload('/v2/downloads/1/0', ORIGIN)).toBe(false);
});

describe('atHome', () => {
  const BASE = 'https://tessera.test/sub/';

  test.each([
    ['/v2/models', `${BASE}v2/models`],
    ['v2/models?type=image', `${BASE}v2/models?type=image`],
    ['https://api.hosted.test/v2/images/generations', `${BASE}v2/images/generations`],
    ['https://api.hosted.test/below/v1/models/a', `${BASE}v1/models/a`],
    [`${BASE}v2/downloads/a/0?exp=1&sig=2`, `${BASE}v2/downloads/a/0?exp=1&sig=2`],
    ['https://api.hosted.test/other', 'https://api.hosted.test/other'],
    ['blob:https://page.test/1', 'blob:https://page.test/1'],
  ])('leads %s to %s', (asked, home) => {
    expect(new Request(atHome(asked, BASE)).url).toBe(home);
  });

  test('keeps what a request carries', async () => {
    const given = new Request('https://api.hosted.test/v2/a', { method: 'POST', body: 'b', headers: { c: 'd' } });
    const led = new Request(atHome(given, BASE));
    expect([led.url, led.method, led.headers.get('c'), await led.text()]).toEqual([`${BASE}v2/a`, 'POST', 'd', 'b']);
  });
});
