import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type FolderReader, readDiffusersFolder } from '../../../src/client/diffusersFolder';
import { entryOfManifest } from '../../../src/client/modelManifest';
import { REPLICA_SPECS } from '../../browser/replicaSpecs';

const FOLDER = 'https://models.example/people/some-model/';
const REPLICA = 'tests/fixtures/replicas/sd15-nmkd';

/** The replica, with what a test changes: an object is a configuration, a number the size of a file, null none. */
function folder(changes: Readonly<Record<string, object | number | null>> = {}): FolderReader {
  const changed = (url: string) => changes[url.replace(FOLDER, '')];
  const onDisk = (url: string) => url.replace(FOLDER, `${REPLICA}/`);
  return {
    json: async (url) => {
      const change = changed(url);
      if (change === null) throw new Error('404');
      return typeof change === 'object' ? change : JSON.parse(readFileSync(onDisk(url), 'utf8'));
    },
    find: async (url) => {
      const change = changed(url);
      if (typeof change === 'number') return { sizeBytes: change };
      const size = change === null ? undefined : statSync(onDisk(url), { throwIfNoEntry: false })?.size;
      return size === undefined ? null : { sizeBytes: size };
    },
  };
}

const read = (changes?: Parameters<typeof folder>[0]) => readDiffusersFolder(FOLDER, folder(changes));

const SDXL = { _class_name: 'ORTStableDiffusionXLPipeline' };
const XL_FILES = { 'model_index.json': SDXL, 'text_encoder_2/model.onnx': 9, 'text_encoder_2/model.onnx_data': 99 };
const SCHEDULER = 'scheduler/scheduler_config.json';

describe('a folder as diffusers lays it out', () => {
  test('is told as the spec of its contract, with the sizes of its files', async () => {
    const manifest = await read();
    expect(manifest.spec).toEqual(REPLICA_SPECS['sd15-nmkd']?.spec);
    const { files } = JSON.parse(readFileSync(`${REPLICA}/replica.json`, 'utf8')) as {
      files: { path: string; sizeBytes: number }[];
    };
    const graphs = files.filter(({ path }) => !path.endsWith('.json'));
    expect(new Map(manifest.files.map(({ path, size_bytes }) => [path, size_bytes]))).toEqual(
      new Map(graphs.map(({ path, sizeBytes }) => [path, sizeBytes])),
    );
  });

  test('is a manifest like any other', async () => {
    const entry = entryOfManifest(await read(), `${FOLDER}manifest.json`);
    expect(entry).toMatchObject({ id: 'custom-some-model', name: 'some-model', images: 'start', maxReferences: 1 });
    expect(entry).toMatchObject({ steps: { default: 20 }, defaults: { guidance: 7.5 }, licence: { mustAccept: true } });
  });

  test('of SDXL has two encoders, which fill up differently', async () => {
    const { spec, native_px } = await read(XL_FILES);
    expect(spec).toMatchObject({
      textEncoders: [
        { path: 'text_encoder/model.onnx', padTokenId: 49407 },
        {
          path: 'text_encoder_2/model.onnx',
          externalData: ['text_encoder_2/model.onnx_data'],
          padTokenId: 0,
        },
      ],
      latentScale: 0.13025,
    });
    expect(native_px).toBe(1024);
  });

  test('says itself what it fills up with and how it scales', async () => {
    const { spec } = await read({
      'tokenizer/tokenizer_config.json': { pad_token: { content: '!' } },
      'vae_decoder/config.json': { scaling_factor: 0.5 },
    });
    expect(spec).toMatchObject({ textEncoders: [{ padTokenId: 0 }], latentScale: 0.5 });
  });

  test('may keep its weights in several files', async () => {
    const { spec } = await read({
      'unet/weights.pb': null,
      'unet/model.onnx_data': 5,
      'unet/model.onnx_data_1': 5,
      'unet/model.onnx_data_2': 5,
    });
    const externalData = ['unet/model.onnx_data', 'unet/model.onnx_data_1', 'unet/model.onnx_data_2'];
    expect(spec).toMatchObject({ unet: { externalData } });
  });

  test('without an encoder of pictures only draws from words', async () => {
    expect((await read({ 'vae_encoder/model.onnx': null })).spec).toMatchObject({ encoder: null });
  });

  test.each([
    [{ 'model_index.json': { _class_name: 'FluxPipeline' } }, 'its pipeline (FluxPipeline) is none'],
    [{ 'model_index.json': { name: 'x' } }, 'its pipeline (none) is none'],
    [{ 'unet/model.onnx': null }, 'it has no unet/model.onnx'],
    [{ 'text_encoder/model.onnx': null }, 'it has no text_encoder/model.onnx'],
    [{ 'model_index.json': SDXL }, 'it has no text_encoder_2/model.onnx'],
    [{ [SCHEDULER]: { _class_name: 'UniPCMultistepScheduler' } }, '_class_name: "UniPCMultistepScheduler"'],
  ])('that cannot be drawn with is refused in words: %j', async (changes, message) => {
    await expect(read(changes)).rejects.toThrow(message);
    await expect(read(changes)).rejects.toMatchObject({ code: 'invalid_parameter', param: 'url' });
  });

  test.each([
    ['https://huggingface.co/nmkd/some-onnx/resolve/main/', 'custom-some-onnx'],
    ['https://models.example/', 'custom-models.example'],
    ['https://models.example/Ein%20Modell/', 'custom-ein-20modell'],
  ])('is named after its address: %s', async (url, id) => {
    const { json, find } = folder();
    const here = (address: string) => address.replace(url, FOLDER);
    const manifest = await readDiffusersFolder(url, {
      json: (address) => json(here(address)),
      find: (address) => find(here(address)),
    });
    expect(entryOfManifest(manifest, url).id).toBe(id);
  });
});
