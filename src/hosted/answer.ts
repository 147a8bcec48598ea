/** The service's answer, believed only as far as it has the shape of its contract. */
import * as v from 'valibot';
import { bytesUpTo } from '../api/boundedBody';
import type { HostedAnswer } from '../api/deps';
import { ApiError } from '../api/errors';

/** A real one has a few kilobytes. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

const PASSED_ON = ['retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];

const amount = v.pipe(v.number(), v.minValue(0));

const GenerationSchema = v.looseObject({
  id: v.string(),
  status: v.literal('completed'),
  model: v.string(),
  data: v.pipe(
    v.array(v.looseObject({ url: v.pipe(v.string(), v.url()), mime_type: v.string(), deletes_at: v.string() })),
    v.minLength(1),
  ),
  usage: v.looseObject({ billable_unit: v.string(), quantity: amount, unit_price: amount, total_cost: amount }),
});

const RefusalSchema = v.looseObject({ error: v.looseObject({ message: v.string(), code: v.string() }) });

/** What arrived, and whether it is an answer of the contract. */
export interface Received extends HostedAnswer {
  readonly isOfContract: boolean;
  /** The service's own word on another try, over all rules. */
  readonly shouldRetry: boolean | null;
}

/** Rejects when the line breaks. */
export async function receive(response: Response, protocol: string): Promise<Received> {
  const bytes = await bytesUpTo(response, MAX_ANSWER_BYTES);
  const body = bytes && parsed(bytes);
  const wish = response.headers.get('x-should-retry');
  return {
    status: response.status,
    body,
    headers: Object.fromEntries(PASSED_ON.flatMap((name) => headerOf(response, name))),
    isOfContract: response.status === 200 ? isGeneration(body, protocol) : isRefusal(response.status, body),
    shouldRetry: wish === 'true' ? true : wish === 'false' ? false : null,
  };
}

/** @throws ApiError `hosted_error` when there is nothing to pass on, `rate_limit` when all it said was "too many" */
export function passedOn({ status, body, headers, isOfContract }: Received): HostedAnswer {
  if (isOfContract) return { status, body, headers };
  const retryAfterS = Number.parseInt(headers['retry-after'] ?? '', 10);
  if (status === 429) {
    const options = Number.isFinite(retryAfterS) ? { retryAfterS } : {};
    throw new ApiError('rate_limit', 'The hosted service has too many requests.', null, options);
  }
  const charged = status === 200 ? ' The picture may have been made and charged.' : '';
  throw new ApiError('hosted_error', `The hosted service answered ${status} with no answer of its API.${charged}`);
}

/** Pictures come over https like the answer itself, and over http only from a service on this machine. */
function isGeneration(body: unknown, protocol: string): boolean {
  const result = v.safeParse(GenerationSchema, body);
  return result.success && result.output.data.every(({ url }) => new URL(url).protocol === protocol);
}

function isRefusal(status: number, body: unknown): boolean {
  return status >= 400 && v.is(RefusalSchema, body);
}

/** Null when it is no JSON, or so deep that it cannot be written again. */
function parsed(bytes: Uint8Array): unknown {
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    JSON.stringify(body);
    return body;
  } catch {
    return null;
  }
}

function headerOf({ headers }: Response, name: string): [string, string][] {
  const value = headers.get(name);
  return value === null ? [] : [[name, value]];
}
