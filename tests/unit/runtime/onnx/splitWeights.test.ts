import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { splitWeights } from '../../../../src/runtime/onnx/splitWeights';

const FILE = 'tests/fixtures/tiny-pocket/denoiser.onnx';

describe('splitWeights', () => {
  test('leaves the nodes in the graph and the weights where they were', async () => {
    const whole = readFileSync(FILE);
    const { graph, externalData } = await splitWeights(new Blob([whole]));
    const [weights] = externalData ?? [];
    expect((graph as Uint8Array).byteLength).toBeLessThan(whole.length / 2);
    expect(Buffer.from((await weights?.file.arrayBuffer()) ?? new ArrayBuffer()).equals(whole)).toBe(true);
  });

  test('gives a graph that computes the same', async () => {
    const whole = readFileSync(FILE);
    const { graph, externalData = [] } = await splitWeights(new Blob([whole]));
    const files = await Promise.all(
      externalData.map(async ({ location, file }) => ({
        path: location,
        data: new Uint8Array(await file.arrayBuffer()),
      })),
    );
    const expected = await run(await ort.InferenceSession.create(whole));
    const split = await ort.InferenceSession.create(graph as Uint8Array, { externalData: files });
    expect(await run(split)).toEqual(expected);
  });

  test('refuses a file that is no graph, whatever is in it', async () => {
    const nonsense = new Blob([new Uint8Array(5000).fill(0xff)]);
    await expect(splitWeights(nonsense)).rejects.toMatchObject({ code: 'weights_damaged' });
  });

  test('refuses a file that was cut off', async () => {
    const cut = new Blob([readFileSync(FILE).subarray(0, 40_000)]);
    await expect(splitWeights(cut)).rejects.toMatchObject({ code: 'weights_damaged' });
  });
});

/** A grid of 8 x 8 has 16 patches of 2 x 2. */
const SIZES: Readonly<Record<string, number>> = { h: 8, w: 8, M: 8, N: 16 };

/** Feeds every input with small numbers. */
async function run(session: ort.InferenceSession): Promise<number[]> {
  const feeds = session.inputMetadata.map((info) => {
    if (!info.isTensor) throw new TypeError(`${info.name} is no tensor.`);
    const dims = info.shape.map((dim) => (typeof dim === 'number' ? dim : (SIZES[dim] ?? 1)));
    const size = dims.reduce((product, dim) => product * dim, 1);
    return [
      info.name,
      new ort.Tensor(
        'float32',
        Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
        dims,
      ),
    ];
  });
  const outputs = await session.run(Object.fromEntries(feeds));
  return Array.from(Object.values(outputs)[0]?.data as Float32Array);
}
