/** Asked before a prompt first leaves the machine. */
import { h, render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { ConsentQuestion } from '../../api/deps';

/** Opens the dialog; resolves to what was chosen. Escape and closing are a no. */
export function askConsent(question: ConsentQuestion): Promise<boolean> {
  const place = document.body.appendChild(document.createElement('div'));
  return new Promise<boolean>((resolve) => {
    render(h(ConsentDialog, { question, onAnswer: resolve }), place);
  }).finally(() => {
    render(null, place);
    place.remove();
  });
}

interface ConsentDialogProps {
  readonly question: ConsentQuestion;
  readonly onAnswer: (agrees: boolean) => void;
}

function ConsentDialog({ question: { origin, model, references }, onAnswer }: ConsentDialogProps) {
  const { host } = new URL(origin);
  const what = references === 0 ? 'Its prompt' : 'Its prompt and its pictures';
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="consent"
      aria-labelledby="consent-title"
      aria-describedby="consent-text"
      onClose={({ currentTarget }) => onAnswer(currentTarget.returnValue === 'yes')}
    >
      <form method="dialog">
        <h2 id="consent-title">Send this to {host}?</h2>
        <p id="consent-text">
          A request asks {host} to draw with {model}. {what} would leave your machine, and your own key would be
          charged. Until this page is loaded again, you will not be asked another time.
        </p>
        <div class="account-actions">
          <button type="submit" class="button" value="no">
            Keep it here
          </button>
          <button type="submit" class="button primary" value="yes">
            Send it
          </button>
        </div>
      </form>
    </dialog>
  );
}
