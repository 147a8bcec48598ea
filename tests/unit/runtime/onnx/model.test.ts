import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openStatistics } from '../../../../src/runtime/onnx/externalStatistics';
import { type GraphChange, type OnnxModel, readModel, writeModel } from '../../../../src/runtime/onnx/model';
import { makeNode } from '../../../../src/runtime/onnx/nodes';
import {
  encodeEqual,
  encodeFloat,
  encodeInt64s,
  FLOAT16,
  FLOAT32,
  INT64,
  readConstant,
} from '../../../../src/runtime/onnx/tensors';

/** Its own bytes in its own buffer, not a view into a pool of Node's. */
const file = new Uint8Array(readFileSync('tests/fixtures/tiny-decoders/groupnorm.onnx'));
const model = readModel(file);

const changed = (change: Partial<GraphChange>): Uint8Array =>
  writeModel(model, { nodes: model.nodes, initializers: [], inputs: [], outputs: [], replaced: [], ...change });

/** Everything but the order of nodes and weights, which may lie in any. */
const contentsOf = ({ opset, nodes, initializers, inputs, outputs }: OnnxModel) => ({
  opset,
  nodes,
  initializers: [...initializers],
  inputs,
  outputs,
});

describe('an ONNX file', () => {
  test('shows its nodes, its operator version and its ends', () => {
    expect(model.opset).toBe(17);
    expect(model.nodes.filter(({ opType }) => opType === 'Conv')).toHaveLength(18);
    expect(model.nodes[0]).toMatchObject({ opType: 'Conv', inputs: ['latent_sample', 'weight_0', 'weight_1'] });
    expect(model.inputs).toEqual([{ name: 'latent_sample', dataType: FLOAT32, dims: [1, 4, null, null] }]);
    expect(model.outputs).toMatchObject([{ name: 'sample', dataType: FLOAT32 }]);
  });

  test('comes back with the same content and length when nothing is changed', () => {
    const back = changed({});
    expect(contentsOf(readModel(back))).toEqual(contentsOf(model));
    expect(back).toHaveLength(file.length);
  });

  test('is read without a copy of its weights', () => {
    for (const tensor of model.initializers.values()) expect(tensor.buffer).toBe(file.buffer);
  });

  test('takes other nodes, and more weights beside its own', () => {
    const added = makeNode('Relu', { inputs: ['sample'], outputs: ['clipped'] });
    const back = readModel(changed({ nodes: [...model.nodes, added], initializers: [encodeFloat('seven', 7)] }));
    expect(back.nodes.at(-1)).toEqual(added);
    expect(back.initializers.size).toBe(model.initializers.size + 1);
    expect(readConstant(back, 'seven')).toEqual({ dataType: FLOAT32, values: [7] });
  });

  test('loses the ends that are replaced', () => {
    const back = readModel(changed({ replaced: ['latent_sample', 'sample'] }));
    expect([...back.inputs, ...back.outputs]).toEqual([]);
  });
});

describe('a small tensor', () => {
  const read = (tensor: Uint8Array) => readConstant({ ...model, initializers: new Map([['it', tensor]]) }, 'it');

  test.each([
    ['integers', encodeInt64s('it', [0, 4, -1]), { dataType: INT64, values: [0, 4, -1] }],
    [
      'ones in float16',
      encodeEqual('it', { dataType: FLOAT16, count: 2, value: 1 }),
      { dataType: FLOAT16, values: [1, 1] },
    ],
    ['zeros', encodeEqual('it', { dataType: FLOAT32, count: 3, value: 0 }), { dataType: FLOAT32, values: [0, 0, 0] }],
  ])('is read as it was written: %s', (_what, tensor, expected) => {
    expect(read(tensor)).toEqual(expected);
  });

  test('is nothing where a value is computed', () => {
    expect(readConstant(model, 'Conv_0')).toBeNull();
  });
});

test('a norm with computed scales stays as it is', () => {
  const nodes = model.nodes.flatMap((node) => {
    if (node.opType !== 'InstanceNormalization') return [node];
    const [x = '', scale = '', offset = ''] = node.inputs;
    const computed = makeNode('Neg', { inputs: [scale], outputs: [`${node.name}/computed`] });
    return [computed, { ...node, inputs: [x, `${node.name}/computed`, offset] }];
  });
  const computedFile = changed({ nodes });
  expect(openStatistics(computedFile).file).toBe(computedFile);
});
