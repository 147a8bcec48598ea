/** What the page can do. Together with `pictures.ts` the only place that changes the store. */
import { batch, effect } from '@preact/signals';
import { toPlainError } from '../api/errors';
import type { Account } from '../client/account';
import type { ModelLibrary } from '../client/library';
import type { Tessera } from '../client/tessera';
import type { ModelEntry } from '../models/types';
import type { DeviceChoice, PictureParameters, TiledPlan, TimingsMs } from '../pipeline/job';
import type { NoticeCode, ProgressEvent } from '../pipeline/progress';
import { Announcer } from './announcer';
import { LivePreview } from './livePreview/livePreview';
import { promptMessage } from './messages';
import { switchModel, usableModel } from './models/chosen';
import { addPicture, decoded, keepBefore, removePicture, showPicture } from './pictures';
import { advance, DRAW_STAGES, isMilestone, LOAD_STAGES, startProgress } from './progress';
import { requestFor } from './request';
import { oneOf, type Settings, stepsFor } from './settings';
import { createStore, type Store, type StudioPicture } from './store';

export interface StudioOptions {
  readonly tessera: Tessera;
  readonly account: Account;
  readonly library: ModelLibrary;
  readonly model: ModelEntry;
  readonly settings: Settings;
  /** Called on each Generate, inside the user's gesture. */
  readonly onGenerate: () => void;
  /** Reads how a picture was made from its file; null when the file does not tell. */
  readonly readParameters: (file: Blob) => Promise<PictureParameters | null>;
}

export class Studio {
  readonly store: Store;
  readonly account: Account;
  readonly library: ModelLibrary;
  readonly livePreview: LivePreview;
  readonly #tessera: Tessera;
  readonly #onGenerate: () => void;
  readonly #readParameters: StudioOptions['readParameters'];
  readonly #announcer: Announcer;
  /** What the page's address asks for; its model may be on this machine. */
  readonly #linked: Settings;
  #run: AbortController | null = null;

  constructor({ tessera, account, library, model, settings, onGenerate, readParameters }: StudioOptions) {
    this.store = createStore(settings, model);
    this.#linked = settings;
    this.account = account;
    this.library = library;
    this.#tessera = tessera;
    this.#onGenerate = onGenerate;
    this.#readParameters = readParameters;
    this.#announcer = new Announcer(this.store.announcement);
    this.livePreview = new LivePreview(this.store, tessera);
    effect(() => this.#foresee());
    library.onChange(() => this.#listModels());
    this.#listModels();
  }

  get model(): ModelEntry {
    return this.store.model.value;
  }

  /** Loads the model, so that the first picture does not have to wait for it. */
  async load(): Promise<void> {
    const { store } = this;
    const device = store.device.value;
    const { model } = this;
    const isCurrent = () => store.device.value === device;
    store.isLoading.value = true;
    store.problem.value = null;
    store.progress.value ??= startProgress(LOAD_STAGES);
    try {
      const info = await this.#tessera.ready((event) => isCurrent() && this.#apply(event));
      if (!isCurrent()) return;
      if (model === this.model) store.engine.value = info;
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
    const request = requestFor(store);
    const { model } = this;
    const asked = {
      prompt: request.prompt,
      ratio: store.ratio.value,
      resolution: store.resolution.value,
      outputFormat: store.outputFormat.value,
    };
    const before = keepBefore(request.images ?? []);
    startRun(store);
    try {
      const answer = await this.#tessera.generate(request, {
        previews: true,
        signal: run.signal,
        // A cancelled job may still say something while the next one runs.
        onProgress: (event) => this.#run === run && this.#apply(event),
      });
      await decoded(answer.data[0]?.url ?? '');
      addPicture(store, { ...asked, answer, thumbnail: store.thumbnail.value, before: await before });
      this.announce(`The picture is ready. Seed ${answer.seed}.`);
      if (!store.engine.value && model === this.model) void this.load();
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

  /** Draws with another model from now on. It is loaded with its next picture. */
  useModel(id: string): void {
    const model = usableModel(this.store.models.value, id);
    if (!model || id === this.model.id) return;
    switchModel(this.store, model);
    this.announce(`${model.name} draws from now on.`);
  }

  /** Reads what is on this machine, and takes the model that the page's address asks for, if it is there. */
  async findModels(): Promise<void> {
    await this.library.refresh();
    this.#listModels();
    const { model, steps } = this.#linked;
    if (model === null || model === this.model.id) return;
    this.useModel(model);
    if (model === this.model.id) this.store.steps.value = stepsFor(this.model, steps);
    else this.#tell(`These settings are for the model ${this.#nameOf(model)}, which is not on this machine.`);
  }

  changeDevice(device: DeviceChoice): void {
    const { store } = this;
    if (store.isRunning.value || device === store.device.value) return;
    this.#tessera.useDevice(device);
    batch(() => {
      store.device.value = device;
      store.engine.value = null;
      store.problem.value = null;
      store.progress.value = null;
      dropNotices(store, ['no_webgpu', 'software_gpu']);
    });
    void this.load();
  }

  show(id: string): void {
    this.livePreview.rest();
    showPicture(this.store, id);
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

  /** Fills up the credits and draws what they were missing for. */
  async topUp(retry: () => void): Promise<void> {
    await this.account.topUp();
    retry();
  }

  /** Takes the settings of a picture that Tessera made, and says what came of it. */
  async open(file: Blob): Promise<void> {
    const parameters = await this.#readParameters(file);
    this.#tell(parameters ? this.#take(parameters) : 'This file holds no settings of Tessera.');
  }

  announce(text: string): void {
    this.#announcer.say(text);
  }

  #apply(event: ProgressEvent): void {
    const { store } = this;
    if (event.type === 'notice') addNotice(store, event.code);
    batch(() => {
      if (store.progress.value) store.progress.value = advance(store.progress.value, event);
      if (!store.isRunning.value) return;
      if (event.type === 'plan') startPlan(store, event.plan);
      if (event.type === 'step' && event.preview) store.preview.value = event.preview;
      if (event.type === 'tile') store.tile.value = event;
      if (event.type === 'thumbnail') store.thumbnail.value = event.thumbnail;
    });
    const { value: progress } = store.progress;
    if (store.isRunning.value && progress && isMilestone(event, progress)) this.#announcer.mention(progress.line);
  }

  /** Downloads and other tabs change it. A model that is gone cannot draw: the one that comes with the page can. */
  #listModels(): void {
    const models = this.library.list();
    this.store.models.value = models;
    if (usableModel(models, this.model.id)) return;
    const embedded = models.find(({ state }) => state === 'embedded');
    if (embedded) this.useModel(embedded.entry.id);
  }

  #nameOf(id: string): string {
    return this.store.models.value.find(({ entry }) => entry.id === id)?.entry.name ?? id;
  }

  #tell(line: string): void {
    this.store.openedLine.value = line;
    this.announce(line);
  }

  /** Follows every setting that the forecast depends on, and the times that pictures took. */
  #foresee(): void {
    const { store } = this;
    const { prompt: _, ...settings } = requestFor(store);
    // Read so that the forecast is renewed: tiles depend on the device, times on the pictures so far.
    void [store.engine.value, store.pictures.value];
    store.forecast.value = this.#tessera.forecast({ ...settings, prompt: 'anything' });
  }

  /** Returns the sentence about it. */
  #take(parameters: PictureParameters): string {
    const { store } = this;
    const { prompt, seed, steps, model, aspectRatio, resolution } = parameters;
    const drawsWith = usableModel(store.models.value, model);
    if (drawsWith && drawsWith !== this.model) switchModel(store, drawsWith);
    const ratio = oneOf(this.model.aspectRatios, aspectRatio);
    const size = oneOf(this.model.resolutions, resolution);
    batch(() => {
      store.prompt.value = prompt;
      store.promptError.value = null;
      store.seed.value = seed;
      store.seedIsFixed.value = true;
      store.ratio.value = ratio ?? store.ratio.value;
      store.resolution.value = size ?? store.resolution.value;
      if (stepsFor(this.model, steps) === steps) store.steps.value = steps;
    });
    const left = [
      ...(ratio ? [] : [`shape ${aspectRatio}`]),
      ...(size ? [] : [`size ${resolution}`]),
      ...(store.steps.value === steps ? [] : [`${steps} steps`]),
      ...(drawsWith ? [] : [`model ${this.#nameOf(model)}`]),
    ];
    const taken = `Settings taken from the picture: “${prompt}”, seed ${seed}.`;
    return left.length === 0 ? taken : `${taken} Not available here: ${left.join(', ')}.`;
  }

  #report(thrown: unknown, again: () => Promise<void>): void {
    const error = toPlainError(thrown);
    if (error.code === 'cancelled') this.announce('Cancelled.');
    else if (error.param === 'prompt') this.store.promptError.value = promptMessage(error);
    else this.store.problem.value = { error, retry: () => void again() };
  }
}

function startRun(store: Store): void {
  batch(() => {
    const stages = store.engine.value ? DRAW_STAGES : [...LOAD_STAGES, ...DRAW_STAGES];
    store.isRunning.value = true;
    store.progress.value = startProgress(stages, expectedTimes(store));
    clearDrawing(store);
    store.typingAt.value = null;
    store.openedLine.value = '';
    store.problem.value = null;
    store.promptError.value = null;
    dropNotices(store, ['prompt_truncated']);
  });
}

/** What the last picture took, with the work that grows with the pixels in proportion. */
function expectedTimes({ pictures, forecast }: Store): TimingsMs {
  const last = pictures.value[0]?.answer;
  const { width = 0, height = 0 } = last?.data[0] ?? {};
  const growth = last && forecast.value ? (forecast.value.width * forecast.value.height) / (width * height) : 1;
  const { upscale = 0, encode = 0, ...others } = last?.timings_ms ?? {};
  return last ? { ...others, upscale: upscale * growth, encode: encode * growth } : {};
}

function endRun(store: Store): void {
  batch(() => {
    store.isRunning.value = false;
    store.progress.value = store.isLoading.value ? startProgress(LOAD_STAGES) : null;
    clearDrawing(store);
  });
}

function clearDrawing(store: Store): void {
  store.preview.value = null;
  store.tile.value = null;
  store.thumbnail.value = null;
  store.plan.value = null;
}

/** A job that starts over in smaller tiles begins with an empty easel. */
function startPlan(store: Store, plan: TiledPlan): void {
  clearDrawing(store);
  store.plan.value = plan;
  store.attempt.value += 1;
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
