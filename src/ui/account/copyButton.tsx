/** Puts a text on the clipboard and says so. */
import { Icon } from '../icons';
import type { Studio } from '../studio';

export interface CopyButtonProps {
  readonly studio: Studio;
  readonly text: string;
  /** Named to screen readers: `Copy key`. */
  readonly what: string;
}

export function CopyButton({ studio, text, what }: CopyButtonProps) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      studio.announce(`Copied: ${what}.`);
    } catch {
      studio.announce('The clipboard is closed to this page. Select the text and copy it by hand.');
    }
  };
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      <Icon name="link" />
      Copy <span class="visually-hidden">{what}</span>
    </button>
  );
}
