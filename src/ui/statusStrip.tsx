/** One line under the easel: what is going on, how far it is, or that everything is ready. Its height never changes. */
import type { Progress } from './progress';
import type { Store } from './store';
import { DEVICE_NAMES, totalSeconds } from './timings';

export function StatusStrip({ store }: { readonly store: Store }) {
  const { progress } = store;
  return (
    <div class="status-strip">
      {progress.value ? <Moving progress={progress.value} /> : <p class="status-line">{restingLine(store)}</p>}
    </div>
  );
}

function Moving({ progress }: { readonly progress: Progress }) {
  const percent = Math.round(progress.fraction * 100);
  return (
    <>
      <p class="status-line" id="status-line">
        <span>{progress.line}</span>
        <span class="percent">{percent}%</span>
      </p>
      <div
        class="bar"
        role="progressbar"
        aria-labelledby="status-line"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={`${progress.line}, ${percent}%`}
      >
        <div class="bar-fill" style={{ transform: `scaleX(${progress.fraction.toFixed(3)})` }} />
      </div>
    </>
  );
}

function restingLine({ engine, shown, problem, model, draft }: Store): string {
  if (problem.value) return 'Stopped';
  if (draft.value) return 'A first look. Generate draws it in full';
  const picture = shown.value?.answer;
  if (picture) return `Drawn in ${totalSeconds(picture.timings_ms)} on the ${DEVICE_NAMES[picture.device]}`;
  if (engine.value) return `Ready, on the ${DEVICE_NAMES[engine.value.device]}`;
  return `${model.value.name} is loaded with its next picture`;
}
