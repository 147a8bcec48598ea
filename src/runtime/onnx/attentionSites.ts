/** Opens the self-attention of a decoder: its keys and values can be taken from elsewhere than the window. */
import type { GraphChange, OnnxModel, OnnxNode } from './model';
import { encodeBranch, encodeValue, makeIf, makeNode } from './nodes';
import { BOOL, FLOAT32 } from './tensors';

/** Bool input: attend to the window's own cells. */
export const OWN_KEYS = 'tessera/ownKeys';

/** Softmax(query x keys) x values, written out. */
interface AttentionSite {
  readonly scores: OnnxNode;
  readonly mix: OnnxNode;
}

/** Names of inputs, and of outputs that tell the window's own. Keys [.., width, cells], values [.., cells, width]. */
export interface OpenedAttention {
  readonly keysInput: string;
  readonly valuesInput: string;
  readonly keysOutput: string;
  readonly valuesOutput: string;
}

/** What may stand between the scores and their softmax. */
const SCALINGS = new Set(['Mul', 'Div']);

export function findAttentionSites({ nodes }: OnnxModel): AttentionSite[] {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  return nodes.flatMap((softmax) => {
    if (softmax.opType !== 'Softmax') return [];
    let scores = producers.get(softmax.inputs[0] ?? '');
    while (scores && SCALINGS.has(scores.opType)) scores = producers.get(scores.inputs[0] ?? '');
    const mix = nodes.find(({ opType, inputs }) => opType === 'MatMul' && inputs[0] === softmax.outputs[0]);
    return scores?.opType === 'MatMul' && mix ? [{ scores, mix }] : [];
  });
}

export function openedAttention(_: AttentionSite, index: number): OpenedAttention {
  const at = (name: string) => `tessera/attention/${index}/${name}`;
  return {
    keysInput: at('givenKeys'),
    valuesInput: at('givenValues'),
    keysOutput: at('keys'),
    valuesOutput: at('values'),
  };
}

/** Nodes that take the place of others, and what the graph is fed and tells besides. */
export function openAttentions(sites: readonly AttentionSite[]): Pick<GraphChange, 'inputs' | 'outputs'> & {
  readonly replacements: ReadonlyMap<OnnxNode, readonly OnnxNode[]>;
} {
  const opened = sites.map(openedAttention);
  const ends = (names: readonly string[]) => names.map((name) => encodeValue(name, FLOAT32));
  return {
    replacements: new Map(
      sites.flatMap(({ scores, mix }, index) => {
        const { keysInput, valuesInput, keysOutput, valuesOutput } = openedAttention({ scores, mix }, index);
        return [
          [scores, switched(scores, keysInput, keysOutput)] as const,
          [mix, switched(mix, valuesInput, valuesOutput)] as const,
        ];
      }),
    ),
    inputs:
      sites.length === 0
        ? []
        : [
            encodeValue(OWN_KEYS, BOOL, []),
            ...ends(opened.flatMap(({ keysInput, valuesInput }) => [keysInput, valuesInput])),
          ],
    outputs: ends(opened.flatMap(({ keysOutput, valuesOutput }) => [keysOutput, valuesOutput])),
  };
}

/** The product, with its second factor told and exchangeable. */
function switched(product: OnnxNode, given: string, told: string): OnnxNode[] {
  const [left = '', own = ''] = product.inputs;
  const branch = (x: string, name: string) =>
    encodeBranch([makeNode('Identity', { inputs: [x], outputs: [`${told}/${name}`] })], FLOAT32);
  const branches = { whenTrue: branch(own, 'own'), whenFalse: branch(given, 'given') };
  return [
    makeNode('Identity', { inputs: [own], outputs: [told] }),
    makeIf(OWN_KEYS, `${told}/used`, branches),
    { ...product, inputs: [left, `${told}/used`] },
  ];
}
