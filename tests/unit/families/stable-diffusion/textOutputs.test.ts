import { describe, expect, test } from 'vitest';
import { textOutputs } from '../../../../src/families/stable-diffusion/textOutputs';
import type { TensorInfo } from '../../../../src/runtime/elements';

const output = (name: string, ...dims: (number | string)[]): TensorInfo => ({ name, type: 'float32', dims });
const state = (name: string) => output(name, 'batch_size', 77, 768);
const pooled = (name: string) => output(name, 'batch_size', 768);
const states = (count: number) => Array.from({ length: count }, (_, layer) => state(`hidden_states.${layer}`));

describe('textOutputs', () => {
  test('takes the last state of an encoder that stands alone', () => {
    const outputs = [pooled('pooler_output'), state('last_hidden_state')];
    expect(textOutputs(outputs, false).state).toBe('last_hidden_state');
    expect(textOutputs([...outputs, ...states(13)], false).state).toBe('last_hidden_state');
  });

  test('takes what has the shape of a state, whatever its name', () => {
    expect(textOutputs([pooled('1024'), state('1023')], false)).toEqual({ state: '1023', pooled: '1024' });
  });

  test('takes the one state that an encoder of SDXL gives', () => {
    expect(textOutputs([state('hidden_states.11')], true)).toEqual({ state: 'hidden_states.11', pooled: null });
    const second = [state('hidden_states.31'), pooled('text_embeds')];
    expect(textOutputs(second, true)).toEqual({ state: 'hidden_states.31', pooled: 'text_embeds' });
  });

  test('takes the state before the last layer where an encoder of SDXL gives all of them, in any order', () => {
    const outputs = [pooled('pooler_output'), pooled('text_embeds'), state('last_hidden_state'), ...states(33)];
    const expected = { state: 'hidden_states.31', pooled: 'text_embeds' };
    expect(textOutputs(outputs, true)).toEqual(expected);
    expect(textOutputs(outputs.toReversed(), true)).toEqual(expected);
  });

  test('names an encoder that gives no states', () => {
    expect(() => textOutputs([pooled('text_embeds')], false)).toThrow('gives no states');
  });
});
