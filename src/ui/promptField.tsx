/** Where the words go. */

import { codePoints } from '../api/codePoints';
import { MAX_PROMPT_CODE_POINTS } from '../api/schema';
import type { Studio } from './studio';

const EXAMPLE = 'a red apple on a blue background';
/** The counter appears when the end is in sight. */
const SHOW_COUNT_FROM = MAX_PROMPT_CODE_POINTS - 500;

export const PROMPT_ID = 'prompt';

export function PromptField({ studio }: { readonly studio: Studio }) {
  const { prompt, promptError } = studio.store;
  const error = promptError.value;
  return (
    <div class="field prompt-field">
      <label for={PROMPT_ID}>What should it draw?</label>
      <textarea
        id={PROMPT_ID}
        rows={3}
        placeholder={`For example: ${EXAMPLE}`}
        spellcheck={true}
        autocapitalize="none"
        value={prompt.value}
        aria-invalid={error !== null}
        aria-describedby="prompt-hint"
        onInput={(event) => {
          prompt.value = event.currentTarget.value;
          promptError.value = null;
        }}
      />
      <p id="prompt-hint" class={error ? 'hint error-text' : 'hint'} role={error ? 'alert' : undefined}>
        {error ?? <PromptHint prompt={prompt.value} isPocket={studio.model.weights.type === 'embedded'} />}
      </p>
    </div>
  );
}

function PromptHint({ prompt, isPocket }: { readonly prompt: string; readonly isPocket: boolean }) {
  // Counting code points of a short text on every key is free; of a long one it is not needed earlier.
  if (prompt.length >= SHOW_COUNT_FROM) {
    return <>{`${codePoints(prompt)} of ${MAX_PROMPT_CODE_POINTS} characters`}</>;
  }
  return <>{isPocket ? 'One thing, its colour, a style, a background.' : 'What is in it, and how it should look.'}</>;
}
