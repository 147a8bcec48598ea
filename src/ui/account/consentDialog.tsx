/** Asked before a prompt first leaves the machine. */
import { h, render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Opens the dialog; resolves to what was chosen. Escape and closing are a no. */
export function askConsent(serviceOrigin: string): Promise<boolean> {
  const place = document.body.appendChild(document.createElement('div'));
  return new Promise<boolean>((resolve) => {
    render(h(ConsentDialog, { host: new URL(serviceOrigin).host, onAnswer: resolve }), place);
  }).finally(() => {
    render(null, place);
    place.remove();
  });
}

interface ConsentDialogProps {
  readonly host: string;
  readonly onAnswer: (agrees: boolean) => void;
}

function ConsentDialog({ host, onAnswer }: ConsentDialogProps) {
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
          This request asks for the hosted service. Its prompt and pictures would leave your machine, and {host} would
          charge your own key for it. Requests after this one will not ask again.
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
