import { expect, it } from 'vitest';
import { codeExamples } from '../../../../src/ui/account/codeExamples';

it('examples for pages name the place that they are shown at', () => {
  const [page, embedded] = codeExamples('https://tessera.example/app/');
  expect(page?.code).toContain("'https://tessera.example/app/client.js'");
  expect(embedded?.code).toContain("'https://tessera.example/app/client.js'");
});

it('examples for other places name where `npm run serve` listens', () => {
  const outside = codeExamples('https://tessera.example/').slice(2);
  expect(outside).toHaveLength(3);
  for (const { code } of outside) expect(code).toContain('http://127.0.0.1:8787');
});
