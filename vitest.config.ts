import { defineConfig } from 'vitest/config';

/** `unit` is pure and fast; `system` starts real servers, sockets and a browser. */
export default defineConfig({
  test: {
    reporters: ['default', './test/setup/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/browser/**', 'node_modules/**'],
          sequence: { groupOrder: 0 },
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts', 'test/browser/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
