/** Finds the normalisations of a graph whose statistics span the whole picture. */
import type { OnnxModel, OnnxNode } from './model';
import { floatAttribute } from './nodes';
import { FLOAT16, FLOAT32, readConstant } from './tensors';

/** An InstanceNormalization over groups of channels. */
export interface NormSite {
  readonly node: OnnxNode;
  readonly epsilon: number;
  /** Of its input; FLOAT32 or FLOAT16. */
  readonly dataType: number;
  /** Its own, one number a group. In most exports ones and zeros: what was trained is multiplied in later. */
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  /** Dimensions of its input. */
  readonly rank: number;
  /** The value [1, C, H, W] whose groups of channels it normalises. */
  readonly source: string;
}

/** What leaves the order of the numbers alone; Transpose only in pairs that undo each other. */
const VIEWS = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Cast', 'Identity']);

/** A normalisation with computed scales, or of something that is no picture, is left out: it stays as it is. */
export function findNormSites(model: OnnxModel): NormSite[] {
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  return model.nodes.flatMap((node) => (node.opType === 'InstanceNormalization' ? siteOf(node, model, producers) : []));
}

type Producers = ReadonlyMap<string, OnnxNode>;

function siteOf(node: OnnxNode, model: OnnxModel, producers: Producers): NormSite[] {
  const [x = '', scaleName = '', offsetName = ''] = node.inputs;
  const scale = readConstant(model, scaleName);
  const offset = readConstant(model, offsetName);
  const source = sourceOf(x, producers);
  const isFloat = scale?.dataType === FLOAT32 || scale?.dataType === FLOAT16;
  if (!scale || !offset || !isFloat || source === null) return [];
  const { dataType, values } = scale;
  const epsilon = floatAttribute(node, 'epsilon') ?? 1e-5;
  return [{ node, epsilon, dataType, scale: values, offset: offset.values, rank: rankOf(x, model, producers), source }];
}

/** The first value on the way back that is computed and not only seen in another shape. */
function sourceOf(name: string, producers: Producers): string | null {
  let current = name;
  let transposes = 0;
  for (let node = producers.get(current); node && VIEWS.has(node.opType); node = producers.get(current)) {
    if (node.opType === 'Transpose') transposes += 1;
    current = node.inputs[0] ?? '';
  }
  return transposes % 2 === 0 ? current : null;
}

function rankOf(name: string, model: OnnxModel, producers: Producers): number {
  const producer = producers.get(name);
  if (producer?.opType === 'Cast') return rankOf(producer.inputs[0] ?? '', model, producers);
  if (producer?.opType !== 'Reshape') return 4;
  return readConstant(model, producer.inputs[1] ?? '')?.values.length ?? 3;
}
