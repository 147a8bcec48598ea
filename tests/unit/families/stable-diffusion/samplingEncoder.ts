/** Encoders as exports from pipelines have them: what was the graph's output becomes a mean, to which it adds noise. */
import { type OnnxNode, readModel, writeModel } from '../../../../src/runtime/onnx/model';
import { encodeValue, makeNode } from '../../../../src/runtime/onnx/nodes';

export type Noise = (mean: string, output: string) => OnnxNode;

const MEAN = 'mean';
const NOISE = 'noise';

/** In the shape of the mean, and of its type or the one given. */
export const noiseLike =
  (dataType?: number): Noise =>
  (mean, output) =>
    makeNode(
      'RandomNormalLike',
      { inputs: [mean], outputs: [output] },
      dataType === undefined ? [] : [['dtype', dataType]],
    );

/** Of a shape that was fixed when the graph was exported. */
export const noiseOf =
  (shape: readonly number[], dataType: number): Noise =>
  (_, output) =>
    makeNode('RandomNormal', { inputs: [], outputs: [output] }, [
      ['shape', shape],
      ['dtype', dataType],
    ]);

export function samplingEncoder(file: Uint8Array, noise: Noise): Uint8Array<ArrayBuffer> {
  const model = readModel(file);
  const latent = model.outputs[0]?.name ?? '';
  const rename = (name: string) => (name === latent ? MEAN : name);
  return writeModel(model, {
    nodes: [
      ...model.nodes.map((node) =>
        node.outputs.includes(latent) ? { ...node, outputs: node.outputs.map(rename) } : node,
      ),
      noise(MEAN, NOISE),
      makeNode('Add', { inputs: [MEAN, NOISE], outputs: [latent] }),
    ],
    initializers: [],
    inputs: [],
    outputs: [],
    replaced: [],
  });
}

/** Gives mean and variance side by side, as other exports do: here the mean twice. */
export function momentsEncoder(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const model = readModel(file);
  const [latent] = model.outputs;
  if (!latent) throw new Error('The encoder gives nothing.');
  const moments = 'latent_parameters';
  return writeModel(model, {
    nodes: [
      ...model.nodes,
      makeNode('Concat', { inputs: [latent.name, latent.name], outputs: [moments] }, [['axis', 1]]),
    ],
    initializers: [],
    inputs: [],
    outputs: [encodeValue(moments, latent.dataType)],
    replaced: [latent.name],
  });
}
