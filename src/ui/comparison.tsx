/** The picture before an edit, drawn over the one after it as far as a slider goes. */
import { useState } from 'preact/hooks';

export function Comparison({ beforeUrl }: { readonly beforeUrl: string }) {
  const [percent, setPercent] = useState(0);
  return (
    <>
      <img
        class="before"
        src={beforeUrl}
        alt="Before"
        hidden={percent === 0}
        style={{ clipPath: `inset(0 ${100 - percent}% 0 0)` }}
      />
      <div class="before-edge" hidden={percent === 0} style={{ left: `${percent}%` }} />
      <label class="comparison">
        <span>Before</span>
        <input
          type="range"
          min={0}
          max={100}
          step={5}
          value={percent}
          aria-label="How much of the picture before the edit"
          aria-valuetext={`${percent}% before, ${100 - percent}% after`}
          onInput={({ currentTarget }) => setPercent(currentTarget.valueAsNumber)}
        />
      </label>
    </>
  );
}
