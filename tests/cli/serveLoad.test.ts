/** Many requests at once: none lost, each drawn and billed once. A hundred in the soak; the page's own test has as many. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestService, type TestService } from './service';

const COUNT = process.env.TESSERA_SOAK === '1' ? 100 : 20;
/** What a new ledger holds. */
const FREE_CREDITS_USD = 10;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service?.close());

const HEADERS = { authorization: 'Bearer sk_load', 'content-type': 'application/json' };

async function generate(seed: number) {
  const body = { model: 'seedream-4-5', prompt: 'a red apple', resolution: '2K', steps: 1, seed };
  const init = { method: 'POST', headers: HEADERS, body: JSON.stringify(body) };
  const response = await fetch(`${service.url}/v2/images/generations`, init);
  return { status: response.status, answer: await response.json() };
}

test(`${COUNT} requests at once are all answered, each with its own picture, each billed once`, async () => {
  const seeds = Array.from({ length: COUNT }, (_, index) => index);
  const answers = await Promise.all(seeds.map(generate));
  expect(answers.map(({ status, answer }) => ({ status, seed: answer.seed }))).toEqual(
    seeds.map((seed) => ({ status: 200, seed })),
  );
  expect(new Set(answers.map(({ answer }) => answer.id)).size).toBe(COUNT);
  const links = answers.map(({ answer }) => answer.data[0].url);
  const pictures = await Promise.all(links.map(async (link) => (await fetch(link)).status));
  expect(new Set(pictures)).toEqual(new Set([200]));
  const { balance } = await (await fetch(`${service.url}/v2/billing/balance`, { headers: HEADERS })).json();
  expect(balance).toBe((FREE_CREDITS_USD - COUNT * 0.04).toFixed(2));
});
