/** A number within a range, with its value beside. */
interface SliderProps {
  readonly id: string;
  readonly label: string;
  readonly range: { readonly min: number; readonly max: number; readonly step: number };
  readonly value: number;
  readonly onInput: (value: number) => void;
}

export function Slider({ id, label, range, value, onInput }: SliderProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="steps-row">
        <input
          id={id}
          type="range"
          {...range}
          value={value}
          onInput={({ currentTarget }) => onInput(Number(currentTarget.value))}
        />
        <output for={id}>{value}</output>
      </div>
    </div>
  );
}
