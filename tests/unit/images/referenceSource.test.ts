/** Where reference pictures come from, over real connections to a host that behaves, and to one that does not. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { createReferenceReader, type ReferenceReaderOptions } from '../../../src/images/reference';
import {
  answer,
  type Behaviour,
  cutAfter,
  endedEarly,
  endless,
  hangUp,
  StandIn,
  silent,
  stalledAfter,
  trickled,
  webPage,
} from '../../faults/standIn';
import { greyPng, SQUARE } from './pictureFiles';

const PNG = greyPng(SQUARE);
const BASE64 = Buffer.from(PNG).toString('base64');
const URL_OF_HOST = 'https://pictures.test/a.png';

let host: StandIn;
beforeAll(async () => {
  host = await StandIn.start();
});
beforeEach(() => host.behave(answer(200, PNG, { 'content-type': 'text/plain' })));
afterAll(() => host.stop());

/** Https by name, plain HTTP on the wire: the host is on this machine. */
async function overTheWire(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url.replace('https://pictures.test', host.url), init);
  return Object.defineProperty(response, 'url', { value: response.url.replace(host.url, 'https://pictures.test') });
}

const fileOf = (source: string | Blob, options: ReferenceReaderOptions = {}, signal = new AbortController().signal) =>
  createReferenceReader({ fetch: overTheWire, ...options }).file(source, { param: 'images.1.url', signal });

async function refusal(source: string | Blob, options: ReferenceReaderOptions = {}): Promise<string> {
  const error = await fileOf(source, options).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 'invalid_parameter', status: 400, param: 'images.1.url' });
  return error.message;
}

async function expectPng(file: Promise<Blob>): Promise<void> {
  const blob = await file;
  expect(blob.type).toBe('image/png');
  expect(Buffer.from(await blob.arrayBuffer()).equals(Buffer.from(PNG))).toBe(true);
}

describe('a picture comes', () => {
  const percent = Array.from(PNG, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  test.each([
    ['base64', `data:image/png;base64,${BASE64}`],
    ['base64 of another label', `data:text/html;base64,${BASE64}`],
    ['base64 with line ends', `data:image/png;base64,${BASE64.replace(/.{60}/g, '$&%0A')}`],
    ['capital letters', `DATA:image/PNG;Base64,${BASE64}`],
    ['percent-encoding', `data:image/png,${percent}`],
    ['no label', `data:;base64,${BASE64}`],
  ])('from a data URL with %s', (_what, url) => expectPng(fileOf(url)));

  it('from an upload, whatever its label says', () => expectPng(fileOf(new Blob([PNG], { type: 'image/jpeg' }))));

  it('from a blob URL', async () => {
    const url = URL.createObjectURL(new Blob([PNG]));
    await expectPng(fileOf(url));
    URL.revokeObjectURL(url);
    expect(await refusal(url)).toContain('revoked');
  });

  it('from an https URL, without cookies and without saying who asks', async () => {
    let asked: RequestInit = {};
    const fetch = (url: string, init: RequestInit) => {
      asked = init;
      return overTheWire(url, init);
    };
    await expectPng(fileOf(URL_OF_HOST, { fetch }));
    expect(asked).toMatchObject({ credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'follow' });
    expect(host.asked).toMatchObject([{ method: 'GET', path: '/a.png' }]);
    expect(host.asked[0]?.headers).not.toHaveProperty('cookie');
    expect(host.asked[0]?.headers).not.toHaveProperty('authorization');
  });

  it('from where it was moved to', () => {
    host.behave(answer(301, '', { location: '/b.png' }), answer(200, PNG));
    return expectPng(fileOf(URL_OF_HOST));
  });

  it('from a slow host, in pieces', () => {
    host.behave(trickled(PNG, 1));
    return expectPng(fileOf(URL_OF_HOST));
  });

  it('from our own downloads without asking the network, whatever host they name', async () => {
    const openOwn = async (url: URL) => (url.pathname.startsWith('/v2/downloads/') ? new Blob([PNG]) : null);
    await expectPng(fileOf('http://127.0.0.1:8787/v2/downloads/req-1/0?exp=1&sig=a', { openOwn }));
    expect(host.asked).toEqual([]);
    await expectPng(fileOf(URL_OF_HOST, { openOwn }));
  });
});

describe('a source is refused', () => {
  test.each([
    ['bare base64', BASE64, 'Bare base64 is not accepted. Expected an https URL, or a data URL'],
    ['a path', '/pictures/a.png', 'not a URL'],
    ['no text', '', 'not a URL'],
    ['http', 'http://pictures.test/a.png', 'https only'],
    ['a file URL', 'file:///etc/passwd', "'file:'"],
    ['a script', 'javascript:alert(1)', "'javascript:'"],
    ['ftp', 'ftp://pictures.test/a.png', "'ftp:'"],
    ['base64 that is none', 'data:image/png;base64,@@@', 'data URL cannot be decoded'],
    ['an empty data URL', 'data:image/png;base64,', 'empty'],
    ['a data URL without a comma', 'data:image/png;base64', 'data URL cannot be decoded'],
    ['a data URL of something else', 'data:image/svg+xml,<svg/>', 'this is an SVG'],
    ['a data URL that is too long', `data:image/png;base64,${'A'.repeat(15_000_000)}`, '10 MiB'],
    ['a data URL far too long', `data:image/png,${'%00'.repeat(11_000_000)}`, '10 MiB'],
    ['a blob URL of nobody', 'blob:https://pictures.test/6f0c7a9e-0000-4000-8000-000000000000', 'blob URL'],
  ])('for being %s', async (_what, source, words) => {
    expect(await refusal(source)).toContain(words);
    expect(host.asked).toEqual([]);
  });

  it('for being too large or empty, without being read', async () => {
    class Unread extends Blob {
      override arrayBuffer(): Promise<ArrayBuffer> {
        throw new Error('It was read.');
      }
    }
    expect(await refusal(new Unread([new Uint8Array(10 * 1024 * 1024 + 1)]))).toContain('10 MiB');
    expect(await refusal(new Unread())).toContain('empty');
  });

  const redirected: Behaviour = answer(302, '', { location: 'http://127.0.0.2:1/' });
  test.each([
    ['nobody home', hangUp, 'no connection to pictures.test. Upload the file instead'],
    ['a page in place of the picture', webPage, 'this is a web page'],
    ['a missing file', answer(404, 'gone'), 'answered 404'],
    ['a broken server', answer(503, 'busy'), 'answered 503'],
    ['a broken line', cutAfter(PNG.subarray(0, 40), PNG.length), 'no connection'],
    ['a line that ends too early', endedEarly(PNG.subarray(0, 40)), 'cut short'],
    ['a redirect to nowhere', redirected, 'no connection'],
    ['an answer without bytes', answer(200, ''), 'empty'],
  ])('for %s', async (_what, behaviour, words) => {
    host.behave(behaviour);
    expect(await refusal(URL_OF_HOST)).toContain(words);
  });

  it('for ending at a host without https', async () => {
    const elsewhere = host.url.replace('127.0.0.1', 'localhost');
    host.behave(answer(302, '', { location: `${elsewhere}/b.png` }), answer(200, PNG));
    expect(await refusal(URL_OF_HOST)).toContain('redirects to a host without https');
  });

  it('for an announced length, before the first byte', async () => {
    host.behave((response) => {
      response.writeHead(200, { 'content-length': 11 * 1024 * 1024 }).write(PNG);
    });
    expect(await refusal(URL_OF_HOST)).toContain('10 MiB');
  });

  it('for its status, and the line is closed though the host goes on', async () => {
    host.behave((response) => {
      response.writeHead(404).write('Not here, ');
    });
    expect(await refusal(URL_OF_HOST)).toContain('answered 404');
    await expect.poll(() => host.hangUps).toBe(1);
  });

  it('for a body without end, and the line is closed', async () => {
    host.behave(endless);
    expect(await refusal(URL_OF_HOST)).toContain('10 MiB');
    await expect.poll(() => host.hangUps).toBe(1);
  });

  test.each([
    ['never begins', silent],
    ['stops in the middle', stalledAfter(PNG.subarray(0, 40))],
  ])('for an answer that %s, and the line is closed', async (_what, behaviour) => {
    host.behave(behaviour);
    expect(await refusal(URL_OF_HOST, { timeoutMs: 50 })).toContain('pictures.test took too long');
    await expect.poll(() => host.hangUps).toBe(1);
  });

  it('for a fetch that never settles and hears no signal', async () => {
    expect(await refusal(URL_OF_HOST, { fetch: () => new Promise(() => {}), timeoutMs: 50 })).toContain('too long');
  });

  it('with the words of a fetch that knows better', async () => {
    const fetch = () => Promise.reject(new ApiError('invalid_parameter', 'This host is in a private network.'));
    expect(await refusal(URL_OF_HOST, { fetch })).toBe('This host is in a private network.');
  });

  it('in a page with a hint at CORS, since the page cannot know', async () => {
    const error = await createReferenceReader()
      .file('https://127.0.0.1:1/a.png', { param: 'mask', signal: new AbortController().signal })
      .catch((thrown) => thrown);
    expect(error.message).toContain('(CORS). Upload the file instead, or send it as a data URL.');
  });
});

describe('an abort ends it at once', () => {
  test.each([
    ['before it starts', URL_OF_HOST, {}],
    ['while the host is silent', URL_OF_HOST, {}],
    ['while nobody listens', URL_OF_HOST, { fetch: () => new Promise<Response>(() => {}) }],
    ['while our own is opened', URL_OF_HOST, { openOwn: () => new Promise<Blob>(() => {}) }],
  ])('%s', async (what, source, options) => {
    host.behave(silent);
    const controller = new AbortController();
    if (what.startsWith('before')) controller.abort();
    const reading = fileOf(source, options, controller.signal).catch((thrown) => thrown);
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    expect(await reading).toMatchObject({ code: 'cancelled', status: 499 });
    await expect.poll(() => host.hangUps).toBe(host.asked.length);
  });

  it('while the body stalls, and the line is closed', async () => {
    host.behave(stalledAfter(PNG.subarray(0, 40)));
    const controller = new AbortController();
    const reading = fileOf(URL_OF_HOST, {}, controller.signal).catch((thrown) => thrown);
    await expect.poll(() => host.asked.length).toBe(1);
    controller.abort();
    expect(await reading).toMatchObject({ code: 'cancelled' });
    await expect.poll(() => host.hangUps).toBe(1);
  });
});

test('any text is accepted as a source, or refused with a sentence', async () => {
  const schemes = fc.constantFrom('', 'data:', 'data:image/png;base64,', 'blob:', 'https://', 'http://', 'file:', '//');
  const property = fc.asyncProperty(schemes, fc.string({ unit: 'binary' }), async (scheme, rest) => {
    const fetch = () => Promise.reject(new TypeError('nobody there'));
    const outcome = await fileOf(scheme + rest, { fetch }).catch((thrown) => thrown);
    expect(outcome).toMatchObject({ code: 'invalid_parameter', param: 'images.1.url' });
    expect(outcome.message).toMatch(/^[A-Z].{20,}\.$|…$/s);
  });
  await fc.assert(property, { numRuns: process.env.TESSERA_SOAK === '1' ? 20_000 : 1000 });
});
