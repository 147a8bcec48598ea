/** The page's whole state: a handful of signals, and what follows from them. `studio.ts` and `pictures.ts` write to it, fields of the form to their own signal. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { PlainError } from '../api/errors';
import type { AspectRatio } from '../api/sizes';
import type { GenerateAnswer } from '../client/tessera';
import type { DeviceChoice, OutputFormat, WorkerInfo } from '../pipeline/job';
import type { NoticeCode, Preview } from '../pipeline/progress';
import type { Progress } from './progress';
import type { Settings } from './settings';
import type { Vocabulary } from './vocabulary';

/** A finished picture of this session, with what it was asked for. */
export interface StudioPicture {
  readonly prompt: string;
  readonly ratio: AspectRatio;
  readonly outputFormat: OutputFormat;
  readonly answer: GenerateAnswer;
}

/** What went wrong last, and how to do it again. */
export interface Problem {
  readonly error: PlainError;
  readonly retry: () => void;
}

export interface Store {
  readonly prompt: Signal<string>;
  readonly ratio: Signal<AspectRatio>;
  /** The seed field: that of the last picture, or the one to use when `seedIsFixed`. */
  readonly seed: Signal<number | null>;
  readonly seedIsFixed: Signal<boolean>;
  readonly steps: Signal<number>;
  readonly outputFormat: Signal<OutputFormat>;
  readonly device: Signal<DeviceChoice>;

  readonly vocabulary: Signal<Vocabulary | null>;
  /** Null until the model is loaded. */
  readonly engine: Signal<WorkerInfo | null>;
  readonly isLoading: Signal<boolean>;
  readonly isRunning: Signal<boolean>;
  /** Null while nothing loads or draws. */
  readonly progress: Signal<Progress | null>;
  readonly preview: Signal<Preview | null>;
  readonly problem: Signal<Problem | null>;
  readonly promptError: Signal<string | null>;
  readonly notices: Signal<readonly NoticeCode[]>;
  /** Newest first. */
  readonly pictures: Signal<readonly StudioPicture[]>;
  readonly shownId: Signal<string | null>;
  readonly shown: ReadonlySignal<StudioPicture | null>;
  /** The ratio of what the easel holds: the picture shown, or the one being drawn. */
  readonly easelRatio: ReadonlySignal<AspectRatio>;
  readonly announcement: Signal<string>;
}

export function createStore(settings: Settings): Store {
  const ratio = signal(settings.ratio);
  const isRunning = signal(false);
  const pictures = signal<readonly StudioPicture[]>([]);
  const shownId = signal<string | null>(null);
  const shown = computed(() => pictures.value.find(({ answer }) => answer.id === shownId.value) ?? null);
  return {
    prompt: signal(settings.prompt),
    ratio,
    seed: signal(settings.seed),
    seedIsFixed: signal(settings.seed !== null),
    steps: signal(settings.steps),
    outputFormat: signal(settings.outputFormat),
    device: signal(settings.device),
    vocabulary: signal(null),
    engine: signal(null),
    isLoading: signal(false),
    isRunning,
    progress: signal(null),
    preview: signal(null),
    problem: signal(null),
    promptError: signal(null),
    notices: signal([]),
    pictures,
    shownId,
    shown,
    easelRatio: computed(() => (isRunning.value ? ratio.value : (shown.value?.ratio ?? ratio.value))),
    announcement: signal(''),
  };
}
