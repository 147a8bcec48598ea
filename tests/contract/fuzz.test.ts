/** Any body at all gets an answer of the contract. 5,000 here, 100,000 in the soak. */
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { Answer, ErrorEnvelope } from '../../src/api/openapi/schemas';
import { openStage, post } from './service';

const isSoak = process.env.TESSERA_SOAK === '1';
const BODIES = isSoak ? 100_000 : 5_000;

const anything = fc.anything({ maxDepth: 2, withNullPrototype: false });
const sensible = {
  model: fc.constantFrom('pocket', 'seedream-4-5', 'nobody', ''),
  prompt: fc.string({ unit: 'binary', maxLength: 60 }),
  images: fc.array(fc.record({ url: fc.webUrl() }, { requiredKeys: [] }), { maxLength: 3 }),
  aspect_ratio: fc.constantFrom('1:1', '21:9', '5:4'),
  resolution: fc.constantFrom('1K', '2K', '4K', '8K'),
  output_format: fc.constantFrom('png', 'jpeg', 'webp', 'gif'),
  seed: fc.integer({ min: -2, max: 2 ** 33 }),
  steps: fc.integer({ min: -1, max: 10 }),
  n: fc.integer({ min: 0, max: 3 }),
  quality: fc.integer({ min: 0, max: 101 }),
  metadata: fc.boolean(),
  engine: fc.constantFrom('local', 'hosted', 'auto', 'x'),
  negative_prompt: fc.string({ maxLength: 5 }),
  guidance: fc.double(),
  strength: fc.double(),
  mask: fc.string({ maxLength: 5 }),
};
const field = Object.fromEntries(
  Object.entries(sensible).map(([name, value]) => [name, fc.oneof({ weight: 6, arbitrary: value }, anything)]),
);
/** Right but for one field, which may be right as well. */
const nearlyRight = fc
  .record({
    base: fc.record({
      model: fc.constantFrom('pocket', 'seedream-4-5'),
      prompt: fc.string({ minLength: 1, maxLength: 30 }),
    }),
    other: fc.oneof(
      ...Object.entries(sensible).map(([name, value]) => fc.record({ [name]: fc.oneof(value, anything) })),
    ),
  })
  .map(({ base, other }) => ({ ...base, ...other }));
const body = fc.oneof(
  { weight: 8, arbitrary: fc.record(field, { requiredKeys: [] }) },
  { weight: 4, arbitrary: nearlyRight },
  { weight: 1, arbitrary: anything },
);

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)) ?? '';
  } catch {
    return '{';
  }
}

describe('any body', () => {
  it(
    `gets an answer of the contract, ${BODIES} times`,
    async () => {
      const { api, drawn } = openStage({ api: { requestsPerMinute: Number.MAX_SAFE_INTEGER } });
      const statuses = new Map<number, number>();
      const path = fc.constantFrom('/v2/images/generations', '/v1/images/generations', '/v1/images/edits');
      await fc.assert(
        fc.asyncProperty(body, path, async (value, route) => {
          const response = await api.fetch(post(route, textOf(value)));
          const told: unknown = await response.json();
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          if (response.status === 200) {
            if (route.startsWith('/v2')) expect(v.safeParse(Answer, told).issues).toBeUndefined();
            return;
          }
          expect(v.safeParse(ErrorEnvelope, told).issues).toBeUndefined();
          expect([400, 402]).toContain(response.status);
        }),
        { numRuns: BODIES },
      );
      // Both ends were reached: what is right is drawn, what is wrong is refused.
      expect(drawn.length).toBeGreaterThan(0);
      expect(statuses.get(400)).toBeGreaterThan(0);
    },
    isSoak ? 3_600_000 : 120_000,
  );
});
