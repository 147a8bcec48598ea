/** The pictures that were given, in the order that prompts number them by; each can be moved and taken away. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../icons';
import type { InputPicture } from '../store';
import type { Studio } from '../studio';
import { moveInput, removeInput } from './inputs';

type Action = 'earlier' | 'later' | 'remove';

/** Which button has the focus once the list has changed. */
interface Wanted {
  readonly index: number;
  readonly action: Action;
}

interface GivenPicturesProps {
  readonly studio: Studio;
  /** Told when the last one is gone, so that the focus is not lost with it. */
  readonly onEmpty: () => void;
}

export function GivenPictures({ studio, onEmpty }: GivenPicturesProps) {
  const { store } = studio;
  const list = useRef<HTMLUListElement>(null);
  const wanted = useRef<Wanted | null>(null);
  useLayoutEffect(() => {
    if (wanted.current) focusOn(list.current, wanted.current) || onEmpty();
    wanted.current = null;
  });
  const act = (index: number, action: Action) => {
    const picture = store.inputs.value[index];
    if (!picture) return;
    const to = { earlier: index - 1, later: index + 1, remove: index }[action];
    wanted.current = { index: to, action };
    if (action === 'remove') removeInput(store, picture.url);
    else moveInput(store, picture.url, action === 'earlier' ? -1 : 1);
    studio.announce(action === 'remove' ? `${picture.name} removed.` : `${picture.name} is image ${to + 1} now.`);
  };
  return (
    <ul ref={list}>
      {store.inputs.value.map((picture, index, { length }) => (
        <Given key={picture.url} picture={picture} place={{ index, length }} onAct={(action) => act(index, action)} />
      ))}
    </ul>
  );
}

interface GivenProps {
  readonly picture: InputPicture;
  readonly place: { readonly index: number; readonly length: number };
  readonly onAct: (action: Action) => void;
}

function Given({ picture: { url, name }, place: { index, length }, onAct }: GivenProps) {
  const isOne = length === 1;
  return (
    <li>
      <img src={url} alt={isOne ? name : `Picture ${index + 1}: ${name}`} width={72} height={72} />
      <span class="given-number" aria-hidden="true">
        image {index + 1}
      </span>
      <div class="given-actions">
        {!isOne && (
          <ActionButton action="earlier" isOff={index === 0} onAct={onAct} label={`Move ${name} to place ${index}`} />
        )}
        <ActionButton action="remove" onAct={onAct} label={`Remove ${name}`} />
        {!isOne && (
          <ActionButton
            action="later"
            isOff={index === length - 1}
            onAct={onAct}
            label={`Move ${name} to place ${index + 2}`}
          />
        )}
      </div>
    </li>
  );
}

interface ActionButtonProps {
  readonly action: Action;
  readonly label: string;
  readonly isOff?: boolean;
  readonly onAct: (action: Action) => void;
}

function ActionButton({ action, label, isOff = false, onAct }: ActionButtonProps) {
  return (
    <button type="button" data-action={action} disabled={isOff} onClick={() => onAct(action)}>
      <Icon name={action === 'remove' ? 'close' : action} />
      <span class="visually-hidden">{label}</span>
    </button>
  );
}

/** The same button of the picture that is there now, or its nearest. False where no picture is left. */
function focusOn(list: HTMLElement | null, { index, action }: Wanted): boolean {
  const item = list?.children[index] ?? list?.lastElementChild;
  const button =
    item?.querySelector<HTMLElement>(`[data-action="${action}"]:enabled`) ??
    item?.querySelector<HTMLElement>('button:enabled');
  button?.focus();
  return button !== undefined && button !== null;
}
