/** Every message the page can show for a failure or a limit, by code: what happened, and what the user can do. */
import type { ErrorCode, PlainError } from '../api/errors';
import { MAX_PROMPT_CODE_POINTS } from '../api/schema';
import type { NoticeCode } from '../pipeline/progress';

export type Remedy = 'retry' | 'top_up' | 'use_cpu' | 'models' | 'reload';

export interface Message {
  readonly title: string;
  readonly text: string;
  readonly remedies: readonly Remedy[];
}

export const REMEDY_LABELS: Record<Remedy, string> = {
  retry: 'Try again',
  top_up: 'Add $10 of credits',
  use_cpu: 'Use the CPU instead',
  models: 'Show the models',
  reload: 'Reload the page',
};

const PROBLEMS: Record<ErrorCode, Message> = {
  parameter_missing: {
    title: 'Something is missing',
    text: 'A setting is empty. Fill it in and generate again.',
    remedies: [],
  },
  invalid_parameter: {
    title: 'A setting does not work',
    text: 'Tessera cannot draw with these settings. Change the one named below and generate again.',
    remedies: [],
  },
  not_found: {
    title: 'The model is not here',
    text: 'This copy of Tessera does not have the model that was asked for. Reload the page to get the current version.',
    remedies: ['reload'],
  },
  server_error: {
    title: 'That did not work',
    text: 'Something unexpected went wrong. Your settings are kept, so trying again costs nothing.',
    remedies: ['retry', 'reload'],
  },
  cancelled: { title: 'Cancelled', text: 'The picture was not finished.', remedies: ['retry'] },
  webgpu_unavailable: {
    title: 'No GPU available',
    text: 'You asked for the GPU, but this browser offers no WebGPU. The CPU draws the same picture, more slowly.',
    remedies: ['use_cpu'],
  },
  gpu_unavailable: {
    title: 'The GPU stopped responding',
    text: 'The browser lost the GPU and did not get it back. It often returns within two minutes; the CPU works right away.',
    remedies: ['retry', 'use_cpu'],
  },
  out_of_memory: {
    title: 'Not enough memory',
    text: 'The picture did not fit, even in small tiles. Close other tabs or programs, or choose a smaller size.',
    remedies: ['retry', 'use_cpu'],
  },
  weights_unreachable: {
    title: 'The model could not be loaded',
    text: 'Tessera could not fetch the model from the place this page comes from. Check the connection, or that the server is still running, and try again.',
    remedies: ['retry'],
  },
  weights_damaged: {
    title: 'The model files are damaged',
    text: 'The model arrived with wrong bytes, and fetching it again did not help. Nothing was drawn with it. If it keeps happening, the copy on the server needs to be replaced.',
    remedies: ['retry'],
  },
  weights_missing: {
    title: 'This model is not on this machine',
    text: 'It is not, or not wholly, stored in this browser. Get it from the list of models: it is downloaded once and kept.',
    remedies: ['models'],
  },
  worker_crashed: {
    title: 'The drawing process stopped',
    text: 'It ended unexpectedly, perhaps for lack of memory. A fresh one takes over: your settings are kept.',
    remedies: ['retry'],
  },
  worker_timeout: {
    title: 'The drawing process hung',
    text: 'It gave no sign of life for too long and was stopped. A fresh one takes over: your settings are kept.',
    remedies: ['retry', 'use_cpu'],
  },
  engine_unavailable: {
    title: 'No engine here',
    text: 'No open page has an engine for this request. Keep a page of Tessera open, or reload this one.',
    remedies: ['retry', 'reload'],
  },
  invalid_api_key: {
    title: 'This key does not work',
    text: 'The owner of this page admits only certain keys, and this one is not, or no longer, among them.',
    remedies: [],
  },
  content_policy_violation: {
    title: 'Not allowed here',
    text: 'The owner of this page does not want such pictures to be drawn here. Say it in other words, or draw something else.',
    remedies: [],
  },
  method_not_allowed: {
    title: 'That cannot be asked so',
    text: 'The page and its engine are of different versions. Reload the page.',
    remedies: ['reload'],
  },
  unsupported_media_type: {
    title: 'That cannot be asked so',
    text: 'The page and its engine are of different versions. Reload the page.',
    remedies: ['reload'],
  },
  payload_too_large: {
    title: 'Too large',
    text: 'With its pictures the request has more than 25 MiB. Use fewer or smaller ones.',
    remedies: [],
  },
  quota_exceeded: {
    title: 'No credits left',
    text: 'The balance, or the budget that the owner of this page has set, does not cover this picture. Credits are free: fill them up and go on.',
    remedies: ['top_up'],
  },
  rate_limit: {
    title: 'Too much at once',
    text: 'Every place in the queue is taken, or too many requests came within a minute. Wait a moment and try again.',
    remedies: ['retry'],
  },
  forbidden: {
    title: 'This page may not ask',
    text: 'The server was not started for pages of this address. Its owner can allow them with --allow-origin.',
    remedies: [],
  },
  consent_required: {
    title: 'Kept on this machine',
    text: 'The request was for the hosted service, and you did not allow the prompt to leave. Nothing was sent.',
    remedies: ['retry'],
  },
  hosted_unreachable: {
    title: 'The hosted service cannot be reached',
    text: 'It gave no answer. Check the connection and try again, or draw on this machine.',
    remedies: ['retry'],
  },
  hosted_error: {
    title: 'The hosted service failed',
    text: 'It answered with something that is no picture. Try again later, or draw on this machine.',
    remedies: ['retry'],
  },
  bad_output: {
    title: 'The picture came out empty',
    text: 'The device returned an unusable result, which is not shown. Try again, or let the CPU draw it.',
    remedies: ['retry', 'use_cpu'],
  },
};

const OFFLINE: Message = {
  title: 'You are offline',
  text: 'The model is not stored on this device yet, so this first start needs a connection. Later starts will not.',
  remedies: ['retry'],
};

export const NOTICES: Record<NoticeCode, Pick<Message, 'title' | 'text'>> = {
  no_webgpu: {
    title: 'Drawing on the CPU',
    text: 'This browser offers no WebGPU. Everything works, a picture just takes longer.',
  },
  software_gpu: {
    title: 'Drawing on the CPU',
    text: 'This browser only has a GPU emulated in software, which would be slower than the CPU. Everything works, a picture just takes longer.',
  },
  storage_unavailable: {
    title: 'The model is kept in memory only',
    text: 'This browser does not let the page store data (private window, blocked or full storage). Pictures work as usual; the next visit loads the model again.',
  },
  prompt_truncated: {
    title: 'Only the beginning of the prompt was read',
    text: 'The prompt is longer than the model can read. Put what matters first, or say it in fewer words.',
  },
};

/** What is wrong with the prompt, shown at the prompt itself. */
const PROMPT_MESSAGES: Partial<Record<ErrorCode, string>> = {
  parameter_missing: 'Say in a few words what to draw, for example “a red apple on a blue background”.',
  invalid_parameter: `This prompt is too long. Keep it under ${MAX_PROMPT_CODE_POINTS} characters; a short sentence works best.`,
};

export function promptMessage(error: PlainError): string {
  return PROMPT_MESSAGES[error.code] ?? error.message;
}

/** The message for an error, given whether the browser is online. */
export function messageFor(error: PlainError, online: boolean): Message {
  return error.code === 'weights_unreachable' && !online ? OFFLINE : PROBLEMS[error.code];
}
