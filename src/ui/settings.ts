/** What the user chooses, where it starts from (the page's address) and how it is shared (a link). */
import { MAX_SEED, OUTPUT_FORMATS } from '../api/schema';
import { ASPECT_RATIOS, type AspectRatio, RESOLUTIONS, type Resolution } from '../api/sizes';
import type { DeviceChoice, OutputFormat } from '../pipeline/job';

export const DEVICE_CHOICES = ['auto', 'webgpu', 'wasm'] as const satisfies readonly DeviceChoice[];

export interface Settings {
  readonly prompt: string;
  readonly ratio: AspectRatio;
  readonly resolution: Resolution;
  /** Null: a new one for every picture. */
  readonly seed: number | null;
  /** An id; null: the model that comes with the page. */
  readonly model: string | null;
  /** Null: the model's own. */
  readonly steps: number | null;
  readonly outputFormat: OutputFormat;
  readonly device: DeviceChoice;
}

const DEFAULT_RESOLUTION: Resolution = '1K';
const DEFAULT_MODEL = 'pocket';
/** Of what any model takes; each has narrower limits of its own. */
const STEPS = { min: 1, max: 1000 };

/** Reads the address's query. A value that is not valid counts as not given: a link can never break the page. */
export function parseSettings(query: string): Settings {
  const given = new URLSearchParams(query);
  return {
    prompt: given.get('prompt') ?? '',
    ratio: oneOf(ASPECT_RATIOS, given.get('ratio')) ?? '1:1',
    resolution: oneOf(RESOLUTIONS, given.get('size')) ?? DEFAULT_RESOLUTION,
    seed: wholeNumber(given.get('seed'), { min: 0, max: MAX_SEED }),
    model: given.get('model') || null,
    steps: wholeNumber(given.get('steps'), STEPS),
    outputFormat: oneOf(OUTPUT_FORMATS, given.get('format')) ?? 'png',
    device: oneOf(DEVICE_CHOICES, given.get('device')) ?? 'auto',
  };
}

/** A link that opens the page with these settings. Without the device: that belongs to the machine, not the picture. */
export function settingsLink(pageUrl: string, settings: Omit<Settings, 'device'>): string {
  const link = new URL(pageUrl);
  const query = new URLSearchParams({ prompt: settings.prompt, ratio: settings.ratio });
  if (settings.model !== null && settings.model !== DEFAULT_MODEL) query.set('model', settings.model);
  if (settings.steps !== null) query.set('steps', String(settings.steps));
  if (settings.resolution !== DEFAULT_RESOLUTION) query.set('size', settings.resolution);
  if (settings.seed !== null) query.set('seed', String(settings.seed));
  if (settings.outputFormat !== 'png') query.set('format', settings.outputFormat);
  link.search = query.toString();
  link.hash = '';
  return link.href;
}

/** What was asked for, where the model takes it; else the model's own. */
export function stepsFor(
  { steps }: { readonly steps: { readonly default: number; readonly min: number; readonly max: number } },
  wanted: number | null,
): number {
  return wanted !== null && wanted >= steps.min && wanted <= steps.max ? wanted : steps.default;
}

/** A whole number within the limits, or null. Only digits count: no sign, no exponent, no blank. */
export function wholeNumber(
  text: string | null,
  limits: { readonly min: number; readonly max: number },
): number | null {
  if (text === null || !/^\d{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value >= limits.min && value <= limits.max ? value : null;
}

export function oneOf<T extends string>(allowed: readonly T[], value: string | null): T | undefined {
  return allowed.find((item) => item === value);
}
