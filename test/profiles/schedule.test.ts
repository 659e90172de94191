import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildSchedule,
  compareSchedules,
  limitAt,
  mergeSchedules,
  resampleSchedule,
  type Schedule,
} from '../../profiles/index.js';
import { amps } from '../../solver/index.js';

const step = (fromMs: number, limitA?: number) =>
  limitA === undefined ? { fromMs } : { fromMs, limitA: amps(limitA) };

describe('schedule', () => {
  test('joins equal neighbours and keeps a gap as no limit', () => {
    expect(buildSchedule([step(0, 6), step(10, 6), step(20), step(30, 0)])).toEqual([
      step(0, 6),
      step(20),
      step(30, 0),
    ]);
  });

  test('names instants out of order and limits that are none', () => {
    const built = buildSchedule([step(10, 6), step(10, -1)]);
    expect(built.map((each) => 'rule' in each && each.rule)).toEqual([
      'schedule-steps-ascend',
      'schedule-limit-not-negative',
    ]);
  });

  test('has no limit before its first step and holds the last one for ever', () => {
    const schedule = [step(10, 16), step(20, 6)];
    expect(limitAt(schedule, 9)).toBeUndefined();
    expect(limitAt(schedule, 19)).toBe(16);
    expect(limitAt(schedule, 1e15)).toBe(6);
  });

  test('resamples to the lowest limit within each slot', () => {
    const schedule = [step(0, 16), step(90_000, 6), step(100_000, 20)];
    const grid = { startAtMs: -60_000, slotSec: 60, slotCount: 4 };
    expect(resampleSchedule(schedule, grid)).toEqual([undefined, 16, 6, 20]);
  });

  test('compares from an instant on and counts no limit as infinite', () => {
    const before = [step(0, 16), step(100, 6)];
    const after = [step(0, 10), step(200, 8)];
    expect(compareSchedules(before, after, 0)).toEqual({ raiseMaxA: 4, cutMaxA: 6 });
    expect(compareSchedules(before, after, 250)).toEqual({ raiseMaxA: 2, cutMaxA: 0 });
    expect(compareSchedules(before, [], 0)).toEqual({ raiseMaxA: Infinity, cutMaxA: 0 });
    expect(compareSchedules([], [], 0)).toEqual({ raiseMaxA: 0, cutMaxA: 0 });
  });

  test('a merge is at every instant the lower of the two', () => {
    fc.assert(
      fc.property(schedules, schedules, fc.integer({ min: -5, max: 105 }), (a, b, atMs) => {
        const lowest = Math.min(limitAt(a, atMs) ?? Infinity, limitAt(b, atMs) ?? Infinity);
        expect(limitAt(mergeSchedules(a, b), atMs) ?? Infinity).toBe(lowest);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

const schedules: fc.Arbitrary<Schedule> = fc
  .uniqueArray(
    fc.tuple(fc.integer({ min: 0, max: 100 }), fc.option(fc.integer({ min: 0, max: 32 }))),
    { selector: ([fromMs]) => fromMs, maxLength: 6 },
  )
  .map((steps) =>
    steps.sort(([a], [b]) => a - b).map(([fromMs, limitA]) => step(fromMs, limitA ?? undefined)),
  );
