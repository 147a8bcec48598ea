/** Draws first looks while somebody types: small, in a step or two. Everything else that is drawn goes before. */
import { effect } from '@preact/signals';
import { toPlainError } from '../../api/errors';
import type { GenerateRequest, Tessera } from '../../client/tessera';
import { requestFor } from '../request';
import type { Draft, Store } from '../store';
import { storeChoice, storedChoice } from './choice';
import { paceOf } from './pace';

/** Without a key, until a look is drawn. */
const PAUSE_MS = 350;

export class LivePreview {
  readonly #store: Store;
  readonly #tessera: Pick<Tessera, 'preview'>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #look: AbortController | null = null;
  /** What was drawn last, as a look or in full: a look at it again would show nothing new. */
  #drawn: string;

  constructor(store: Store, tessera: Pick<Tessera, 'preview'>) {
    this.#store = store;
    this.#tessera = tessera;
    this.#drawn = formOf(store);
    store.wantsDrafts.value = storedChoice();
    effect(() => this.#follow());
  }

  choose(isOn: boolean): void {
    this.#drawn = '';
    this.#store.wantsDrafts.value = isOn;
    storeChoice(isOn);
  }

  /** Nothing is looked at until the form changes: somebody looks at something else. */
  rest(): void {
    this.#stop();
    this.#drawn = formOf(this.#store);
  }

  /** Runs again with every change of what it reads: the form, and whether a look may be drawn now. */
  #follow(): void {
    const store = this.#store;
    const form = formOf(store);
    const { isOn, steps } = paceOf(store);
    this.#stop();
    if (store.isRunning.value) {
      // What the picture is drawn from stays, should it come to nothing: its seed is the one to draw then.
      if (form !== this.#drawn) dropDraft(store);
      this.#drawn = form;
      return;
    }
    // A seed that is chosen after a look is what Generate will draw.
    const { value: isFixed } = store.seedIsFixed;
    const { value: seed } = store.seed;
    const draft = store.draft.peek();
    if (draft && isFixed && seed !== draft.seed) this.#drawn = '';
    if (!isOn || store.prompt.value.trim() === '') dropDraft(store);
    else if (form !== this.#drawn && store.engine.value && store.easelIsSeen.value)
      this.#timer = setTimeout(() => void this.#draw(form, steps), PAUSE_MS);
  }

  async #draw(form: string, steps: number): Promise<void> {
    const store = this.#store;
    const look = new AbortController();
    this.#look = look;
    const request = requestForLook(store, steps);
    const { prompt, seed } = request;
    const asked = { prompt, seed, steps, ratio: store.ratio.value, resolution: store.resolution.value };
    try {
      const file = await this.#tessera.preview(request, { signal: look.signal });
      if (look.signal.aborted) return;
      this.#drawn = form;
      showDraft(store, { ...asked, url: URL.createObjectURL(file) });
    } catch (thrown) {
      // What is wrong with the words is for Generate to say, and what was given up is asked for again with the next key.
      const { code, param } = toPlainError(thrown);
      if (code !== 'cancelled' && param === null) store.wantsDrafts.value = false;
    }
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#look?.abort();
    this.#look = null;
  }
}

/** What a look depends on. Not on the seed: choosing the one of a picture should leave the picture where it is. */
function formOf({ model, prompt, ratio, resolution, inputs }: Store): string {
  const pictures = inputs.value.map(({ url }) => url);
  return JSON.stringify([model.value.id, prompt.value.trim(), ratio.value, resolution.value, pictures]);
}

/** One seed for all looks until a picture is drawn, which then starts from it too. */
function requestForLook(store: Store, steps: number): GenerateRequest & { readonly seed: number } {
  const { seed, ...request } = requestFor(store);
  const anySeed = () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  return { ...request, steps, seed: seed ?? anySeed(), output_format: 'png', metadata: false };
}

function showDraft(store: Store, draft: Draft): void {
  const before = store.draft.value;
  store.draft.value = draft;
  if (before) URL.revokeObjectURL(before.url);
}

export function dropDraft({ draft }: Store): void {
  const dropped = draft.peek();
  if (!dropped) return;
  draft.value = null;
  URL.revokeObjectURL(dropped.url);
}
