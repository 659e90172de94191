import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { forecast, forecastErrors, type PowerPoint } from '../../src/planning/forecast.js';

const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday, midnight in Berlin. */
const MONDAY_MS = Date.UTC(2026, 0, 4, 23);
const BERLIN = 'Europe/Berlin';

/** Quarter hours of `days` days up to `endMs`, by the local hour and the day from Monday, 0 to 6. */
function history(
  endMs: number,
  days: number,
  powerAt: (hour: number, day: number) => number,
): readonly PowerPoint[] {
  const startMs = endMs - days * DAY_MS;
  return Array.from({ length: days * 96 }, (_, index) => {
    const atMs = startMs + index * QUARTER_MS;
    const hours = Math.floor((atMs - MONDAY_MS) / HOUR_MS);
    const powerW = powerAt(((hours % 24) + 24) % 24, Math.floor((((hours / 24) % 7) + 7) % 7));
    return { atMs, powerW };
  });
}

/** Open on working days from 8 to 18. */
const office = (hour: number, day: number): number =>
  day < 5 && hour >= 8 && hour < 18 ? 20_000 : 2000;

test('a week that repeats is foretold, by weekday and hour of the site', () => {
  const nowMs = MONDAY_MS + 10 * HOUR_MS;
  const made = forecast(history(nowMs, 28, office), BERLIN, nowMs);
  for (let hour = 0; hour < 7 * 24; hour += 1) {
    const atMs = nowMs + hour * HOUR_MS;
    const expectedW = office((10 + hour) % 24, Math.floor((10 + hour) / 24) % 7);
    expect(Math.abs((made?.(atMs) ?? 0) - expectedW)).toBeLessThan(0.05 * 20_000);
  }
});

test('the hour moves with summer time: 8 in the morning stays 8 in the morning', () => {
  // Clocks go forward on 29 March 2026.
  const nowMs = Date.UTC(2026, 2, 28, 23);
  const wallHours = history(nowMs, 21, (hour) => 1000 * hour);
  const made = forecast(wallHours, BERLIN, nowMs);
  expect(made?.(Date.UTC(2026, 2, 30, 6, 30))).toBeCloseTo(8000, -2);
});

test.each([BERLIN, 'Asia/Kathmandu', 'America/Los_Angeles'])(
  'in %s each hour is its own, also on the day on which clocks change',
  (zone) => {
    const hourAt = (atMs: number): number => DateTime.fromMillis(atMs, { zone }).hour;
    // Clocks went forward on 8 March in Los Angeles, and do on 29 March in Berlin.
    const nowMs = Date.UTC(2026, 2, 29, 12);
    const wallHours = history(nowMs, 28, () => 0).map(({ atMs }) => ({
      atMs,
      powerW: 1000 * hourAt(atMs),
    }));
    const made = forecast(wallHours, zone, nowMs);
    for (let atMs = nowMs; atMs < nowMs + 8 * DAY_MS; atMs += QUARTER_MS) {
      expect(made?.(atMs)).toBeCloseTo(1000 * hourAt(atMs), 6);
    }
  },
);

test('how the last hour differs counts now, and less and less ahead', () => {
  const nowMs = MONDAY_MS + 12 * HOUR_MS;
  const usual = history(nowMs, 28, office);
  const high = usual.map((it) =>
    it.atMs >= nowMs - HOUR_MS ? { ...it, powerW: it.powerW + 5000 } : it,
  );
  const [flat, raised] = [forecast(usual, BERLIN, nowMs), forecast(high, BERLIN, nowMs)];
  const liftW = (aheadMs: number) =>
    (raised?.(nowMs + aheadMs) ?? 0) - (flat?.(nowMs + aheadMs) ?? 0);
  expect(liftW(0)).toBeGreaterThan(3500);
  expect(liftW(2 * HOUR_MS)).toBeGreaterThan(1000);
  expect(liftW(2 * HOUR_MS)).toBeLessThan(2500);
  expect(Math.abs(liftW(18 * HOUR_MS))).toBeLessThan(200);
});

test('what was never seen falls back to like days, to the hour, to the mean; nothing to none', () => {
  const nowMs = MONDAY_MS + 2 * DAY_MS;
  const made = forecast(history(nowMs, 2, office), BERLIN, nowMs);
  // Thursday, of which only Monday and Tuesday tell.
  expect(made?.(MONDAY_MS + 3 * DAY_MS + 9 * HOUR_MS)).toBeCloseTo(20_000, -2);
  const oneHour = history(nowMs, 1, () => 7000).slice(0, 4);
  expect(forecast(oneHour, BERLIN, nowMs)?.(nowMs + 9 * HOUR_MS)).toBe(7000);
  expect(forecast([], BERLIN, nowMs)).toBeUndefined();
});

test('its error is that of forecasts made from what was known at the time', () => {
  const nowMs = MONDAY_MS + 10 * HOUR_MS;
  const regular = forecastErrors(history(nowMs, 28, office), BERLIN, nowMs);
  expect(regular.map((it) => it.horizonSec)).toEqual([3600, 4 * 3600, 24 * 3600]);
  expect(regular.map((it) => it.count)).toEqual([167, 164, 144]);
  for (const { meanAbsoluteErrorW } of regular) expect(meanAbsoluteErrorW).toBeLessThan(600);
  // Each day is another, by chance of the day: a forecast far ahead cannot know, one of the hour can.
  const restless = history(nowMs, 28, office).map((it) => {
    const day = Math.floor((it.atMs - MONDAY_MS) / DAY_MS);
    return { ...it, powerW: it.powerW + (day % 3) * 8000 };
  });
  const [hour, , day] = forecastErrors(restless, BERLIN, nowMs);
  expect(day?.meanAbsoluteErrorW).toBeGreaterThan(4000);
  expect(hour?.meanAbsoluteErrorW).toBeLessThan(0.7 * (day?.meanAbsoluteErrorW ?? 0));
  expect(forecastErrors([], BERLIN, nowMs)).toEqual([]);
});
