/** What the page can do. Together with `pictures.ts` the only place that changes the store. */
import { batch } from '@preact/signals';
import { toPlainError } from '../api/errors';
import type { GenerateRequest, Tessera } from '../client/tessera';
import type { ModelEntry } from '../models/types';
import type { DeviceChoice } from '../pipeline/job';
import type { NoticeCode, ProgressEvent } from '../pipeline/progress';
import { Announcer } from './announcer';
import { promptMessage } from './messages';
import { addPicture, removePicture } from './pictures';
import { advance, DRAW_STAGES, LOAD_STAGES, startProgress } from './progress';
import type { Settings } from './settings';
import { createStore, type Store, type StudioPicture } from './store';

export interface StudioOptions {
  readonly tessera: Tessera;
  readonly model: ModelEntry;
  readonly settings: Settings;
  /** Called on each Generate, inside the user's gesture. */
  readonly onGenerate: () => void;
}

export class Studio {
  readonly store: Store;
  readonly model: ModelEntry;
  readonly #tessera: Tessera;
  readonly #onGenerate: () => void;
  readonly #announcer: Announcer;
  #run: AbortController | null = null;

  constructor({ tessera, model, settings, onGenerate }: StudioOptions) {
    this.store = createStore(settings);
    this.model = model;
    this.#tessera = tessera;
    this.#onGenerate = onGenerate;
    this.#announcer = new Announcer(this.store.announcement);
  }

  /** Loads the model, so that the first picture does not have to wait for it. */
  async load(): Promise<void> {
    const { store } = this;
    const device = store.device.value;
    const isCurrent = () => store.device.value === device;
    store.isLoading.value = true;
    store.problem.value = null;
    store.progress.value ??= startProgress(LOAD_STAGES);
    try {
      const info = await this.#tessera.ready((event) => isCurrent() && this.#apply(event));
      if (!isCurrent()) return;
      store.engine.value = info;
      if (info.weightsInMemory) addNotice(store, 'storage_unavailable');
    } catch (thrown) {
      // A run that waits for the same model reports the failure itself.
      if (isCurrent() && !store.isRunning.value) this.#report(thrown, () => this.load());
    } finally {
      if (isCurrent()) endLoad(store);
    }
  }

  async generate(): Promise<void> {
    const { store } = this;
    if (store.isRunning.value) return;
    this.#onGenerate();
    const run = new AbortController();
    this.#run = run;
    const request = requestFor(store, this.model);
    const asked = { prompt: request.prompt, ratio: store.ratio.value, outputFormat: store.outputFormat.value };
    startRun(store);
    try {
      const answer = await this.#tessera.generate(request, {
        previews: true,
        signal: run.signal,
        // A cancelled job may still say something while the next one runs.
        onProgress: (event) => this.#run === run && this.#apply(event),
      });
      addPicture(store, { ...asked, answer });
      this.announce(`The picture is ready. Seed ${answer.seed}.`);
      if (!store.engine.value) void this.load();
    } catch (thrown) {
      this.#report(thrown, () => this.generate());
    } finally {
      this.#run = null;
      endRun(store);
    }
  }

  cancel(): void {
    this.#run?.abort();
  }

  changeDevice(device: DeviceChoice): void {
    const { store } = this;
    if (store.isRunning.value || device === store.device.value) return;
    batch(() => {
      store.device.value = device;
      store.engine.value = null;
      store.problem.value = null;
      store.progress.value = null;
      dropNotices(store, ['no_webgpu', 'software_gpu']);
    });
    this.#tessera.useDevice(device);
    void this.load();
  }

  show(id: string): void {
    this.store.problem.value = null;
    this.store.shownId.value = id;
  }

  remove(id: string): void {
    removePicture(this.store, id);
    this.announce('Picture removed.');
  }

  /** Fixes the seed to that of a picture, so that the next one differs in words alone. */
  reuseSeed({ answer }: StudioPicture): void {
    this.store.seed.value = answer.seed;
    this.store.seedIsFixed.value = true;
    this.announce(`The next picture starts from seed ${answer.seed}.`);
  }

  announce(text: string): void {
    this.#announcer.say(text);
  }

  #apply(event: ProgressEvent): void {
    const { store } = this;
    if (event.type === 'notice') addNotice(store, event.code);
    batch(() => {
      if (store.progress.value) store.progress.value = advance(store.progress.value, event);
      if (event.type === 'step' && event.preview && store.isRunning.value) store.preview.value = event.preview;
    });
    if (store.isRunning.value && store.progress.value) this.#announcer.mention(store.progress.value.line);
  }

  #report(thrown: unknown, again: () => Promise<void>): void {
    const error = toPlainError(thrown);
    if (error.code === 'cancelled') this.announce('Cancelled.');
    else if (error.param === 'prompt') this.store.promptError.value = promptMessage(error);
    else this.store.problem.value = { error, retry: () => void again() };
  }
}

function requestFor(store: Store, model: ModelEntry): GenerateRequest {
  const seed = store.seedIsFixed.value ? store.seed.value : null;
  return {
    model: model.id,
    prompt: store.prompt.value,
    aspect_ratio: store.ratio.value,
    output_format: store.outputFormat.value,
    steps: store.steps.value,
    ...(seed === null ? {} : { seed }),
  };
}

function startRun(store: Store): void {
  batch(() => {
    const stages = store.engine.value ? DRAW_STAGES : [...LOAD_STAGES, ...DRAW_STAGES];
    store.isRunning.value = true;
    store.progress.value = startProgress(stages, store.pictures.value[0]?.answer.timings_ms);
    store.preview.value = null;
    store.problem.value = null;
    store.promptError.value = null;
    dropNotices(store, ['prompt_truncated']);
  });
}

function endRun(store: Store): void {
  batch(() => {
    store.isRunning.value = false;
    store.progress.value = store.isLoading.value ? startProgress(LOAD_STAGES) : null;
    store.preview.value = null;
  });
}

function endLoad(store: Store): void {
  batch(() => {
    store.isLoading.value = false;
    if (!store.isRunning.value) store.progress.value = null;
  });
}

function addNotice(store: Store, code: NoticeCode): void {
  if (!store.notices.value.includes(code)) store.notices.value = [...store.notices.value, code];
}

function dropNotices(store: Store, codes: readonly NoticeCode[]): void {
  store.notices.value = store.notices.value.filter((code) => !codes.includes(code));
}
