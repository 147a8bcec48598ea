/** The page's whole state: a handful of signals, and what follows from them. `studio.ts` and `pictures.ts` write to it, fields of the form to their own signal. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { PlainError } from '../api/errors';
import { type AspectRatio, outputSize, type Resolution, type SizePx } from '../api/sizes';
import type { ModelListing } from '../client/library';
import type { Forecast, GenerateAnswer } from '../client/tessera';
import type { ModelEntry } from '../models/types';
import type { DeviceChoice, OutputFormat, TiledPlan, WorkerInfo } from '../pipeline/job';
import type { NoticeCode, Preview, TileEvent } from '../pipeline/progress';
import type { Progress } from './progress';
import { type Settings, stepsFor } from './settings';
import type { Vocabulary } from './vocabulary';
import type { UnknownWord } from './words/unknownWords';

/** A finished picture of this session, with what it was asked for. */
export interface StudioPicture {
  readonly prompt: string;
  readonly ratio: AspectRatio;
  readonly resolution: Resolution;
  readonly outputFormat: OutputFormat;
  readonly answer: GenerateAnswer;
  readonly thumbnail: Preview | null;
  /** The only picture that it was made from, by an address of this page. */
  readonly beforeUrl: string | null;
}

/** A first look at what Generate would draw. */
export interface Draft {
  readonly url: string;
  readonly prompt: string;
  readonly seed: number;
  readonly steps: number;
  readonly ratio: AspectRatio;
  readonly resolution: Resolution;
}

/** What went wrong last, and how to do it again. */
export interface Problem {
  readonly error: PlainError;
  readonly retry: () => void;
}

/** A picture that the user gave, by an address of this page. */
export interface InputPicture {
  readonly url: string;
  readonly name: string;
  /** Whether it was drawn on this page. */
  readonly isDrawn: boolean;
}

/** Words of the prompt that the model does not know, and the sentence that says so. */
export interface Unknown {
  readonly words: readonly UnknownWord[];
  readonly sentence: string;
}

export interface Store {
  /** The model that draws. */
  readonly model: Signal<ModelEntry>;
  /** All there are; empty until the library has told. */
  readonly models: Signal<readonly ModelListing[]>;
  /** Pictures to start from, or to look at. */
  readonly inputs: Signal<readonly InputPicture[]>;
  readonly mask: Signal<InputPicture | null>;
  /** Null: the model's own. */
  readonly strength: Signal<number | null>;
  readonly guidance: Signal<number | null>;
  readonly negativePrompt: Signal<string>;
  readonly prompt: Signal<string>;
  readonly ratio: Signal<AspectRatio>;
  readonly resolution: Signal<Resolution>;
  /** The seed field: that of the last picture, or the one to use when `seedIsFixed`. */
  readonly seed: Signal<number | null>;
  readonly seedIsFixed: Signal<boolean>;
  readonly steps: Signal<number>;
  readonly outputFormat: Signal<OutputFormat>;
  readonly device: Signal<DeviceChoice>;
  /** Whether a file tells how it was made. */
  readonly writesSettings: Signal<boolean>;

  /** Where in the prompt somebody types; null when nobody does. */
  readonly typingAt: Signal<number | null>;
  readonly vocabulary: Signal<Vocabulary | null>;
  readonly unknown: Signal<Unknown>;
  /** Whether to draw first looks; null leaves it to how fast the device is. */
  readonly wantsDrafts: Signal<boolean | null>;
  readonly draft: Signal<Draft | null>;
  /** Whether the easel is where somebody can see it. */
  readonly easelIsSeen: Signal<boolean>;
  /** Null until the model is loaded. */
  readonly engine: Signal<WorkerInfo | null>;
  readonly isLoading: Signal<boolean>;
  readonly isRunning: Signal<boolean>;
  /** Null while nothing loads or draws. */
  readonly progress: Signal<Progress | null>;
  readonly preview: Signal<Preview | null>;
  /** What the picture being drawn will be; null until its worker has told. */
  readonly plan: Signal<TiledPlan | null>;
  /** Counts plans: a job that starts over has another one. */
  readonly attempt: Signal<number>;
  /** The tile finished last. */
  readonly tile: Signal<TileEvent | null>;
  /** Of the picture being drawn, at its end. */
  readonly thumbnail: Signal<Preview | null>;
  /** What the settings lead to. */
  readonly forecast: Signal<Forecast | null>;
  readonly problem: Signal<Problem | null>;
  readonly promptError: Signal<string | null>;
  readonly notices: Signal<readonly NoticeCode[]>;
  /** Newest first. */
  readonly pictures: Signal<readonly StudioPicture[]>;
  readonly shownId: Signal<string | null>;
  readonly shown: ReadonlySignal<StudioPicture | null>;
  /** The shape of what the easel holds: the picture shown, or the one being drawn. */
  readonly easelSize: ReadonlySignal<SizePx>;
  /** What came of the file opened last. */
  readonly openedLine: Signal<string>;
  readonly modelsAreOpen: Signal<boolean>;
  readonly announcement: Signal<string>;
}

export function createStore(settings: Settings, model: ModelEntry): Store {
  const ratio = signal(settings.ratio);
  const resolution = signal(settings.resolution);
  const plan = signal<TiledPlan | null>(null);
  const isRunning = signal(false);
  const pictures = signal<readonly StudioPicture[]>([]);
  const shownId = signal<string | null>(null);
  const draft = signal<Draft | null>(null);
  const shown = computed(() => pictures.value.find(({ answer }) => answer.id === shownId.value) ?? null);
  return {
    model: signal(model),
    models: signal([]),
    inputs: signal([]),
    mask: signal(null),
    strength: signal(null),
    guidance: signal(null),
    negativePrompt: signal(''),
    prompt: signal(settings.prompt),
    ratio,
    resolution,
    seed: signal(settings.seed),
    seedIsFixed: signal(settings.seed !== null),
    steps: signal(stepsFor(model, settings.steps)),
    outputFormat: signal(settings.outputFormat),
    device: signal(settings.device),
    writesSettings: signal(true),
    typingAt: signal(null),
    vocabulary: signal(null),
    unknown: signal({ words: [], sentence: '' }),
    wantsDrafts: signal(null),
    draft,
    easelIsSeen: signal(false),
    engine: signal(null),
    isLoading: signal(false),
    isRunning,
    progress: signal(null),
    preview: signal(null),
    plan,
    attempt: signal(0),
    tile: signal(null),
    thumbnail: signal(null),
    forecast: signal(null),
    problem: signal(null),
    promptError: signal(null),
    notices: signal([]),
    pictures,
    shownId,
    shown,
    easelSize: computed(() => {
      const wanted = () => outputSize(ratio.value, resolution.value);
      if (plan.value) return plan.value;
      const held = isRunning.value ? null : (draft.value ?? shown.value);
      return held ? outputSize(held.ratio, held.resolution) : wanted();
    }),
    openedLine: signal(''),
    modelsAreOpen: signal(false),
    announcement: signal(''),
  };
}
