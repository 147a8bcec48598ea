/** What the tests of the hosted service have in common: a request, the answers of its API, and a service at a stand-in. */
import { expect } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { createHostedService, type HostedServiceOptions } from '../../../src/hosted/service';
import type { StandIn } from '../../faults/standIn';

export const KEY = 'sk_a-key-of-the-user';
export const REQUEST = { model: 'seedream-4-5', prompt: 'a red apple', aspect_ratio: '16:9', resolution: '2K' };
const POLICY = { tries: 3, firstPauseMs: 1, longestPauseMs: 4, longestWishMs: 60_000 };
export const LIMITS = { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '19', 'x-ratelimit-reset': '1760000000' };

export function generation(url = 'http://127.0.0.1/v2/downloads/req-01HXYZABCD1234/0?exp=1760000000&sig=1d9c2f') {
  return {
    id: 'req-01HXYZABCD1234',
    status: 'completed',
    model: 'seedream-4-5',
    data: [{ url, width: 2848, height: 1600, mime_type: 'image/jpeg', deletes_at: '2026-05-02T12:30:00.000Z' }],
    usage: { total_cost: 0.04, billable_unit: 'image', unit_price: 0.04, quantity: 1 },
  };
}

export const refusalOf = (code: string) => ({
  error: { message: 'No.', type: 'invalid_request_error', param: null, code },
});

export const yes = async () => true;

/** A service whose requests go to this host, and functions to call it with. */
export function serviceAt(host: StandIn) {
  function service(options: Partial<HostedServiceOptions> = {}) {
    return createHostedService({
      baseUrl: host.url,
      apiKey: async () => KEY,
      askConsent: yes,
      openReference: async () => new Blob([Uint8Array.of(1, 2, 3)], { type: 'image/webp' }),
      policy: POLICY,
      ...options,
    });
  }

  const generate = (body: Readonly<Record<string, unknown>> = REQUEST, options: Partial<HostedServiceOptions> = {}) =>
    service(options).generate(body, new AbortController().signal);

  async function failure(options: Partial<HostedServiceOptions> = {}, body = REQUEST): Promise<ApiError> {
    const error = await generate(body, options).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    return error;
  }

  return { service, generate, failure };
}
