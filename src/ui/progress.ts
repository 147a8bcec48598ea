/** Turns the job's events into one bar that only moves forward, and one line that says what is going on. */
import type { TiledPlan, TimingsMs } from '../pipeline/job';
import type { ProgressEvent, Stage } from '../pipeline/progress';

export const LOAD_STAGES: readonly Stage[] = ['weights', 'sessions'];
export const DRAW_STAGES: readonly Stage[] = ['text', 'denoise', 'refine', 'decode', 'upscale', 'encode'];

/** Rough shares of the time until a first picture on this device has been measured. */
const TYPICAL_MS: Required<TimingsMs> = {
  weights: 2000,
  sessions: 1500,
  text: 50,
  denoise: 2000,
  refine: 0,
  decode: 150,
  upscale: 1500,
  encode: 200,
};

export interface Progress {
  readonly stages: readonly Stage[];
  readonly expectedMs: TimingsMs;
  readonly stage: Stage | null;
  readonly tiles: { readonly done: number; readonly total: number; readonly sizePx: number };
  /** True from the second plan of a job on. */
  readonly startedOver: boolean;
  /** 0 … 1 over all `stages`. */
  readonly fraction: number;
  readonly line: string;
}

const NO_TILES = { done: 0, total: 0, sizePx: 0 };

/** `measured`: the timings of the last picture, which make the bar move evenly. */
export function startProgress(stages: readonly Stage[], measured: TimingsMs = {}): Progress {
  return {
    stages,
    expectedMs: { ...TYPICAL_MS, ...measured },
    stage: null,
    tiles: NO_TILES,
    startedOver: false,
    fraction: 0,
    line: 'Getting ready',
  };
}

/** Returns the same object when the event says nothing about progress. */
export function advance(progress: Progress, event: ProgressEvent): Progress {
  switch (event.type) {
    case 'stage':
      return moveTo(progress, event.stage, event.fraction);
    case 'weights':
      return { ...moveTo(progress, 'weights', event.loadedBytes / event.totalBytes), line: weightsLine(event) };
    case 'step': {
      const line = `Drawing, step ${event.step} of ${event.steps}`;
      return { ...moveTo(progress, 'denoise', event.step / event.steps), line };
    }
    case 'plan':
      return withPlan(progress, event.plan);
    case 'tile': {
      const tiles = { ...progress.tiles, done: progress.tiles.done + 1 };
      const line = tiles.total > 1 ? `Refining to full size, tile ${tiles.done} of ${tiles.total}` : progress.line;
      return { ...progress, tiles, line };
    }
    case 'thumbnail':
    case 'notice':
      return progress;
  }
}

/** Whether the line is worth hearing: of many tiles, every quarter is. */
export function isMilestone(event: ProgressEvent, { tiles }: Progress): boolean {
  if (event.type === 'tile') return tiles.done % Math.ceil(tiles.total / 4) === 0;
  return event.type !== 'stage' || event.fraction === 0;
}

/** A second plan in one job: it starts over, in smaller tiles where memory was short. */
function withPlan(progress: Progress, { tilePx, columns, rows }: TiledPlan): Progress {
  const tiles = { done: 0, total: columns * rows, sizePx: tilePx };
  if (progress.tiles.total === 0) return { ...progress, tiles };
  const line = tilePx < progress.tiles.sizePx ? 'Memory was short: starting over in smaller tiles' : 'Starting over';
  return { ...progress, tiles, line, stage: null, startedOver: true };
}

/** Over before anybody could read why the job starts over: that line stays until the first step. */
const SHORT_STAGES: ReadonlySet<Stage> = new Set(['text', 'denoise']);

function moveTo(progress: Progress, stage: Stage, stageFraction: number): Progress {
  const position = progress.stages.indexOf(stage);
  const durations = progress.stages.map((each) => progress.expectedMs[each] ?? 0);
  const total = sum(durations);
  const done = sum(durations.slice(0, Math.max(position, 0)));
  const share = position < 0 ? 0 : (durations[position] ?? 0) * Math.min(stageFraction, 1);
  // A restarted worker loads again in the middle of a job: the bar waits there rather than jump back.
  const fraction = Math.max(progress.fraction, total > 0 ? (done + share) / total : 0);
  const goesOn = stage === progress.stage || (progress.startedOver && SHORT_STAGES.has(stage));
  const line = goesOn ? progress.line : STAGE_LINES[stage];
  return { ...progress, stage, fraction, line };
}

const STAGE_LINES: Record<Stage, string> = {
  weights: 'Loading the model',
  sessions: 'Preparing the model',
  text: 'Reading the prompt',
  denoise: 'Drawing',
  refine: 'Adding detail',
  decode: 'Turning numbers into colours',
  upscale: 'Refining to full size',
  encode: 'Saving the picture',
};

const WEIGHTS_LINES = {
  network: 'Loading the model',
  cache: 'Opening the stored model',
  repair: 'Repairing the stored model',
} as const;

function weightsLine(event: ProgressEvent & { type: 'weights' }): string {
  return `${WEIGHTS_LINES[event.source]}, ${megabytes(event.loadedBytes)} of ${megabytes(event.totalBytes)} MB`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
