import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { withoutNoise } from '../../../../src/families/stable-diffusion/withoutNoise';
import { FLOAT32 } from '../../../../src/runtime/onnx/tensors';
import { type Noise, noiseLike, noiseOf, samplingEncoder } from './samplingEncoder';

const ENCODER = readFileSync('tests/fixtures/replicas/sd-turbo/vae_encoder/model.onnx');
const SIDE_PX = 64;

async function encode(file: Uint8Array, runs: number): Promise<number[][]> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  const pixels = Float32Array.from({ length: 3 * SIDE_PX ** 2 }, (_, i) => Math.sin(i * 0.7));
  const latents: number[][] = [];
  for (let run = 0; run < runs; run++) {
    const { latent_sample } = await session.run({ sample: new Tensor('float32', pixels, [1, 3, SIDE_PX, SIDE_PX]) });
    latents.push(Array.from(latent_sample?.data as Float32Array));
  }
  return latents;
}

describe('withoutNoise', () => {
  test.each<[string, Noise]>([
    ['as large as the mean', noiseLike()],
    ['as large as the mean, of a type of its own', noiseLike(FLOAT32)],
    ['of a fixed shape', noiseOf([1, 4, SIDE_PX / 8, SIDE_PX / 8], FLOAT32)],
  ])('gives the mean of an encoder that adds noise %s', async (_, noise) => {
    const sampling = samplingEncoder(ENCODER, noise);
    const [sample, another] = await encode(sampling, 2);
    expect(sample).not.toEqual(another);
    const [mean] = await encode(ENCODER, 1);
    expect(await encode(withoutNoise(sampling), 2)).toEqual([mean, mean]);
  });

  test('leaves a graph without noise as it is', () => {
    expect(withoutNoise(ENCODER)).toBe(ENCODER);
  });
});
