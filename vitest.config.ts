/**
 * Tests that run in Node, in two projects:
 *   unit  fast, mirrors src/
 *   cli   starts the commands of tools/ as a user would
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.{ts,tsx}'] } },
      // One after the other: each starts a browser, and the smallest machine we test on has two cores.
      { test: { name: 'cli', include: ['tests/cli/**/*.test.ts'], testTimeout: 240_000, fileParallelism: false } },
    ],
  },
});
