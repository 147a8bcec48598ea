import { afterEach, expect, test, vi } from 'vitest';
import { createLocalTessera } from '../../../src/client/local';

const openParts = vi.hoisted(() => vi.fn());

vi.mock('../../../src/client/parts', () => ({ openParts }));

afterEach(() => vi.unstubAllGlobals());

test('parts that could not be opened are opened again for the next request', async () => {
  vi.stubGlobal('requestAnimationFrame', () => {});
  vi.stubGlobal('BroadcastChannel', undefined);
  const answer = new Response('here');
  openParts.mockImplementationOnce(() => {
    throw new Error('no parts');
  });
  openParts.mockReturnValue({ api: { fetch: async () => answer }, pending: () => 3 });
  const tessera = createLocalTessera({ device: 'wasm', baseUrl: 'https://tessera.example/' });
  const request = () => tessera.answer(new Request('https://tessera.example/v2/models'));
  await expect(request()).rejects.toThrow('no parts');
  expect([await request(), await request(), tessera.pending]).toEqual([answer, answer, 3]);
  expect(openParts).toHaveBeenCalledTimes(2);
});
