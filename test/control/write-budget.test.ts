import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextRaiseAtMs, nextRepeatAtMs } from '../../src/control/write-budget.js';

const HOUR_MS = 3_600_000;
const NOW_MS = 100 * HOUR_MS;

/** Raises as early as the budget lets them, asked for at random instants. */
function raises(perHourMax: number, pausesMs: readonly number[]): readonly number[] {
  const sentMs: number[] = [];
  let nowMs = NOW_MS;
  for (const pauseMs of pausesMs) {
    nowMs = Math.max(nowMs + pauseMs, nextRaiseAtMs(sentMs, nowMs + pauseMs, perHourMax));
    // What is known at the first instant may be a little late by then.
    if (nextRaiseAtMs(sentMs, nowMs, perHourMax) > nowMs) continue;
    sentMs.push(nowMs);
  }
  return sentMs;
}

describe('raises', () => {
  test('half of the hour may come at once, the others evenly', () => {
    const first = Array.from({ length: 6 }, () => NOW_MS);
    expect(nextRaiseAtMs(first.slice(1), NOW_MS, 12)).toBeLessThanOrEqual(NOW_MS);
    const nextMs = nextRaiseAtMs(first, NOW_MS, 12);
    expect(nextMs).toBe(Math.ceil(NOW_MS + HOUR_MS / 7));
    expect(nextRaiseAtMs([...first, nextMs], nextMs, 12)).toBeLessThanOrEqual(
      nextMs + HOUR_MS / 7 + 1,
    );
  });

  test('never more than so many in any hour, and nobody waits longer than the hour allows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: 0, max: HOUR_MS / 4 }), { minLength: 1, maxLength: 150 }),
        (perHourMax, pausesMs) => {
          const sentMs = raises(perHourMax, pausesMs);
          for (const atMs of sentMs) {
            const inHour = sentMs.filter((it) => it > atMs - HOUR_MS && it <= atMs);
            expect(inHour.length).toBeLessThanOrEqual(perHourMax);
            const known = sentMs.filter((it) => it <= atMs);
            const waitMs = nextRaiseAtMs(known, atMs, perHourMax) - atMs;
            const atOnce = Math.ceil(perHourMax / 2);
            expect(waitMs).toBeLessThanOrEqual(HOUR_MS / (perHourMax + 1 - atOnce) + 1);
          }
        },
      ),
    );
  });
});

test('repeats may all come at once, and then one every five minutes', () => {
  const sentMs = [NOW_MS - 50, NOW_MS - 40, NOW_MS - 30];
  expect(nextRepeatAtMs(sentMs, NOW_MS, 4)).toBe(0);
  expect(nextRepeatAtMs(sentMs, NOW_MS, 3)).toBe(NOW_MS - 30 + 300_000);
  expect(nextRepeatAtMs(sentMs, NOW_MS + HOUR_MS, 3)).toBe(0);
});
