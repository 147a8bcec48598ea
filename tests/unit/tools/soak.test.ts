import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { keepSoakResults } from '../../../tools/test/soak.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tessera-soak-'));
afterAll(() => rmSync(folder, { recursive: true }));

const result = (status: string, annotations: object[]) => ({ status, duration: 1200, annotations, workerIndex: 0 });

test('a soak campaign leaves its figures behind, and nothing about the machine but its Node', () => {
  const report = {
    config: { rootDir: 'a folder of this machine' },
    stats: { startTime: '2026-01-02T03:04:05.000Z' },
    suites: [
      {
        title: 'generations.test.ts',
        specs: [
          {
            title: '300 pictures',
            file: 'soak/generations.test.ts',
            tests: [{ results: [result('passed', [{ type: 'figures', description: '{"pictures":300}' }])] }],
          },
        ],
        suites: [{ title: 'a group', specs: [{ title: 'fails', tests: [{ results: [result('failed', [])] }] }] }],
      },
    ],
  };
  const reportPath = join(folder, 'report.json');
  const outPath = join(folder, 'results/soak.json');
  writeFileSync(reportPath, JSON.stringify(report));
  keepSoakResults({ reportPath, outPath });
  expect(JSON.parse(readFileSync(outPath, 'utf8'))).toEqual({
    startedAt: '2026-01-02T03:04:05.000Z',
    node: process.version,
    tests: [
      { title: '300 pictures', status: 'passed', durationMs: 1200, figures: { pictures: 300 } },
      { title: 'fails', status: 'failed', durationMs: 1200 },
    ],
  });
});
