/** Over a real server of this machine. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manifestAt } from '../../../src/client/modelAddress';
import { entryOfManifest } from '../../../src/client/modelManifest';

const FILES: Readonly<Record<string, object | number>> = {
  '/model/manifest.json': { id: 'mine' },
  '/folder/model_index.json': { _class_name: 'StableDiffusionPipeline' },
  '/folder/scheduler/scheduler_config.json': { _class_name: 'DDIMScheduler' },
  '/folder/text_encoder/model.onnx': 1_000,
  '/folder/unet/model.onnx': 2_000,
  '/folder/unet/model.onnx_data': 5_000_000_000,
  '/folder/vae_decoder/model.onnx': 3_000,
};

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer(({ url = '', headers }, response) => {
    const file = FILES[url];
    if (url === '/broken.json') response.writeHead(200).end('<html>');
    else if (file === undefined)
      response
        .writeHead(url.endsWith('vae_encoder/model.onnx') ? 200 : 404, { 'content-type': 'text/html' })
        .end('none');
    else if (typeof file === 'object') response.writeHead(200).end(JSON.stringify(file));
    else response.writeHead(206, { 'content-range': `${headers.range?.replace('=', ' ')}/${file}` }).end('x');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

describe('an address', () => {
  test('of a manifest gives what is there', async () => {
    const url = `${origin}/model/manifest.json`;
    expect(await manifestAt(url)).toEqual({ url, manifest: { id: 'mine' } });
  });

  test.each(['/folder', '/folder/', '/folder/model_index.json'])('of a folder is looked into: %s', async (path) => {
    const { manifest, url } = await manifestAt(origin + path);
    const entry = entryOfManifest(manifest, url);
    expect(entry.weights).toMatchObject({
      baseUrl: `${origin}/folder/`,
      files: [
        { path: 'text_encoder/model.onnx', sizeBytes: 1_000 },
        { path: 'unet/model.onnx', sizeBytes: 2_000 },
        { path: 'unet/model.onnx_data', sizeBytes: 5_000_000_000 },
        { path: 'vae_decoder/model.onnx', sizeBytes: 3_000 },
      ],
      // A page that says 200 for everything has no encoder there.
      spec: { encoder: null },
    });
  });

  test.each([
    ['not an address', 'It must be an https address'],
    ['ftp://models.example/', 'It must be an https address'],
    ['http://models.example/manifest.json', 'It must be an https address'],
    ['http://127.0.0.1:1/manifest.json', 'could not be reached'],
    ['/nothing.json', 'answered 404'],
    ['/nothing/', '/nothing/model_index.json answered 404'],
    ['/broken.json', 'is no JSON'],
  ])('that holds no model is refused in words: %s', async (address, message) => {
    const trying = manifestAt(address.startsWith('/') ? origin + address : address);
    await expect(trying).rejects.toThrow(message);
    await expect(trying).rejects.toMatchObject({ code: 'invalid_parameter', param: 'url' });
  });
});
