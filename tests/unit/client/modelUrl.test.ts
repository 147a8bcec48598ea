import { describe, expect, test } from 'vitest';
import { filesUrl, isModelUrl } from '../../../src/client/modelUrl';

describe('addresses of models', () => {
  test.each([
    ['https://models.example/a/', true],
    ['http://127.0.0.1:8080/a/', true],
    ['http://localhost/a/', true],
    ['http://[::1]:80/a/', true],
    ['http://models.example/a/', false],
    ['http://localhost.evil.example/', false],
    ['ftp://models.example/a/', false],
    ['file:///a/', false],
    ['javascript:alert(1)', false],
  ])('%s may be fetched: %s', (url, may) => {
    expect(isModelUrl(new URL(url))).toBe(may);
  });

  test.each([
    ['https://huggingface.co/nmkd/some-onnx', '/nmkd/some-onnx/resolve/main/'],
    ['https://huggingface.co/nmkd/some-onnx/', '/nmkd/some-onnx/resolve/main/'],
    ['https://huggingface.co/nmkd/some.onnx/tree/v1.0', '/nmkd/some.onnx/resolve/v1.0/'],
    ['https://huggingface.co/nmkd/some-onnx/tree/main/fp16', '/nmkd/some-onnx/resolve/main/fp16'],
    ['https://huggingface.co/nmkd/some-onnx/blob/main/manifest.json', '/nmkd/some-onnx/resolve/main/manifest.json'],
    ['https://huggingface.co/nmkd/some-onnx/resolve/main/unet/', '/nmkd/some-onnx/resolve/main/unet/'],
  ])('a page that people copy stands for its files: %s', (url, path) => {
    expect(filesUrl(new URL(url)).pathname).toBe(path);
  });

  test('other hosts keep their paths', () => {
    expect(filesUrl(new URL('https://models.example/nmkd/some')).href).toBe('https://models.example/nmkd/some');
  });
});
