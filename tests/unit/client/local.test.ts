import { afterEach, expect, test, vi } from 'vitest';
import { createLocalTessera } from '../../../src/client/local';
import { ModelShelf } from '../../../src/client/modelShelf';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('what could not be opened is opened again for the next request', async () => {
  vi.stubGlobal('requestAnimationFrame', () => {});
  vi.stubGlobal('BroadcastChannel', undefined);
  const open = vi.spyOn(ModelShelf, 'open').mockRejectedValueOnce(new Error('no shelf'));
  const tessera = createLocalTessera({ device: 'wasm', baseUrl: 'https://tessera.example/' });
  const headers = { authorization: 'Bearer any' };
  const request = () => tessera.answer(new Request('https://tessera.example/v2/models', { headers }));
  await expect(request()).rejects.toThrow('no shelf');
  const answer = await request();
  expect(answer.status).toBe(200);
  expect(JSON.stringify(await answer.json())).toContain('pocket');
  expect(open).toHaveBeenCalledTimes(2);
});
