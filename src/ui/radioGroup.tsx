/** A choice of one, as native radio buttons: arrow keys and screen readers work without our help. */
import type { ComponentChildren } from 'preact';

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly icon?: ComponentChildren;
}

export interface RadioGroupProps<T extends string> {
  readonly legend: string;
  readonly name: string;
  readonly choices: readonly Choice<T>[];
  readonly selected: T;
  readonly disabled?: boolean;
  /** Id of what explains the choice. */
  readonly describedBy?: string;
  readonly onSelect: (value: T) => void;
}

export function RadioGroup<T extends string>({ legend, name, choices, selected, ...rest }: RadioGroupProps<T>) {
  return (
    <fieldset class="field radio-group" disabled={rest.disabled ?? false} aria-describedby={rest.describedBy}>
      <legend>{legend}</legend>
      <div class="radio-row">
        {choices.map(({ value, label, icon }) => (
          <label key={value} class="radio">
            <input
              type="radio"
              name={name}
              value={value}
              checked={value === selected}
              onChange={() => rest.onSelect(value)}
            />
            <span class="radio-face">
              {icon}
              {label}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
