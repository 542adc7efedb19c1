import { defineConfig } from 'vitest/config';

/** Tests of the built and packaged product, one at a time: each may start a VS Code and a browser. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/host/require-build.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
