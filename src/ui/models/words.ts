/** What the list says of a model: pure, so that every sentence can be read in a test. */
import type { ErrorCode, PlainError } from '../../api/errors';
import type { ModelListing } from '../../client/library';
import type { ModelEntry } from '../../models/types';
import { bytesInWords, timeInWords } from './sizes';

export function sizeWords({ entry: { weights }, totalBytes }: ModelListing): string {
  if (weights.type === 'embedded') return 'part of this page';
  if (totalBytes !== null) return bytesInWords(totalBytes);
  const knownBytes = weights.files.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  return knownBytes === 0 ? 'size not known before the download' : `more than ${bytesInWords(knownBytes)}`;
}

export function abilityWords(entry: ModelEntry): readonly string[] {
  const { images, extensions, steps, maxReferences, aspectRatios, resolutions } = entry;
  const looksAt = `edits and combines up to ${maxReferences} pictures`;
  return [
    steps.default === 1 ? 'one step' : `${steps.default} steps`,
    ...(images === 'start' ? ['starts from words or a picture'] : ['starts from words']),
    ...(images === 'references' ? [looksAt] : []),
    ...(extensions.includes('mask') ? ['repaints what a mask leaves open'] : []),
    ...(extensions.includes('negative_prompt') ? ['knows what to avoid'] : []),
    `${resolutions.join(', ')}${aspectRatios.length === 1 ? ', square only' : ''}`,
  ];
}

const STATES: Record<ModelListing['state'], string | null> = {
  embedded: null,
  absent: null,
  partial: 'Partly here',
  downloading: 'On its way',
  complete: 'On this machine',
  checking: 'Being checked',
  damaged: 'Damaged',
};

/** Null for a model of the page, and for one that is simply not here. */
export function stateWords({ state, inMemory }: ModelListing): string | null {
  return state === 'complete' && inMemory ? 'In memory only' : STATES[state];
}

/** Files above it are heard of by users: memory for them is what a browser may refuse. */
const LARGE_FILE_BYTES = 1e9;

/**
 * Null where no file is large, or where the browser reads weights from the disk (JSPI); else loading holds the largest
 * graph in the tab's memory as a whole.
 */
export function memoryWords({ weights }: ModelEntry, readsFromDisk: boolean): string | null {
  if (weights.type === 'embedded' || readsFromDisk) return null;
  const graphs = weights.files.filter(({ path }) => path.endsWith('.onnx'));
  const largestBytes = Math.max(0, ...graphs.map(({ sizeBytes }) => sizeBytes ?? 0));
  if (largestBytes < LARGE_FILE_BYTES) return null;
  return `It needs ${bytesInWords(largestBytes)} of memory in this tab while it loads. Chrome and Edge from version 137 on do without.`;
}

export const IN_MEMORY_WORDS =
  'This browser has no room to keep it, or does not allow to: it goes when this tab is closed.';

/** How far a download or an import is: bytes, speed, time left, and what it waits for. */
export function progressWords({ storedBytes, totalBytes, progress }: ModelListing): string {
  const speed = progress?.bytesPerSecond;
  return [
    totalBytes === null ? bytesInWords(storedBytes) : `${bytesInWords(storedBytes)} of ${bytesInWords(totalBytes)}`,
    ...(progress?.state === 'waiting' ? ['another tab is getting it'] : []),
    ...(progress?.state === 'offline' ? ['waits for the network'] : []),
    ...(speed ? [`${bytesInWords(speed)} a second`] : []),
    ...(progress?.secondsLeft ? [`${timeInWords(progress.secondsLeft)} left`] : []),
  ].join(' · ');
}

/** 0 … 1; null where nobody knows the whole. */
export function fractionOf({ storedBytes, totalBytes }: ModelListing): number | null {
  return totalBytes === null || totalBytes === 0 ? null : Math.min(1, storedBytes / totalBytes);
}

/**
 * Worth saying aloud: the quarter that was passed between two looks, in percent; null where none was.
 *
 * @example quarterPassed(0.2, 0.6) // 50
 */
export function quarterPassed(before: number, after: number): number | null {
  const quarter = Math.floor(after * 4);
  return quarter > Math.floor(before * 4) && quarter < 4 ? quarter * 25 : null;
}

const PROBLEMS: Partial<Record<ErrorCode, string>> = {
  weights_unreachable: 'The host could not be reached, or does not give its files to this page.',
  weights_damaged: 'These are not the bytes that were published.',
  consent_required: 'Its licence comes first.',
  out_of_memory: 'There is no room for it.',
};

export function problemWords({ code, message }: PlainError): string {
  return [PROBLEMS[code] ?? 'That did not work.', message].join(' ');
}
