import { afterEach, beforeEach, expect, it } from 'vitest';
import { request } from '../../../src/weights/request';
import { noiseModel } from '../../faults/model';
import { FaultServer } from '../../faults/server';

const FILE = 'denoiser.onnx';

let server: FaultServer;
let url: string;
beforeEach(async () => {
  server = await FaultServer.start(noiseModel({ seed: 5 }));
  url = new URL(FILE, server.manifestUrl).href;
});
afterEach(() => server.stop());

const options = { path: FILE, cache: 'no-store', signal: new AbortController().signal, stallMs: 5000 } as const;

it('reads a body to its end, and says so for ever after', async () => {
  const answer = await request(url, options);
  let bytes = 0;
  for (let piece = await answer.read(); piece; piece = await answer.read()) bytes += piece.length;
  expect(bytes).toBe(20_500);
  expect(await answer.read()).toBeNull();
  answer.close();
});

it('ends with the reason of the abort, before the answer and in the middle of it', async () => {
  await expect(request(url, { ...options, signal: AbortSignal.abort('before') })).rejects.toBe('before');
  server.misbehave({ type: 'stall', afterBytes: 100 });
  const controller = new AbortController();
  const answer = await request(url, { ...options, signal: controller.signal });
  await answer.read();
  const reading = answer.read();
  controller.abort('in the middle');
  await expect(reading).rejects.toBe('in the middle');
});

it('frees the connection when it is closed early', async () => {
  server.misbehave({ type: 'stall', afterBytes: 100 });
  const answer = await request(url, options);
  expect(await server.openConnections()).toBe(1);
  answer.close();
  await expect.poll(() => server.openConnections(), { timeout: 4000 }).toBe(0);
});
