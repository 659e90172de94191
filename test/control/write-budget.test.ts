import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSmallRaise, nextRaiseAtMs, nextRepeatAtMs } from '../../src/control/write-budget.js';

const HOUR_MS = 3_600_000;
const NOW_MS = 100 * HOUR_MS;
const LARGE = { perHourMax: 12, isSmall: false };
const SMALL = { perHourMax: 12, isSmall: true };

/** Raises as early as the budget lets them, asked for at random instants. */
function raises(perHourMax: number, pausesMs: readonly number[]): readonly number[] {
  const sentMs: number[] = [];
  let nowMs = NOW_MS;
  for (const pauseMs of pausesMs) {
    nowMs = Math.max(
      nowMs + pauseMs,
      nextRaiseAtMs(sentMs, nowMs + pauseMs, { perHourMax, isSmall: false }),
    );
    // What is known at the first instant may be a little late by then.
    if (nextRaiseAtMs(sentMs, nowMs, { perHourMax, isSmall: false }) > nowMs) continue;
    sentMs.push(nowMs);
  }
  return sentMs;
}

describe('raises', () => {
  test('half of the hour may come at once, the others evenly', () => {
    const first = Array.from({ length: 6 }, () => NOW_MS);
    expect(nextRaiseAtMs(first.slice(1), NOW_MS, LARGE)).toBeLessThanOrEqual(NOW_MS);
    const nextMs = nextRaiseAtMs(first, NOW_MS, LARGE);
    expect(nextMs).toBe(Math.ceil(NOW_MS + HOUR_MS / 7));
    expect(nextRaiseAtMs([...first, nextMs], nextMs, LARGE)).toBeLessThanOrEqual(
      nextMs + HOUR_MS / 7 + 1,
    );
  });

  test('small ones leave half of what may come at once to large ones', () => {
    const [one, two, three] = [1, 2, 3].map((count) => Array.from({ length: count }, () => NOW_MS));
    expect(nextRaiseAtMs(two ?? [], NOW_MS, SMALL)).toBeLessThanOrEqual(NOW_MS);
    expect(nextRaiseAtMs(three ?? [], NOW_MS, SMALL)).toBe(Math.ceil(NOW_MS + HOUR_MS / 7));
    expect(nextRaiseAtMs(three ?? [], NOW_MS, LARGE)).toBeLessThanOrEqual(NOW_MS);
    const rare = { perHourMax: 1, isSmall: true };
    expect(nextRaiseAtMs([], NOW_MS, rare)).toBeLessThanOrEqual(NOW_MS);
    expect(nextRaiseAtMs(one ?? [], NOW_MS, rare)).toBe(NOW_MS + HOUR_MS);
  });

  test.each([
    [16, 17, true],
    [16, 19, true],
    [16, 20, false],
    [6, 7, true],
    [6, 8, false],
    [0, 6, false],
    [0, 1, false],
  ])('from %i A to %i A is a small one: %j', (fromA, toA, isSmall) => {
    expect(isSmallRaise(fromA, toA)).toBe(isSmall);
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
            const waitMs = nextRaiseAtMs(known, atMs, { perHourMax, isSmall: false }) - atMs;
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
