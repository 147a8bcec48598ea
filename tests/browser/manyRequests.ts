/** Many requests to a page at the same time: a few in `npm test`, a hundred in the soak. */
import { expect, type Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';

declare const window: { readonly tessera: Tessera };

const PRICE_USD = 0.04;
const CREDIT_USD = 10;

/** None is lost, they come in order, and each is billed once. */
export async function sendAtOnce(page: Page, count: number): Promise<void> {
  const { order, costs, before, after } = await page.evaluate(send, count);
  expect(costs).toEqual(Array.from({ length: count }, () => ({ status: 'fulfilled', value: PRICE_USD })));
  expect(order).toEqual(Array.from({ length: count }, (_, seed) => seed));
  expect(before).toBe(CREDIT_USD);
  expect(after).toBeCloseTo(CREDIT_USD - count * PRICE_USD, 10);
}

/** Runs in the page. */
async function send(count: number) {
  const { tessera } = window;
  const balance = async () => Number((await tessera.billing.balance()).balance);
  const before = await balance();
  const order: number[] = [];
  const one = async (seed: number) => {
    const request = { model: 'seedream-4-5', resolution: '2K', prompt: 'a star', steps: 1, seed } as const;
    const { data, usage } = await tessera.images.generate(request);
    order.push(seed);
    URL.revokeObjectURL(data[0]?.url ?? '');
    return usage.total_cost;
  };
  const costs = await Promise.allSettled(Array.from({ length: count }, (_, seed) => one(seed)));
  return { order, costs, before, after: await balance() };
}
