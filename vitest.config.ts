/** Unit tests: fast, in Node, mirroring src/. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/unit/**/*.test.{ts,tsx}'],
    environment: 'node',
    // Two cores are the smallest machine the suite is meant for.
    maxWorkers: 2,
  },
});
