import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    // Property tests and whole-corpus tests count in seconds on a busy machine.
    testTimeout: 30_000,
  },
});
