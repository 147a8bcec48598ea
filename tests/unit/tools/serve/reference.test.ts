/**
 * How `npm run serve` fetches reference pictures: real https hosts on this machine, where 127.0.0.2 plays the internet and
 * everything else is what it is.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../../../tools/serve/addresses.mjs';
import { createReferenceFetch, Refused } from '../../../../tools/serve/reference.mjs';
import { CERTIFICATE, type PictureHost, startPictureHost } from './pictureHost';

const INTERNET = '127.0.0.2';
const LIMIT_BYTES = 10 * 1024 * 1024;

let internet: PictureHost;
let private4: PictureHost;
let private6: PictureHost;

beforeAll(async () => {
  private4 = await startPictureHost('127.0.0.1', (_request, response) => response.end('secret'));
  private6 = await startPictureHost('::1', (_request, response) => response.end('secret'));
  internet = await startPictureHost(INTERNET, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://pictures.example');
    if (pathname === '/to') response.writeHead(302, { location: searchParams.get('url') ?? '' }).end();
    else if (pathname === '/loop') response.writeHead(307, { location: '/loop' }).end();
    else if (pathname === '/hops') response.writeHead(302, { location: hop(Number(searchParams.get('left'))) }).end();
    else if (pathname === '/endless') sendForEver(() => response.write(Buffer.alloc(65_536)), response);
    else if (pathname === '/missing') response.writeHead(404).end('no such picture');
    else response.writeHead(200, { 'content-type': 'image/png', 'x-tessera-refused': '1', server: 'x' }).end('picture');
  });
});

afterAll(() => Promise.all([internet.close(), private4.close(), private6.close()]));

const hop = (left: number) => (left > 0 ? `/hops?left=${left - 1}` : '/picture.png');

function sendForEver(write: () => boolean, response: NodeJS.EventEmitter): void {
  const more = () => {
    while (write());
  };
  response.on('drain', more);
  more();
}

let rebindings = 0;
const NAMES: Readonly<Record<string, () => readonly string[]>> = {
  'pictures.example': () => [INTERNET],
  'private.example': () => ['127.0.0.1'],
  'private6.example': () => ['::1'],
  'mixed.example': () => [INTERNET, '127.0.0.1'],
  'nowhere.example': () => [],
  // Public when it is checked, this machine when it is asked again.
  'rebinding.example': () => {
    rebindings += 1;
    return rebindings === 1 ? [INTERNET] : ['127.0.0.1'];
  },
};

const fetchReference = createReferenceFetch({
  resolve: async (name) =>
    (NAMES[name]?.() ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  isPublic: (address) => address === INTERNET || isPublicAddress(address),
  ca: CERTIFICATE,
});

const fetched = (url: string, signal = new AbortController().signal) => fetchReference(url, signal);
const onInternet = (path: string) => `https://pictures.example:${internet.port}${path}`;
const redirectTo = (url: string) => onInternet(`/to?${new URLSearchParams({ url })}`);

describe('an address', () => {
  test.each([
    '93.184.215.14',
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '192.167.1.1',
    '2606:2800:21f:cb07:6820:80da:af6b:8b2c',
    '::ffff:8.8.8.8',
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.0.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '::ffff:10.0.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    '2001:db8::1',
    '100::1',
    'localhost',
    '',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('a reference picture', () => {
  test('comes from a public host, with nothing of it but type and length', async () => {
    const response = await fetched(onInternet('/picture.png'));
    expect(Object.fromEntries(response.headers)).toEqual({ 'content-type': 'image/png' });
    expect(await response.text()).toBe('picture');
    expect(internet.lastHeaders()).toMatchObject({
      host: `pictures.example:${internet.port}`,
      'accept-encoding': 'identity',
    });
    expect(internet.lastHeaders()).not.toHaveProperty('cookie');
  });

  test('keeps the status of its host', async () => {
    expect((await fetched(onInternet('/missing'))).status).toBe(404);
  });

  test('may be redirected five times, also to another public address', async () => {
    expect(await (await fetched(onInternet('/hops?left=4'))).text()).toBe('picture');
    expect(await (await fetched(redirectTo(`https://${INTERNET}:${internet.port}/picture.png`))).text()).toBe(
      'picture',
    );
    await expect(fetched(onInternet('/hops?left=5'))).rejects.toThrow('redirects more than 5 times');
    await expect(fetched(onInternet('/loop'))).rejects.toThrow(Refused);
  });

  test('ends one byte over the limit, whatever its host goes on to send', async () => {
    const bytes = await (await fetched(onInternet('/endless'))).arrayBuffer();
    expect(bytes.byteLength).toBe(LIMIT_BYTES + 1);
  });

  test('is given up when the caller is gone', async () => {
    const stop = new AbortController();
    const response = await fetched(onInternet('/endless'), stop.signal);
    stop.abort();
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  test('fails like a connection where there is no host, no certificate or no such name', async () => {
    await expect(fetched('https://nowhere.example/')).rejects.toThrow('nowhere.example has no address.');
    const strict = createReferenceFetch({ isPublic: () => true });
    await expect(strict(`https://${INTERNET}:${internet.port}/`, new AbortController().signal)).rejects.toThrow();
  });
});

describe('no visit is paid to', () => {
  const targets = (): readonly (readonly [what: string, url: string])[] => [
    ['this machine', `https://127.0.0.1:${private4.port}/`],
    ['this machine as a number', `https://2130706433:${private4.port}/`],
    ['this machine in octal', `https://0177.0.0.1:${private4.port}/`],
    ['this machine in short', `https://127.1:${private4.port}/`],
    ['this machine as zero', `https://0.0.0.0:${private4.port}/`],
    ['this machine by IPv6', `https://[::1]:${private6.port}/`],
    ['this machine by IPv4 in IPv6', `https://[::ffff:127.0.0.1]:${private4.port}/`],
    ['a name that means this machine', `https://private.example:${private4.port}/`],
    ['a name that means it by IPv6', `https://private6.example:${private6.port}/`],
    ['a name that means it too', `https://mixed.example:${private4.port}/`],
    ['cloud metadata', 'https://169.254.169.254/latest/meta-data/'],
    ['the network around', 'https://192.168.1.1/'],
    ['a host without https', `http://pictures.example:${internet.port}/`],
    ['a file', 'file:///etc/passwd'],
  ];

  test('addresses that are not of the internet', async () => {
    const before = private4.visits() + private6.visits();
    for (const [what, url] of targets()) await expect(fetched(url), what).rejects.toThrow(Refused);
    expect(private4.visits() + private6.visits()).toBe(before);
  });

  test('them by way of a redirect', async () => {
    const before = private4.visits() + private6.visits();
    for (const [what, url] of targets()) await expect(fetched(redirectTo(url)), what).rejects.toThrow(Refused);
    expect(private4.visits() + private6.visits()).toBe(before);
  });

  test('a name that changes its mind between check and connection', async () => {
    const before = private4.visits();
    const url = `https://rebinding.example:${internet.port}/picture.png`;
    expect(await (await fetched(url)).text()).toBe('picture');
    expect(rebindings).toBe(1);
    await expect(fetched(url)).rejects.toThrow(Refused);
    expect(private4.visits()).toBe(before);
  });
});
