import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createClock } from '../../src/platform/clock.js';

const REAL_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: REAL_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

test('without an origin site time is real time', () => {
  const clock = createClock({ speed: 1 });
  vi.advanceTimersByTime(1234);
  expect(clock.nowMs()).toBe(REAL_MS + 1234);
});

test('with an origin and a speed site time runs from there, also in a process that starts later', () => {
  const origin = { siteMs: 1_000_000, realMs: REAL_MS };
  const first = createClock({ origin, speed: 20 });
  vi.advanceTimersByTime(500);
  const second = createClock({ origin, speed: 20 });
  expect(first.nowMs()).toBe(1_010_000);
  expect(second.nowMs()).toBe(1_010_000);
});

test('calls back at the site time, which at speed 20 is a twentieth of the wait', () => {
  const clock = createClock({ origin: { siteMs: 0, realMs: REAL_MS }, speed: 20 });
  const ring = vi.fn(() => clock.nowMs());
  clock.at(60_000, ring);
  vi.advanceTimersByTime(2999);
  expect(ring).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(ring).toHaveReturnedWith(60_000);
});

test('an instant that has passed is called back at once, but not inside the call', () => {
  const ring = vi.fn();
  createClock({ speed: 1 }).at(REAL_MS - 5, ring);
  expect(ring).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(ring).toHaveBeenCalledOnce();
});

test('a wait beyond what a timer holds (24.8 days) is still kept', () => {
  const ring = vi.fn();
  createClock({ speed: 1 }).at(REAL_MS + 60 * DAY_MS, ring);
  vi.advanceTimersByTime(60 * DAY_MS - 1);
  expect(ring).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(ring).toHaveBeenCalledOnce();
});

test('a timer that fires before its time, because the system clock was set back, is armed again', () => {
  const ring = vi.fn();
  createClock({ speed: 1 }).at(REAL_MS + 1000, ring);
  vi.setSystemTime(REAL_MS - 500);
  vi.advanceTimersByTime(1000);
  expect(ring).not.toHaveBeenCalled();
  vi.advanceTimersByTime(500);
  expect(ring).toHaveBeenCalledOnce();
});

test('a cancelled call does not come, not even after it was armed again', () => {
  const ring = vi.fn();
  const cancel = createClock({ speed: 1 }).at(REAL_MS + 30 * DAY_MS, ring);
  vi.advanceTimersByTime(26 * DAY_MS);
  cancel();
  vi.advanceTimersByTime(10 * DAY_MS);
  expect(ring).not.toHaveBeenCalled();
});

test.each([0, -1, Number.NaN, Infinity])('refuses the speed %d', (speed) => {
  expect(() => createClock({ origin: { siteMs: 0, realMs: 0 }, speed })).toThrow(RangeError);
});
