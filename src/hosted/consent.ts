/** Nothing leaves the machine before the user has said yes. */
import { abortable } from '../api/abortable';
import type { ConsentQuestion } from '../api/deps';
import { ApiError } from '../api/errors';

export type AskConsent = (question: ConsentQuestion) => Promise<boolean>;

/** A yes holds until it is forgotten; a no is for one request. Requests that come meanwhile wait for the same answer. */
export class Consent {
  #pending: Promise<boolean> | null = null;
  #isGiven = false;

  constructor(private readonly ask: AskConsent) {}

  /** @throws ApiError `consent_required`, or the reason of the signal */
  async require(question: ConsentQuestion, signal: AbortSignal): Promise<void> {
    if (this.#isGiven) return;
    this.#pending ??= this.#asked(question);
    if (await abortable(this.#pending, signal)) return;
    const message = `This request would leave your machine for ${new URL(question.origin).host}, which was not allowed.`;
    throw new ApiError('consent_required', message, 'engine');
  }

  forget(): void {
    this.#isGiven = false;
    this.#pending = null;
  }

  #asked(question: ConsentQuestion): Promise<boolean> {
    // A question that could not be put was not answered with yes.
    const pending = Promise.resolve(question)
      .then(this.ask)
      .catch(() => false);
    void pending.then((isYes) => {
      // Forgotten meanwhile: the answer is only for the requests that waited.
      if (this.#pending !== pending) return;
      this.#isGiven = isYes;
      this.#pending = null;
    });
    return pending;
  }
}
