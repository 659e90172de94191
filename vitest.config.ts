import { defineConfig } from 'vitest/config';
import LongestFirst from './test/setup/longest-first.js';
import { oneModule } from './test/setup/one-module.js';

/** A day at 360 times real time. */
const DAY = ['test/system/real-day.test.ts'];

const BUILD = './test/setup/build.ts';

/**
 * Most of what a simulated step or a generated case makes dies young: a young generation of this size,
 * in MB, is rarely collected. Compiling of hot functions begins later, when their types are known.
 */
const SHORT_LIVED = ['--max-semi-space-size=64', '--interrupt-budget=600000'];

/** `unit` is pure and fast; `system` starts real servers and sockets, `browser` a browser as well. */
export default defineConfig({
  test: {
    reporters: ['default', './test/setup/closing-line.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [oneModule(import.meta.dirname)],
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/browser/**', 'node_modules/**'],
          sequence: { groupOrder: 0 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Left to itself it keeps one core idle.
          maxWorkers: '100%',
          // Pure modules: what one file imported, the next need not load again.
          isolate: false,
          execArgv: SHORT_LIVED,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          exclude: DAY,
          globalSetup: BUILD,
          testTimeout: 600_000,
          hookTimeout: 300_000,
          // They mostly wait for real time.
          maxWorkers: 3,
          // Loading the whole service costs more than most of these tests: once for each worker.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: BUILD,
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'day',
          include: DAY,
          globalSetup: BUILD,
          testTimeout: 600_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
