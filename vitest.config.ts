/**
 * Tests that run in Node, in two projects:
 *   unit  fast, mirrors src/
 *   cli   starts the commands of tools/ as a user would
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/{unit,contract}/**/*.test.{ts,tsx}'], testTimeout: 120_000 } },
      // Two at a time: each starts a browser, and the smallest machine we test on has two cores. A picture takes
      // seconds there; the limit is for machines that do much else at the same time.
      {
        test: {
          name: 'cli',
          include: ['tests/cli/**/*.test.ts'],
          globalSetup: 'tests/cli/buildOnce.ts',
          testTimeout: 480_000,
          hookTimeout: 480_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
