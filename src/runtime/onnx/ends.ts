/** Puts float32 and the range that a caller speaks at both ends of a graph: exports differ in type and scale. */
import type { GraphChange, OnnxModel, OnnxNode, ValueInfo } from './model';
import { encodeValue, makeNode } from './nodes';
import { encodeFloat, FLOAT32 } from './tensors';

/** scale * x + offset */
export interface Range {
  readonly scale: number;
  readonly offset: number;
}

export interface Ranges {
  /** From the caller's latent to the graph's. */
  readonly latent: Range;
  /** From the graph's picture to the caller's. */
  readonly image: Range;
}

interface Ends extends Omit<GraphChange, 'nodes'> {
  readonly before: readonly OnnxNode[];
  readonly after: readonly OnnxNode[];
  readonly latentInput: string;
  readonly imageOutput: string;
}

const LATENT = 'tessera/latent';
const IMAGE = 'tessera/image';
const NOTHING = { name: '', dataType: FLOAT32, dims: [] };

/** An end that is as the caller wants it already stays as it is. */
export function adaptEnds({ inputs, outputs }: OnnxModel, ranges: Ranges): Ends {
  const [latent = NOTHING] = inputs;
  const [image = NOTHING] = outputs;
  const adaptsLatent = differs(latent, ranges.latent);
  const adaptsImage = differs(image, ranges.image);
  return {
    before: adaptsLatent ? [...scaled(LATENT, `${LATENT}/ranged`), cast(`${LATENT}/ranged`, latent)] : [],
    after: adaptsImage
      ? [cast(image.name, { name: `${IMAGE}/wide`, dataType: FLOAT32, dims: [] }), ...scaled(`${IMAGE}/wide`, IMAGE)]
      : [],
    initializers: [
      ...(adaptsLatent ? constants(`${LATENT}/ranged`, ranges.latent) : []),
      ...(adaptsImage ? constants(IMAGE, ranges.image) : []),
    ],
    inputs: adaptsLatent ? [encodeValue(LATENT, FLOAT32)] : [],
    outputs: adaptsImage ? [encodeValue(IMAGE, FLOAT32)] : [],
    replaced: [...(adaptsLatent ? [latent.name] : []), ...(adaptsImage ? [image.name] : [])],
    latentInput: adaptsLatent ? LATENT : latent.name,
    imageOutput: adaptsImage ? IMAGE : image.name,
  };
}

function differs({ dataType }: ValueInfo, { scale, offset }: Range): boolean {
  return dataType !== FLOAT32 || scale !== 1 || offset !== 0;
}

function scaled(x: string, output: string): OnnxNode[] {
  return [
    makeNode('Mul', { inputs: [x, `${output}/scale`], outputs: [`${output}/scaled`] }),
    makeNode('Add', { inputs: [`${output}/scaled`, `${output}/offset`], outputs: [output] }),
  ];
}

function constants(output: string, { scale, offset }: Range): Uint8Array[] {
  return [encodeFloat(`${output}/scale`, scale), encodeFloat(`${output}/offset`, offset)];
}

function cast(x: string, { name, dataType }: ValueInfo): OnnxNode {
  return makeNode('Cast', { inputs: [x], outputs: [name] }, [['to', dataType]]);
}
