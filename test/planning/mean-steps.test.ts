import { expect, test } from 'vitest';
import { meanSteps } from '../../src/planning/mean-steps.js';

const QUARTER_MS = 900_000;
const slots = Array.from({ length: 24 }, (_, i) => ({
  startMs: i * QUARTER_MS,
  endMs: (i + 1) * QUARTER_MS,
}));
test('as a mean: below its minimum it waits now, near what is in force it stays, and holds until the next plan', () => {
  const of = (currentA: readonly number[], inForceA: number) =>
    meanSteps(slots.slice(0, currentA.length), currentA, { inForceA, minA: 6 });
  expect(of([4.9, 5], 0)).toEqual([
    { fromMs: 0, targetA: 0 },
    { fromMs: 60_000 + QUARTER_MS, targetA: 5 },
  ]);
  expect(of([14.31], 0)[0]?.targetA).toBe(14.3);
  expect(of([14.31], 16)[0]?.targetA).toBe(16);
  expect(of([14.31], 20)[0]?.targetA).toBe(14.3);
});
