import { describe, expect, test } from 'vitest';
import { bytesOf, filesAmong, mirrored, sourceOf, stateOf } from '../../../src/client/modelSource';
import { flux2Klein } from '../../../src/models/flux2Klein';
import { pocket } from '../../../src/models/pocket';
import { sdTurbo } from '../../../src/models/sdTurbo';
import { sdxs512 } from '../../../src/models/sdxs512';

const REVISION = sdxs512.weights.type === 'published' ? sdxs512.weights.revision : '';

describe('where files are fetched from', () => {
  test('is their publisher, at the pinned revision', () => {
    expect(sourceOf(sdxs512, null)).toMatchObject({
      id: 'sdxs-512',
      revision: REVISION,
      files: [
        {
          path: 'text_encoder.onnx',
          url: `https://huggingface.co/skillsafeai/sdxs-512-dreamshaper-onnx-webgpu/resolve/${REVISION}/text_encoder.onnx`,
          sizeBytes: 246_275_486,
          sha256: null,
        },
        {},
        {},
      ],
    });
  });

  test.each([
    ['https://kiosk.example', 'https://kiosk.example/huggingface.co/a/b/resolve/1/'],
    ['https://kiosk.example/models/', 'https://kiosk.example/models/huggingface.co/a/b/resolve/1/'],
    ['https://kiosk.example/models', 'https://kiosk.example/models/huggingface.co/a/b/resolve/1/'],
  ])('is below the mirror where there is one: %s', (mirrorUrl, url) => {
    expect(mirrored({ baseUrl: 'https://huggingface.co/a/b/resolve/1/' }, mirrorUrl)).toBe(url);
  });

  test('may be a server with a port, also below a mirror', () => {
    const url = mirrored({ baseUrl: 'http://127.0.0.1:8080/a/' }, 'https://kiosk.example/');
    expect(url).toBe('https://kiosk.example/127.0.0.1:8080/a/');
  });

  test('is nowhere for what comes with the app', () => {
    expect(() => sourceOf(pocket, null)).toThrow('comes with the app');
  });
});

describe('files that the user picks', () => {
  const file = (relativePath: string, sizeBytes: number): File => {
    const made = new File([new Uint8Array(sizeBytes)], relativePath.split('/').at(-1) ?? '');
    return Object.defineProperty(made, 'webkitRelativePath', { value: relativePath.includes('/') ? relativePath : '' });
  };
  const source = {
    files: [
      { path: 'unet/model.onnx', sizeBytes: 3 },
      { path: 'vae/model.onnx', sizeBytes: null },
      { path: 'tokenizer.json', sizeBytes: null },
    ],
  };
  const sizes = (...picked: File[]) =>
    Object.fromEntries([...filesAmong(picked, source)].map(([path, blob]) => [path, blob.size]));

  test('of a folder are found by their paths, whatever the folder is called', () => {
    expect(sizes(file('mine/vae/model.onnx', 5), file('mine/unet/model.onnx', 3))).toEqual({
      'unet/model.onnx': 3,
      'vae/model.onnx': 5,
    });
  });

  test('of no folder are found by their names, and by size where a name could be two files', () => {
    expect(sizes(file('model.onnx', 3), file('tokenizer.json', 7))).toEqual({
      'unet/model.onnx': 3,
      'tokenizer.json': 7,
    });
    expect(sizes(file('model.onnx', 5))).toEqual({});
  });
});

describe('what is here of a model', () => {
  const stored = (changes: object) => ({ revision: REVISION, isComplete: true, storedBytes: 9, ...changes });

  test.each([
    [null, 'absent'],
    [stored({ isComplete: false, storedBytes: 0 }), 'absent'],
    [stored({ isComplete: false }), 'partial'],
    [stored({}), 'complete'],
    [stored({ revision: 'older' }), 'partial'],
  ])('%j is %s', (record, state) => {
    expect(stateOf(sdxs512, record)).toBe(state);
  });

  test('comes with the app, or not', () => {
    expect(stateOf(pocket, null)).toBe('embedded');
  });

  test('adds up where every size is known', () => {
    expect([pocket, sdxs512, sdTurbo, flux2Klein].map(bytesOf)).toEqual([null, 880_509_796, null, 6_686_560_185]);
  });
});
