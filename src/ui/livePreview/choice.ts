/** What the user chose, from one visit to the next. */

const STORED_AS = 'tessera-live-preview';

/** Null when nothing was chosen, or cannot be read. */
export function storedChoice(): boolean | null {
  try {
    const stored = localStorage.getItem(STORED_AS);
    return stored === null ? null : stored === 'on';
  } catch {
    return null;
  }
}

export function storeChoice(isOn: boolean): void {
  try {
    localStorage.setItem(STORED_AS, isOn ? 'on' : 'off');
  } catch {
    // Without storage the choice holds for this visit.
  }
}
