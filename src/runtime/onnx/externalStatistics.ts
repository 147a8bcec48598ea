/**
 * Opens a decoder's normalisations: one graph that normalises a window by the window's own statistics, as it was
 * published, or by numbers that are fed, and that tells on request what statistics it met.
 *
 * Each InstanceNormalization becomes, with two vectors of one number a group as new inputs,
 *
 *   own:    scale * (x - mean(x)) / deviation(x) + offset     the operator itself; with its own vectors the plain graph
 *   given:  scale * x + offset                                no reduction at all
 *
 * and both are branches of an If, so only what is needed runs and the weights are there once.
 */
import { findAttentionSites, type OpenedAttention, openAttentions, openedAttention } from './attentionSites';
import { adaptEnds, type Ranges } from './ends';
import { lowerGroupNormalization } from './groupNormalization';
import { type GraphChange, type OnnxModel, type OnnxNode, readModel, writeModel } from './model';
import { encodeBranch, encodeValue, makeIf, makeNode } from './nodes';
import { findNormSites, type NormSite } from './normSites';
import { BOOL, encodeInt64s, FLOAT16, FLOAT32, INT64 } from './tensors';

/** What the opened graph is fed besides its latent. */
export const SWITCHES = {
  /** Bool: normalise by the window's own statistics. */
  own: 'tessera/own',
  /** Bool: tell the statistics that were met. */
  measured: 'tessera/measured',
  /** Int64 [2]: first row and column, in cells of the latent, of the part of the window that is measured. */
  start: 'tessera/start',
  /** Int64 [2]: the row and column behind its last. */
  end: 'tessera/end',
} as const;

/** Output: means, then variances of the groups, norm after norm. Without meaning unless asked for. */
export const STATISTICS = 'tessera/statistics';

export interface OpenedNorm {
  /** Names of two inputs [groups]. */
  readonly scaleInput: string;
  readonly offsetInput: string;
  /** What they are in the plain graph. */
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  readonly epsilon: number;
}

export interface OpenedGraph {
  readonly file: Uint8Array;
  readonly latentInput: string;
  readonly imageOutput: string;
  /** In the order of the statistics; empty when there are none, and then the file is as it was. */
  readonly norms: readonly OpenedNorm[];
  /** Self-attentions; in float16 graphs they stay closed. */
  readonly attentions: readonly OpenedAttention[];
}

const AS_IT_IS: Ranges = { latent: { scale: 1, offset: 0 }, image: { scale: 1, offset: 0 } };

/** @param file an ONNX file whose first input is a latent [1, C, h, w] and whose first output is a picture */
export function openStatistics(file: Uint8Array, ranges: Ranges = AS_IT_IS): OpenedGraph {
  const { model, initializers } = lowerGroupNormalization(readModel(file));
  const sites = findNormSites(model);
  const ends = adaptEnds(model, ranges);
  const { latentInput, imageOutput, replaced } = ends;
  const norms = sites.map(openedNorm);
  const isFloat32 = sites.every(({ dataType }) => dataType === FLOAT32);
  const attentionSites = sites.length > 0 && isFloat32 ? findAttentionSites(model) : [];
  const attentions = attentionSites.map(openedAttention);
  const opened = { latentInput, imageOutput, norms, attentions };
  if (sites.length === 0 && replaced.length === 0) return { file, ...opened };
  const attending = openAttentions(attentionSites);
  const nodes = model.nodes.flatMap((node) => attending.replacements.get(node) ?? [node]);
  const opening = sites.length > 0 ? open({ ...model, nodes }, sites) : { ...NO_OPENING, nodes };
  const change = {
    nodes: [...ends.before, ...opening.nodes, ...ends.after],
    initializers: [...initializers, ...ends.initializers, ...opening.initializers],
    inputs: [...ends.inputs, ...opening.inputs, ...attending.inputs],
    outputs: [...ends.outputs, ...opening.outputs, ...attending.outputs],
    replaced,
  };
  return { file: writeModel(model, change), ...opened };
}

const NO_OPENING = { initializers: [], inputs: [], outputs: [] };

function open(model: OnnxModel, sites: readonly NormSite[]): Omit<GraphChange, 'replaced'> {
  return {
    nodes: openedNodes(model, sites),
    initializers: shapeConstants(sites),
    inputs: [
      encodeValue(SWITCHES.own, BOOL, []),
      encodeValue(SWITCHES.measured, BOOL, []),
      encodeValue(SWITCHES.start, INT64, [2]),
      encodeValue(SWITCHES.end, INT64, [2]),
      ...sites.flatMap(({ scale }, index) =>
        [at(index, 'scale'), at(index, 'offset')].map((name) => encodeValue(name, FLOAT32, [scale.length])),
      ),
    ],
    outputs: [encodeValue(STATISTICS, FLOAT32)],
  };
}

function openedNorm({ scale, offset, epsilon }: NormSite, index: number): OpenedNorm {
  return { scaleInput: at(index, 'scale'), offsetInput: at(index, 'offset'), scale, offset, epsilon };
}

function at(index: number, name: string): string {
  return `tessera/norm/${index}/${name}`;
}

const SHARED = {
  latentShape: 'tessera/latentShape',
  planeAxes: 'tessera/planeAxes',
  perChannel: 'tessera/perChannel',
  secondAxis: 'tessera/secondAxis',
  thirdAxis: 'tessera/thirdAxis',
  vector: 'tessera/vector',
} as const;

/** From this version on ReduceMean takes its axes as an input. */
const AXES_INPUT_OPSET = 18;

function shapeConstants(sites: readonly NormSite[]): Uint8Array[] {
  const groupings = new Set(sites.map(({ scale }) => scale.length));
  const ranks = new Set(sites.map(({ rank }) => rank));
  return [
    encodeInt64s(SHARED.planeAxes, [2, 3]),
    encodeInt64s(SHARED.perChannel, [0, 0, -1]),
    encodeInt64s(SHARED.vector, [-1]),
    encodeInt64s(SHARED.secondAxis, [1]),
    encodeInt64s(SHARED.thirdAxis, [2]),
    ...Array.from(groupings, (groups) => encodeInt64s(groupingName(groups), [groups, -1])),
    ...Array.from(ranks, (rank) => encodeInt64s(broadcastName(rank), [1, -1, ...Array(rank - 2).fill(1)])),
  ];
}

function groupingName(groups: number): string {
  return `tessera/grouping/${groups}`;
}

function broadcastName(rank: number): string {
  return `tessera/broadcast/${rank}`;
}

function openedNodes(model: OnnxModel, sites: readonly NormSite[]): OnnxNode[] {
  const indexOf = new Map(sites.map(({ node }, index) => [node, index]));
  const measurements = sites.map((_, index) => at(index, 'statistics'));
  return [
    makeNode('Shape', { inputs: [model.inputs[0]?.name ?? ''], outputs: [SHARED.latentShape] }),
    ...model.nodes.flatMap((node) => {
      const index = indexOf.get(node);
      const site = sites[index ?? -1];
      return site && index !== undefined ? [normalisation(site, index), measurement(site, index, model.opset)] : [node];
    }),
    ...joined(measurements),
  ];
}

/** In place of the norm. */
function normalisation({ node, dataType, rank }: NormSite, index: number): OnnxNode {
  const [x = ''] = node.inputs;
  const half = dataType === FLOAT16;
  const own: OnnxNode[] = [];
  const cast = (name: string) => {
    if (!half) return at(index, name);
    own.push(castNode(at(index, name), at(index, `${name}Half`), FLOAT16));
    return at(index, `${name}Half`);
  };
  const inputs = [x, cast('scale'), cast('offset')];
  own.push({ ...node, inputs, outputs: [at(index, 'byOwn')] });
  const wide = half ? at(index, 'wide') : x;
  const given = [
    ...(half ? [castNode(x, wide, FLOAT32)] : []),
    step('Reshape', [at(index, 'scale'), broadcastName(rank)], at(index, 'scaleGiven')),
    step('Reshape', [at(index, 'offset'), broadcastName(rank)], at(index, 'offsetGiven')),
    step('Mul', [wide, at(index, 'scaleGiven')], at(index, 'scaled')),
    step('Add', [at(index, 'scaled'), at(index, 'offsetGiven')], at(index, 'byGiven')),
    ...(half ? [castNode(at(index, 'byGiven'), at(index, 'byGivenHalf'), FLOAT16)] : []),
  ];
  const branches = { whenTrue: encodeBranch(own, dataType), whenFalse: encodeBranch(given, dataType) };
  return makeIf(SWITCHES.own, node.outputs[0] ?? '', branches);
}

/**
 * Mean and variance of each group, in float32: by channel first, which spreads the work over more of a GPU, then over
 * the channels of a group. Sums of squares need no copy of what they sum up; differences to the mean would.
 */
function measurement(site: NormSite, index: number, opset: number): OnnxNode {
  const local = (name: string) => at(index, name);
  const grouping = groupingName(site.scale.length);
  const overGroup = { axis: 1, opset } as const;
  const whenTrue = [
    ...measuredPart(site, local),
    ...channelMeans(local, opset),
    step('Reshape', [local('channelMean'), grouping], local('means')),
    step('Reshape', [local('channelSquare'), grouping], local('squares')),
    reduceNode('ReduceMean', [local('means'), local('mean')], overGroup),
    reduceNode('ReduceMean', [local('squares'), local('square')], overGroup),
    step('Mul', [local('mean'), local('mean')], local('meanSquare')),
    step('Sub', [local('square'), local('meanSquare')], local('variance')),
    makeNode('Concat', { inputs: [local('mean'), local('variance')], outputs: [local('both')] }, [['axis', 0]]),
    step('Reshape', [local('both'), SHARED.vector], local('measured')),
  ];
  const whenFalse = [step('Identity', [local('offset')], local('unmeasured'))];
  const branches = { whenTrue: encodeBranch(whenTrue, FLOAT32), whenFalse: encodeBranch(whenFalse, FLOAT32) };
  return makeIf(SWITCHES.measured, local('statistics'), branches);
}

/** [1, C, 1]: the mean of what each channel has in the part, and of its squares. */
function channelMeans(local: (name: string) => string, opset: number): OnnxNode[] {
  const overPlane = { axis: 2, opset } as const;
  return [
    step('Reshape', [local('part'), SHARED.perChannel], local('channels')),
    step('Shape', [local('channels')], local('channelShape')),
    step('Gather', [local('channelShape'), SHARED.thirdAxis], local('count')),
    castNode(local('count'), local('countFloat'), FLOAT32),
    reduceNode('ReduceMean', [local('channels'), local('channelMean')], overPlane),
    reduceNode('ReduceSumSquare', [local('channels'), local('channelSum')], overPlane),
    step('Div', [local('channelSum'), local('countFloat')], local('channelSquare')),
  ];
}

/** From cells of the latent to rows and columns here, where the picture may be larger already. */
function measuredPart({ source, dataType }: NormSite, local: (name: string) => string): OnnxNode[] {
  const isHalf = dataType === FLOAT16;
  return [
    step('Shape', [source], local('shape')),
    step('Div', [local('shape'), SHARED.latentShape], local('ratios')),
    step('Gather', [local('ratios'), SHARED.planeAxes], local('ratio')),
    step('Mul', [SWITCHES.start, local('ratio')], local('start')),
    step('Mul', [SWITCHES.end, local('ratio')], local('end')),
    step('Slice', [source, local('start'), local('end'), SHARED.planeAxes], local(isHalf ? 'partHalf' : 'part')),
    ...(isHalf ? [castNode(local('partHalf'), local('part'), FLOAT32)] : []),
  ];
}

function reduceNode(
  opType: string,
  [x, output]: readonly [x: string, output: string],
  { axis, opset }: { readonly axis: 1 | 2; readonly opset: number },
): OnnxNode {
  if (opset < AXES_INPUT_OPSET) return makeNode(opType, { inputs: [x], outputs: [output] }, [['axes', [axis]]]);
  return step(opType, [x, axis === 1 ? SHARED.secondAxis : SHARED.thirdAxis], output);
}

/** Fewer than the ten storage buffers a WebGPU kernel may bind. */
const MOST_JOINED = 8;

/** A tree of Concat nodes over vectors. */
function joined(vectors: readonly string[]): OnnxNode[] {
  const nodes: OnnxNode[] = [];
  let level = vectors;
  while (level.length > 1 || nodes.length === 0) {
    const next: string[] = [];
    for (let start = 0; start < level.length; start += MOST_JOINED) {
      const output = level.length <= MOST_JOINED ? STATISTICS : `tessera/joined/${nodes.length}`;
      const ends = { inputs: level.slice(start, start + MOST_JOINED), outputs: [output] };
      nodes.push(makeNode('Concat', ends, [['axis', 0]]));
      next.push(output);
    }
    level = next;
  }
  return nodes;
}

function step(opType: string, inputs: readonly string[], output: string): OnnxNode {
  return makeNode(opType, { inputs, outputs: [output] });
}

function castNode(x: string, output: string, dataType: number): OnnxNode {
  return makeNode('Cast', { inputs: [x], outputs: [output] }, [['to', dataType]]);
}
