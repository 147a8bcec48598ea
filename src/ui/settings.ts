/** What the user chooses, where it starts from (the page's address) and how it is shared (a link). */
import { ASPECT_RATIOS, type AspectRatio } from '../api/sizes';
import type { DeviceChoice, OutputFormat } from '../pipeline/job';

export const MAX_SEED = 2 ** 32 - 1;
export const MAX_PROMPT_CODE_POINTS = 4096;
export const STEPS = { min: 1, max: 8, default: 4 } as const;
export const DEVICE_CHOICES = ['auto', 'webgpu', 'wasm'] as const satisfies readonly DeviceChoice[];
export const OUTPUT_FORMATS = ['png', 'jpeg', 'webp'] as const satisfies readonly OutputFormat[];

export interface Settings {
  readonly prompt: string;
  readonly ratio: AspectRatio;
  /** Null: a new one for every picture. */
  readonly seed: number | null;
  readonly steps: number;
  readonly outputFormat: OutputFormat;
  readonly device: DeviceChoice;
}

/** Reads the address's query. A value that is not valid counts as not given: a link can never break the page. */
export function parseSettings(query: string): Settings {
  const given = new URLSearchParams(query);
  return {
    prompt: given.get('prompt') ?? '',
    ratio: oneOf(ASPECT_RATIOS, given.get('ratio')) ?? '1:1',
    seed: wholeNumber(given.get('seed'), 0, MAX_SEED),
    steps: wholeNumber(given.get('steps'), STEPS.min, STEPS.max) ?? STEPS.default,
    outputFormat: oneOf(OUTPUT_FORMATS, given.get('format')) ?? 'png',
    device: oneOf(DEVICE_CHOICES, given.get('device')) ?? 'auto',
  };
}

/** A link that opens the page with these settings. The device is left out: it belongs to the machine, not to the picture. */
export function settingsLink(pageUrl: string, settings: Settings): string {
  const link = new URL(pageUrl);
  const query = new URLSearchParams({ prompt: settings.prompt, ratio: settings.ratio, steps: String(settings.steps) });
  if (settings.seed !== null) query.set('seed', String(settings.seed));
  if (settings.outputFormat !== 'png') query.set('format', settings.outputFormat);
  link.search = query.toString();
  link.hash = '';
  return link.href;
}

/** A whole number within the limits, or null. Only digits count: no sign, no exponent, no blank. */
export function wholeNumber(text: string | null, min: number, max: number): number | null {
  if (text === null || !/^\d{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}

function oneOf<T extends string>(allowed: readonly T[], value: string | null): T | undefined {
  return allowed.find((item) => item === value);
}
