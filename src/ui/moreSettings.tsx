/** Settings most people never touch: steps, file format, device. */
import type { DeviceChoice, OutputFormat } from '../pipeline/job';
import { type Choice, RadioGroup } from './radioGroup';
import type { Studio } from './studio';

const FORMATS: readonly Choice<OutputFormat>[] = [
  { value: 'png', label: 'PNG' },
  { value: 'jpeg', label: 'JPEG' },
  { value: 'webp', label: 'WebP' },
];

const DEVICES: readonly Choice<DeviceChoice>[] = [
  { value: 'auto', label: 'Auto' },
  { value: 'webgpu', label: 'GPU' },
  { value: 'wasm', label: 'CPU' },
];

export function MoreSettings({ studio }: { readonly studio: Studio }) {
  const { outputFormat, device, isRunning, writesSettings } = studio.store;
  return (
    <details class="more-settings">
      <summary>More settings</summary>
      <div class="more-settings-body">
        <StepsField studio={studio} />
        <RadioGroup
          legend="File format"
          name="format"
          choices={FORMATS}
          selected={outputFormat.value}
          onSelect={(value) => {
            outputFormat.value = value;
          }}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={writesSettings.value}
            onChange={(event) => {
              writesSettings.value = event.currentTarget.checked;
            }}
          />
          Write prompt, seed and size into the file
        </label>
        <RadioGroup
          legend="Device"
          name="device"
          choices={DEVICES}
          selected={device.value}
          disabled={isRunning.value}
          onSelect={(value) => studio.changeDevice(value)}
        />
      </div>
    </details>
  );
}

function StepsField({ studio }: { readonly studio: Studio }) {
  const { steps } = studio.store;
  const { min, max } = studio.model.steps;
  return (
    <div class="field steps-field">
      <label for="steps">Steps</label>
      <div class="steps-row">
        <input
          id="steps"
          type="range"
          min={min}
          max={max}
          step={1}
          value={steps.value}
          onInput={(event) => {
            steps.value = event.currentTarget.valueAsNumber;
          }}
        />
        <output for="steps">{steps.value}</output>
      </div>
    </div>
  );
}
