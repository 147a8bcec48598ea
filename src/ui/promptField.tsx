/** Where the words go. */

import { batch } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { codePoints } from '../api/codePoints';
import { MAX_PROMPT_CODE_POINTS } from '../api/schema';
import { LiveSwitch } from './livePreview/liveSwitch';
import type { Store } from './store';
import type { Studio } from './studio';

/** Without a picture, with one, with several. */
const EXAMPLES = ['a red apple on a blue background', 'make it blue', 'the object of image 1 in the style of image 2'];
/** The counter appears when the end is in sight. */
const SHOW_COUNT_FROM = MAX_PROMPT_CODE_POINTS - 500;

/** After it a word counts as finished. */
const TYPING_PAUSE_MS = 1500;

export const PROMPT_ID = 'prompt';

export function PromptField({ studio }: { readonly studio: Studio }) {
  const { prompt, promptError, unknown, inputs } = studio.store;
  const error = promptError.value;
  const typing = useTyping(studio.store);
  return (
    <div class="field prompt-field">
      <div class="prompt-head">
        <label for={PROMPT_ID}>What should it draw?</label>
        <LiveSwitch studio={studio} />
      </div>
      <textarea
        id={PROMPT_ID}
        rows={3}
        placeholder={`For example: ${EXAMPLES[Math.min(inputs.value.length, 2)]}`}
        spellcheck={true}
        autocapitalize="none"
        value={prompt.value}
        aria-invalid={error !== null}
        aria-describedby="prompt-hint"
        onInput={(event) => {
          const { value, selectionEnd } = event.currentTarget;
          // Together: the word before the key would count as finished in between.
          batch(() => {
            typing.at(selectionEnd);
            prompt.value = value;
            promptError.value = null;
          });
        }}
        onBlur={typing.end}
      />
      <p id="prompt-hint" class={error ? 'hint error-text' : 'hint'} role={error ? 'alert' : undefined}>
        {error ?? (unknown.value.sentence || <PromptHint store={studio.store} />)}
      </p>
    </div>
  );
}

function PromptHint({ store: { prompt, model, inputs } }: { readonly store: Store }) {
  // Counting code points of a short text on every key is free; of a long one it is not needed earlier.
  if (prompt.value.length >= SHOW_COUNT_FROM) {
    return <>{`${codePoints(prompt.value)} of ${MAX_PROMPT_CODE_POINTS} characters`}</>;
  }
  if (model.value.weights.type !== 'embedded') return <>What is in it, and how it should look.</>;
  if (inputs.value.length === 0) return <>One thing, its colour, a style, a background.</>;
  return (
    <>
      {inputs.value.length === 1 ? 'What to change in the picture.' : 'Which image gives what: “image 1”, “image 2”.'}
    </>
  );
}

/** Notes where somebody types, until a pause: a word there is not finished. */
function useTyping({ typingAt }: Store) {
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const end = () => {
    clearTimeout(timer.current);
    typingAt.value = null;
  };
  useEffect(() => end, []);
  return {
    end,
    at: (caret: number) => {
      clearTimeout(timer.current);
      typingAt.value = caret;
      timer.current = setTimeout(end, TYPING_PAUSE_MS);
    },
  };
}
