/** Chips under the prompt: one tab stop, arrow keys between them, Enter takes one and returns to the prompt. */
import { PROMPT_ID } from './promptField';
import type { Studio } from './studio';
import { corrections, type Suggestion, suggest, surprise } from './suggestions';

export function SuggestionBar({ studio }: { readonly studio: Studio }) {
  const { prompt, promptError, vocabulary, inputs, unknown } = studio.store;
  const take = (text: string) => {
    prompt.value = text;
    promptError.value = null;
    // Browsers put the caret at the end of a text they are given: typing goes on there.
    document.getElementById(PROMPT_ID)?.focus();
  };
  return (
    <div class="suggestions" role="toolbar" aria-label="Suggestions for the prompt" onKeyDown={moveFocus}>
      {vocabulary.value && (
        <Chips
          suggestions={[
            ...corrections(prompt.value, unknown.value.words),
            ...suggest(prompt.value, vocabulary.value, inputs.value.length),
          ]}
          onSurprise={() => vocabulary.value && take(surprise(vocabulary.value, inputs.value.length, Math.random))}
          onTake={take}
        />
      )}
    </div>
  );
}

interface ChipsProps {
  readonly suggestions: readonly Suggestion[];
  readonly onSurprise: () => void;
  readonly onTake: (prompt: string) => void;
}

function Chips({ suggestions, onSurprise, onTake }: ChipsProps) {
  return (
    <>
      {suggestions.map((suggestion, index) => (
        <Chip key={suggestion.label} suggestion={suggestion} isTabStop={index === 0} onTake={onTake} />
      ))}
      <button
        type="button"
        class="chip chip-surprise"
        tabIndex={suggestions.length === 0 ? 0 : -1}
        onClick={onSurprise}
      >
        Surprise me
      </button>
    </>
  );
}

interface ChipProps {
  readonly suggestion: Suggestion;
  readonly isTabStop: boolean;
  readonly onTake: (prompt: string) => void;
}

function Chip({ suggestion, isTabStop, onTake }: ChipProps) {
  return (
    <button type="button" class="chip" tabIndex={isTabStop ? 0 : -1} onClick={() => onTake(suggestion.prompt)}>
      {suggestion.label}
    </button>
  );
}

const MOVES: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

function moveFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const chips = [...event.currentTarget.querySelectorAll('button')];
  const index = event.target instanceof HTMLButtonElement ? chips.indexOf(event.target) : -1;
  const move = MOVES[event.key];
  if (!move || index < 0) return;
  event.preventDefault();
  chips[move(index, chips.length)]?.focus();
}
