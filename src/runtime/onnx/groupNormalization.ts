/**
 * GroupNormalization written out as InstanceNormalization over groups: the form in which older exports have it, and
 * one that WebGPU runs as it is (onnxruntime expands the operator to some 29 nodes, two of them on the CPU).
 */
import type { OnnxModel, OnnxNode } from './model';
import { attributeName, integerAttribute, makeNode } from './nodes';
import { encodeEqual, encodeInt64s, readConstant } from './tensors';

/** From this version on scale and bias have one number a channel; before, one a group. */
const PER_CHANNEL_OPSET = 21;

/** The model without GroupNormalization, and the weights it did not have before. With computed scales one stays. */
export function lowerGroupNormalization(model: OnnxModel): { model: OnnxModel; initializers: readonly Uint8Array[] } {
  const lowered = model.nodes.map((node, index) => lower(model, node, index));
  const added = lowered.flatMap(({ constants }) => constants);
  return {
    model: {
      ...model,
      nodes: lowered.flatMap(({ nodes }) => nodes),
      initializers: new Map([...model.initializers, ...added]),
    },
    initializers: added.map(([, tensor]) => tensor),
  };
}

interface Lowered {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly (readonly [name: string, tensor: Uint8Array])[];
}

function lower(model: OnnxModel, node: OnnxNode, index: number): Lowered {
  const kept = { nodes: [node], constants: [] };
  if (node.opType !== 'GroupNormalization' || model.opset < PER_CHANNEL_OPSET) return kept;
  const [x = '', scale = '', bias = ''] = node.inputs;
  const groups = integerAttribute(node, 'num_groups');
  const dataType = readConstant(model, scale)?.dataType;
  if (groups === null || dataType === undefined) return kept;
  const at = (name: string) => `tessera/group/${index}/${name}`;
  const epsilon = node.attributes.filter((attribute) => attributeName(attribute) === 'epsilon');
  const step = (opType: string, inputs: readonly string[], output: string) =>
    makeNode(opType, { inputs, outputs: [output] });
  return {
    nodes: [
      step('Reshape', [x, at('grouping')], at('grouped')),
      { ...step('InstanceNormalization', [at('grouped'), at('ones'), at('zeros')], at('normal')), attributes: epsilon },
      step('Shape', [x], at('shape')),
      step('Reshape', [at('normal'), at('shape')], at('ungrouped')),
      step('Reshape', [scale, at('perChannel')], at('scale')),
      step('Reshape', [bias, at('perChannel')], at('bias')),
      step('Mul', [at('ungrouped'), at('scale')], at('scaled')),
      step('Add', [at('scaled'), at('bias')], node.outputs[0] ?? ''),
    ],
    constants: [
      [at('grouping'), encodeInt64s(at('grouping'), [0, groups, -1])],
      [at('perChannel'), encodeInt64s(at('perChannel'), [-1, 1, 1])],
      [at('ones'), encodeEqual(at('ones'), { dataType, count: groups, value: 1 })],
      [at('zeros'), encodeEqual(at('zeros'), { dataType, count: groups, value: 0 })],
    ],
  };
}
