/** How the picture on the easel came about, and ways to go on from it. */
import { planWords } from './forecast';
import { Icon } from './icons';
import { useShown } from './models/inputs';
import { settingsLink } from './settings';
import type { StudioPicture } from './store';
import type { Studio } from './studio';
import { DEVICE_NAMES, totalSeconds } from './timings';

export function PictureDetails({ studio }: { readonly studio: Studio }) {
  const { shown, draft } = studio.store;
  const picture = shown.value;
  // It is not on the easel while a first look is.
  if (!picture || draft.value) return null;
  return (
    <section class="details" aria-labelledby="details-title">
      <h2 id="details-title" class="visually-hidden">
        About this picture
      </h2>
      <p class="details-prompt">{picture.prompt}</p>
      <div class="details-actions">
        <button type="button" class="button" onClick={() => studio.reuseSeed(picture)}>
          <Icon name="repeat" />
          Use seed {picture.answer.seed}
        </button>
        <button type="button" class="button" onClick={() => void copySettings(studio, picture)}>
          <Icon name="link" />
          Copy settings
        </button>
        {studio.model.images === 'start' && (
          <button type="button" class="button" onClick={() => void use(studio, picture)}>
            <Icon name="picture" />
            Start from this picture
          </button>
        )}
      </div>
      <Facts picture={picture} />
    </section>
  );
}

function Facts({ picture: { answer, outputFormat } }: { readonly picture: StudioPicture }) {
  const image = answer.data[0];
  const stages = Object.entries(answer.timings_ms).map(([stage, ms]) => `${stage} ${Math.round(ms)} ms`);
  const facts: readonly (readonly [string, string])[] = [
    ['Seed', String(answer.seed)],
    ['Steps', String(answer.steps)],
    ['Size', `${image?.width} × ${image?.height}, ${outputFormat.toUpperCase()}`],
    ['Device', DEVICE_NAMES[answer.device]],
    ['Served by', answer.served_by],
    ['Made', planWords(answer.plan)],
    ['Time', `${totalSeconds(answer.timings_ms)} (${stages.join(', ')})`],
    ['Id', answer.id],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

async function use(studio: Studio, picture: StudioPicture): Promise<void> {
  await useShown(studio.store, picture);
  studio.announce('The next picture is made from this one.');
}

async function copySettings(studio: Studio, { answer, ...asked }: StudioPicture): Promise<void> {
  const link = settingsLink(location.href, {
    ...asked,
    seed: answer.seed,
    model: answer.served_by,
    steps: answer.steps,
  });
  try {
    await navigator.clipboard.writeText(link);
    studio.announce('Copied: a link that opens the page with these settings.');
  } catch {
    // Without permission for the clipboard, the address bar holds the link to copy.
    history.replaceState(null, '', link);
    studio.announce('The clipboard is closed to this page. The address bar now holds the link.');
  }
}
