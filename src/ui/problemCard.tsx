/** A failure in words a person can act on, and the ways out as buttons. */
import { messageFor, REMEDY_LABELS, type Remedy } from './messages';
import type { Problem } from './store';
import type { Studio } from './studio';

export interface ProblemCardProps {
  readonly studio: Studio;
  readonly problem: Problem;
}

export function ProblemCard({ studio, problem }: ProblemCardProps) {
  const message = messageFor(problem.error, navigator.onLine);
  const remedies: Record<Remedy, () => void> = {
    retry: problem.retry,
    top_up: () => void studio.topUp(problem.retry),
    use_cpu: () => studio.changeDevice('wasm'),
    models: () => {
      studio.store.modelsAreOpen.value = true;
    },
    reload: () => location.reload(),
  };
  return (
    <div class="problem" role="alert" data-code={problem.error.code}>
      <h2>{message.title}</h2>
      <p>{message.text}</p>
      <p class="detail">
        {numberOf(problem.error)}
        {problem.error.message}
      </p>
      <div class="problem-actions">
        {message.remedies.map((remedy, index) => (
          <button
            key={remedy}
            type="button"
            class={index === 0 ? 'button primary' : 'button'}
            onClick={remedies[remedy]}
          >
            {REMEDY_LABELS[remedy]}
          </button>
        ))}
        <button
          type="button"
          class="button"
          onClick={() => {
            studio.store.problem.value = null;
          }}
        >
          Dismiss
        </button>
      </div>
    </div>
  );
}

/** Which of several pictures an error is about, by the number that the form shows. */
function numberOf({ param }: Problem['error']): string {
  const [, index] = /^images\.(\d+)/.exec(param ?? '') ?? [];
  return index === undefined ? '' : `Image ${Number(index) + 1}: `;
}
