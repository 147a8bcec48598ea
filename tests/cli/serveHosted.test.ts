/** `npm run serve` with the owner's key for the hosted service, whose part a local server plays. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, StandIn } from '../faults/standIn';
import { startTestService, type TestService } from './service';

const HOSTED_KEY = 'sk_hosted_0123456789';
const OWN_KEY = 'sk_own_0123456789abcdef';

const REQUEST = { model: 'seedream-4-5', prompt: 'a red apple', resolution: '4K', seed: 7 };
const JSON_TYPE = { 'content-type': 'application/json', 'x-ratelimit-remaining': '17' };

let hosted: StandIn;
let service: TestService;

beforeAll(async () => {
  hosted = await StandIn.start();
  const env = { GETIMG_API_KEY: HOSTED_KEY, TESSERA_HOSTED_URL: hosted.url };
  service = await startTestService({ key: OWN_KEY }, { env });
});
afterAll(async () => {
  await service?.close();
  await hosted?.stop();
});

const generation = () => ({
  id: 'req-01HOSTED',
  status: 'completed',
  model: 'seedream-4-5',
  data: [
    {
      url: `${hosted.url}/v2/downloads/req-01HOSTED/0?exp=1&sig=2`,
      width: 4096,
      height: 4096,
      mime_type: 'image/jpeg',
      deletes_at: '2030-01-01T00:00:00.000Z',
    },
  ],
  usage: { billable_unit: 'image', quantity: 1, unit_price: 0.04, total_cost: 0.04 },
});

function call(path: string, { body, key = OWN_KEY }: { readonly body?: object; readonly key?: string } = {}) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const init = body ? { method: 'POST', body: JSON.stringify(body), headers } : { headers };
  return fetch(`${service.url}${path}`, init);
}

const generate = (body: object, key?: string) =>
  call('/v2/images/generations', { body: { ...REQUEST, ...body }, ...(key && { key }) });

const balance = async () => (await (await call('/v2/billing/balance')).json()).balance;

async function costs() {
  const span = { start: new Date(Date.now() - 86_400_000), end: new Date(Date.now() + 86_400_000) };
  const query = new URLSearchParams({ start: span.start.toISOString(), end: span.end.toISOString() });
  return (await (await call(`/v2/billing/costs?${query}`)).json()).total_cost;
}

describe('with a key for the hosted service', () => {
  test('nobody gets in without the key of the server, not even with that of the service', async () => {
    for (const key of ['', 'sk_anything', HOSTED_KEY]) {
      const refused = await generate({ engine: 'hosted' }, key || 'x');
      expect(refused.status).toBe(401);
    }
  });

  test('a request may be drawn there: its own fields go out, its answer comes back, its cost is in the books', async () => {
    hosted.behave(answer(200, JSON.stringify(generation()), JSON_TYPE));
    const before = { balance: await balance(), costs: Number(await costs()) };
    const response = await generate({ engine: 'hosted' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(generation());
    expect(hosted.asked).toHaveLength(1);
    const [asked] = hosted.asked;
    expect(asked).toMatchObject({ method: 'POST', path: '/v2/images/generations' });
    expect(asked?.headers.authorization).toBe(`Bearer ${HOSTED_KEY}`);
    expect(JSON.parse(asked?.body ?? '')).toEqual({ model: 'seedream-4-5', prompt: 'a red apple', resolution: '4K' });
    expect(await balance()).toBe(before.balance);
    expect(Number(await costs())).toBeCloseTo(before.costs + 0.04, 6);
  });

  test('what is asked for here stays here', async () => {
    hosted.behave(answer(500, 'nobody should ask'));
    for (const engine of [undefined, 'local', 'auto']) {
      const response = await generate({ model: 'pocket', resolution: '1K', steps: 1, engine });
      expect(response.status).toBe(200);
    }
    expect(hosted.asked).toEqual([]);
  });

  test('a refusal of the service is passed on', async () => {
    const error = { message: 'No.', type: 'invalid_request_error', param: null, code: 'content_policy_violation' };
    hosted.behave(answer(422, JSON.stringify({ error }), JSON_TYPE));
    const response = await generate({ engine: 'hosted' });
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 422, body: { error } });
  });

  test('the page that draws never learns the key', async () => {
    const page = service.page();
    const seen = await page?.evaluate(async () => {
      const stored = JSON.stringify({ ...localStorage, ...sessionStorage });
      const databases = (await indexedDB.databases()).map(({ name }) => name);
      return JSON.stringify([location.href, document.documentElement.outerHTML, stored, databases]);
    });
    expect(seen).not.toContain(HOSTED_KEY);
    expect(seen).toContain(encodeURIComponent(hosted.url));
  });
});
