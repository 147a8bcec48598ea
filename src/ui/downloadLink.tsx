/** Saves the file under the name of its id. */
import { Icon } from './icons';
import { fileName } from './pictures';
import type { StudioPicture } from './store';

export function DownloadLink({ picture }: { readonly picture: StudioPicture }) {
  return (
    <a class="button download" href={picture.answer.data[0]?.url} download={fileName(picture)}>
      <Icon name="download" />
      Download
    </a>
  );
}
