/**
 * Encoders of pictures that give the mean instead of a sample. Exports from diffusers' pipelines hold the sampling itself,
 * mean + deviation x noise, with noise that no seed reaches: the same request would not give the same picture twice.
 */
import { type OnnxNode, readModel, writeModel } from '../../runtime/onnx/model';
import { integerAttribute, makeNode } from '../../runtime/onnx/nodes';
import { encodeEqual, FLOAT32 } from '../../runtime/onnx/tensors';

/** The graph with zeros for noise; the file itself where it makes none. */
export function withoutNoise(file: Uint8Array): Uint8Array {
  const model = readModel(file);
  const drawn = model.nodes.filter(({ opType }) => opType === 'RandomNormal');
  if (drawn.length === 0 && !model.nodes.some(({ opType }) => opType === 'RandomNormalLike')) return file;
  return writeModel(model, {
    nodes: model.nodes.flatMap(silenced),
    initializers: drawn.map((node) => encodeEqual(zeroOf(node), { dataType: typeOf(node), count: 1, value: 0 })),
    inputs: [],
    outputs: [],
    replaced: [],
  });
}

function silenced(node: OnnxNode): readonly OnnxNode[] {
  const [output = ''] = node.outputs;
  // One zero fits all shapes: what it is multiplied with has the latent's.
  if (node.opType === 'RandomNormal') return [makeNode('Identity', { inputs: [zeroOf(node)], outputs: [output] })];
  return node.opType === 'RandomNormalLike' ? difference(node, output) : [node];
}

/** x - x, in the type that the noise had: x lends its shape, and its type only where no other is named. */
function difference(node: OnnxNode, output: string): OnnxNode[] {
  const [x = ''] = node.inputs;
  const dataType = integerAttribute(node, 'dtype');
  if (dataType === null) return [makeNode('Sub', { inputs: [x, x], outputs: [output] })];
  const typed = `tessera/typed/${output}`;
  return [
    makeNode('Cast', { inputs: [x], outputs: [typed] }, [['to', dataType]]),
    makeNode('Sub', { inputs: [typed, typed], outputs: [output] }),
  ];
}

function zeroOf({ outputs: [output = ''] }: OnnxNode): string {
  return `tessera/zero/${output}`;
}

function typeOf(node: OnnxNode): number {
  return integerAttribute(node, 'dtype') ?? FLOAT32;
}
