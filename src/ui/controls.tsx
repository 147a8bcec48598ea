/** The form: what to draw, in which shape, from which seed. */
import type { AspectRatio } from '../api/sizes';
import { forecastLine } from './forecast';
import { RatioIcon } from './icons';
import { ExtraFields } from './models/extraFields';
import { ModelField } from './models/modelField';
import { MoreSettings } from './moreSettings';
import { PROMPT_ID, PromptField } from './promptField';
import { RadioGroup } from './radioGroup';
import { SeedField } from './seedField';
import type { Studio } from './studio';
import { SuggestionBar } from './suggestionBar';

const ratioChoice = (ratio: AspectRatio) => ({ value: ratio, label: ratio, icon: <RatioIcon ratio={ratio} /> });

export function Controls({ studio }: { readonly studio: Studio }) {
  const { ratio } = studio.store;
  const submit = async () => {
    await studio.generate();
    if (studio.store.promptError.value !== null) document.getElementById(PROMPT_ID)?.focus();
  };
  return (
    <form
      class="controls"
      aria-label="Picture settings"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
      }}
    >
      <ModelField studio={studio} />
      <PromptField studio={studio} />
      {studio.model.id === 'pocket' && <SuggestionBar studio={studio} />}
      <ExtraFields studio={studio} />
      <RadioGroup
        legend="Shape"
        name="ratio"
        choices={studio.model.aspectRatios.map(ratioChoice)}
        selected={ratio.value}
        onSelect={(value) => {
          ratio.value = value;
        }}
      />
      <SizeField studio={studio} />
      <SeedField store={studio.store} />
      <MoreSettings studio={studio} />
      <RunButtons studio={studio} />
    </form>
  );
}

const FORECAST_ID = 'forecast';

function SizeField({ studio }: { readonly studio: Studio }) {
  const { resolution, forecast } = studio.store;
  return (
    <div class="size-field">
      <RadioGroup
        legend="Size"
        name="size"
        choices={studio.model.resolutions.map((value) => ({ value, label: value }))}
        selected={resolution.value}
        describedBy={FORECAST_ID}
        onSelect={(value) => {
          resolution.value = value;
        }}
      />
      <p class="forecast" id={FORECAST_ID}>
        {forecast.value && forecastLine(forecast.value)}
      </p>
    </div>
  );
}

function RunButtons({ studio }: { readonly studio: Studio }) {
  const isRunning = studio.store.isRunning.value;
  return (
    <div class="run-buttons">
      {/* Not `disabled` while drawing: that would take the keyboard focus away. */}
      <button
        type="submit"
        id="generate"
        class="button primary"
        aria-disabled={isRunning}
        aria-keyshortcuts="Control+Enter Meta+Enter"
      >
        {isRunning ? 'Drawing…' : 'Generate'} <Keys text="Ctrl ⏎" />
      </button>
      <button
        type="button"
        class="button"
        disabled={!isRunning}
        aria-keyshortcuts="Escape"
        onClick={() => {
          studio.cancel();
          document.getElementById('generate')?.focus();
        }}
      >
        Cancel <Keys text="Esc" />
      </button>
    </div>
  );
}

/** For the eyes only: `aria-keyshortcuts` tells it to everyone else. */
function Keys({ text }: { readonly text: string }) {
  return (
    <span class="keys" aria-hidden="true">
      {text}
    </span>
  );
}
