/** Whether first looks are drawn, and in how many steps: as the user says, else as fast as the last picture was. */
import type { TimingsMs } from '../../pipeline/job';
import type { Store } from '../store';

/** A look that takes longer comes too late to type by. */
const MOST_MS = 900;
/** Two steps look much better than one, where they can be had at once. */
const QUICK_MS = 400;

export interface Pace {
  /** Only a model that comes with the page and costs nothing draws what nobody asked for. */
  readonly isPossible: boolean;
  readonly isOn: boolean;
  readonly steps: number;
  /** Null until a picture was drawn with this model on this device. */
  readonly expectedMs: number | null;
}

export function paceOf({ model, engine, pictures, wantsDrafts }: Store): Pace {
  const { id, weights, rates, steps } = model.value;
  const isPossible = weights.type === 'embedded' && rates.every(({ unitPrice }) => Number(unitPrice) === 0);
  const last = pictures.value.find(
    ({ answer }) => answer.served_by === id && answer.device === (engine.value?.device ?? answer.device),
  );
  const take = (count: number) => (last ? lookMs(last.answer.timings_ms, last.answer.steps, count) : null);
  const inTwo = take(2);
  const count = Math.max(steps.min, inTwo !== null && inTwo <= QUICK_MS ? 2 : 1);
  const expectedMs = take(count);
  const isFast = expectedMs !== null && expectedMs <= MOST_MS;
  return { isPossible, isOn: isPossible && (wantsDrafts.value ?? isFast), steps: count, expectedMs };
}

/** What a look takes, by what a picture of so many steps took. */
export function lookMs({ text = 0, denoise = 0, decode = 0 }: TimingsMs, steps: number, count: number): number {
  return text + decode + (denoise / steps) * count;
}

/** @example paceWords(paceOf(store)) // 'while you type, Pocket draws a first look, in about 0.3 s. It is free, …' */
export function paceWords({ isOn, expectedMs }: Pace): string {
  if (expectedMs === null) {
    return isOn ? `${WHAT}. ${TERMS}` : `off. It starts by itself after a picture, where the device is fast. ${TERMS}`;
  }
  const time = `about ${Math.max(0.1, expectedMs / 1000).toFixed(1)} s`;
  if (isOn) return `${WHAT}, in ${time}. ${TERMS}`;
  return expectedMs <= MOST_MS
    ? `off. A first look would take ${time}.`
    : `off, since a first look would take ${time} here.`;
}

const WHAT = 'while you type, Pocket draws a first look';
const TERMS = 'It is free, it is not kept, and Generate draws it in full.';
