/** Makes a finished picture the one that the next prompt is about. */
import { Icon } from './icons';
import { putFirst } from './models/inputs';
import { PROMPT_ID } from './promptField';
import type { StudioPicture } from './store';
import type { Studio } from './studio';

export function EditButton({ studio, picture }: { readonly studio: Studio; readonly picture: StudioPicture }) {
  return (
    <button type="button" class="button" onClick={() => void edit(studio, picture)}>
      <Icon name="pencil" />
      Edit
    </button>
  );
}

async function edit(studio: Studio, picture: StudioPicture): Promise<void> {
  const { prompt, promptError } = studio.store;
  const gone = await putFirst(studio.store, picture);
  // What it was drawn from is told below it; a prompt that was written since stays.
  if (prompt.value === picture.prompt) prompt.value = '';
  promptError.value = null;
  document.getElementById(PROMPT_ID)?.focus();
  const room = gone === null ? '' : ` There was no room for ${gone} any more.`;
  studio.announce(`The picture is image 1 now.${room} Say what to change.`);
}
