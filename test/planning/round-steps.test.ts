import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { amps } from '../../solver/index.js';
import { meanSteps, roundSteps } from '../../src/planning/round-steps.js';
import { PILOTS_DEFAULT } from '../../src/sites/defaults.js';

const QUARTER_MS = 900_000;
const slots = Array.from({ length: 24 }, (_, i) => ({
  startMs: i * QUARTER_MS,
  endMs: (i + 1) * QUARTER_MS,
}));
const LIMITS = { pilots: PILOTS_DEFAULT, minA: amps(6), maxA: 32 };

/** Each slot's current, from the steps. */
const told = (currentA: readonly number[], limits = LIMITS): number[] => {
  const steps = roundSteps(slots, currentA, limits);
  return currentA.map((_, i) => steps.findLast((it) => it.fromMs <= i * QUARTER_MS)?.targetA ?? -1);
};

test('whole pilots, with the rest carried on', () => {
  expect(told([10.5, 10.5, 10.5, 10.5])).toEqual([10, 11, 10, 11]);
});

test('below half of the minimum it pauses, and makes good later', () => {
  expect(told([2, 2, 2, 2, 2, 2])).toEqual([0, 6, 0, 0, 6, 0]);
  expect(told([0, 0, 16])).toEqual([0, 0, 16]);
});

test('only what the EVSE can signal', () => {
  const pilots = { kind: 'set', valuesA: [amps(8), amps(16), amps(32)] } as const;
  expect(told([12, 12, 12], { pilots, minA: amps(6), maxA: 32 })).toEqual([8, 16, 8]);
});

test('in the mean it is what was planned, and never what cannot be charged with', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 32, noNaN: true }), { minLength: 1 }), (all) => {
      const currentA = all.slice(0, slots.length);
      const given = told(currentA);
      for (const limitA of given) expect(limitA === 0 || limitA >= 6).toBe(true);
      let owedA = 0;
      for (const [i, wantedA] of currentA.entries()) {
        owedA += wantedA - (given[i] ?? 0);
        expect(Math.abs(owedA)).toBeLessThanOrEqual(32);
      }
      expect(Math.max(...given)).toBeLessThanOrEqual(32);
    }),
  );
});

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
