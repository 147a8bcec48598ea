/** Which outputs of a CLIP encoder count: exports give one state or all of them, under names of their own. */
import type { TensorInfo } from '../../runtime/elements';

export interface TextOutputs {
  /** [B, L, width] */
  readonly state: string;
  /** [B, width]; null where there is none. */
  readonly pooled: string | null;
}

/**
 * @param isOneOfTwo SDXL's UNet attends to the states before its encoders' last layer, all others to the last state
 * @throws TypeError where no output is a state
 */
export function textOutputs(outputs: readonly TensorInfo[], isOneOfTwo: boolean): TextOutputs {
  const named = (name: string) => outputs.find((output) => output.name === name);
  const ofRank = (rank: number) => outputs.find(({ dims }) => dims.length === rank);
  const layers = isOneOfTwo ? layerNames(outputs) : [];
  // With all states given the last layer's is among them; with one it is the one that is meant.
  const state = layers.at(-2) ?? layers.at(-1) ?? (named('last_hidden_state') ?? ofRank(3))?.name;
  if (state === undefined) throw new TypeError('The text encoder gives no states.');
  return { state, pooled: (named('text_embeds') ?? ofRank(2))?.name ?? null };
}

/** Layer by layer. */
function layerNames(outputs: readonly TensorInfo[]): string[] {
  return outputs
    .flatMap(({ name }) => {
      const [, layer] = /^hidden_states\.(\d+)$/.exec(name) ?? [];
      return layer === undefined ? [] : [{ name, layer: Number(layer) }];
    })
    .sort((a, b) => a.layer - b.layer)
    .map(({ name }) => name);
}
