/** What a screen reader hears while a picture is drawn: milestones, not every percent. */
import type { Signal } from '@preact/signals';

/** Time for one short sentence. */
const MIN_PAUSE_MS = 2500;

export class Announcer {
  #lastMs = Number.NEGATIVE_INFINITY;

  /** `announcement` is what the page's live region holds. */
  constructor(readonly announcement: Signal<string>) {}

  /** Always spoken: results, and answers to what the user did. */
  say(text: string): void {
    this.#lastMs = performance.now();
    // The same words twice would not be a change, and stay unspoken.
    this.announcement.value = this.announcement.value === text ? `${text}\u00a0` : text;
  }

  /** Spoken only when nothing else was for a while. */
  mention(text: string): void {
    if (performance.now() - this.#lastMs >= MIN_PAUSE_MS) this.say(text);
  }
}
