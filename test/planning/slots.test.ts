import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { planSlots, slotsWithin } from '../../src/planning/slots.js';

const MIN_MS = 60_000;
const HOUR_MS = 60 * MIN_MS;
const NOW_MS = Date.UTC(2026, 0, 5, 8, 2);
const minutes = (slots: ReturnType<typeof planSlots>) =>
  slots.map((it) => (it.endMs - it.startMs) / MIN_MS);

test('is fine from now on, then on the clock, and coarse in the end', () => {
  const slots = planSlots(NOW_MS, Date.UTC(2026, 0, 5, 20), []);
  const lengths = minutes(slots);
  expect(lengths.slice(0, 3)).toEqual([5, 5, 5]);
  expect(lengths[3]).toBe(13);
  expect(new Set(lengths.slice(4, 14))).toEqual(new Set([15]));
  expect(lengths.at(-1)).toBe(60);
  expect(slots.slice(0, -1).every((it, i) => it.endMs === slots[i + 1]?.startMs)).toBe(true);
});

test('events are edges; regular edges beside them give way', () => {
  const departureMs = Date.UTC(2026, 0, 5, 10, 0) + 30_000;
  const slots = planSlots(NOW_MS, NOW_MS + 12 * HOUR_MS, [departureMs]);
  const { endSlot } = slotsWithin(slots, { fromMs: NOW_MS, untilMs: departureMs });
  expect(slots[endSlot - 1]?.endMs).toBe(departureMs);
  expect(Math.min(...minutes(slots))).toBeGreaterThanOrEqual(1);
});

test('covers the horizon without gaps, whatever the events', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -HOUR_MS, max: 40 * HOUR_MS }), { maxLength: 60 }),
      fc.integer({ min: 0, max: HOUR_MS }),
      (offsets, shiftMs) => {
        const nowMs = NOW_MS + shiftMs;
        const endMs = nowMs + 12 * HOUR_MS;
        const slots = planSlots(
          nowMs,
          endMs,
          offsets.map((it) => nowMs + it),
        );
        expect(slots[0]?.startMs).toBe(nowMs);
        expect(slots.at(-1)?.endMs).toBe(endMs);
        for (const [index, { startMs, endMs: untilMs }] of slots.entries()) {
          expect(untilMs - startMs).toBeGreaterThan(0);
          if (index > 0) expect(startMs).toBe(slots[index - 1]?.endMs);
        }
        expect(slots.length).toBeLessThan(120);
      },
    ),
  );
});

test('a window too short for any slot is empty', () => {
  const slots = planSlots(NOW_MS, NOW_MS + HOUR_MS, []);
  const { firstSlot, endSlot } = slotsWithin(slots, { fromMs: NOW_MS, untilMs: NOW_MS + 1000 });
  expect(endSlot).toBe(firstSlot);
});
