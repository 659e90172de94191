/** What is learnt from one sample of a vehicle after the other. */
import { describe, expect, test } from 'vitest';
import { learnVehicle, type LearntFrom, NOT_LEARNT } from '../../src/sessions/learn-vehicle.js';

const sample = (atMs: number, drawnA: number, isNeedMet = false): LearntFrom => ({
  atMs,
  drawnA,
  limitA: 32,
  limitSinceMs: 0,
  onSinceMs: 0,
  isNeedMet,
});

test('who draws nothing is satisfied after five minutes, and at once with all that was wanted', () => {
  const first = learnVehicle(NOT_LEARNT, sample(120_000, 0));
  expect(first.satisfied).toBe(false);
  expect(learnVehicle(first, sample(180_000, 0)).satisfied).toBe(false);
  expect(learnVehicle(first, sample(420_000, 0)).satisfied).toBe(true);
  expect(learnVehicle(NOT_LEARNT, sample(120_000, 0, true)).satisfied).toBe(true);
});

test('who draws on although it has what was wanted is not satisfied; nor right after a change', () => {
  expect(learnVehicle(NOT_LEARNT, sample(120_000, 31, true)).satisfied).toBe(false);
  expect(learnVehicle(NOT_LEARNT, sample(120_000, 5, true)).satisfied).toBe(false);
  expect(learnVehicle(NOT_LEARNT, sample(30_000, 0, true)).satisfied).toBe(false);
  const satisfied = learnVehicle(NOT_LEARNT, sample(120_000, 0, true));
  expect(learnVehicle(satisfied, sample(180_000, 31, true)).satisfied).toBe(false);
});

describe('who is paused while it draws', () => {
  const MINUTE_MS = 60_000;
  const after = (minutes: number, drawnA: number, onMinutes: number): LearntFrom => ({
    ...sample(minutes * MINUTE_MS, drawnA),
    limitSinceMs: onMinutes * MINUTE_MS,
    onSinceMs: onMinutes * MINUTE_MS,
  });
  /** On from the start, off at 10, on again at 20 min. */
  const learntFrom = (...samples: readonly LearntFrom[]) =>
    samples.reduce(learnVehicle, NOT_LEARNT);
  const drew = after(9, 31, 0);
  const paused = { ...after(15, 0, 10), limitA: 0 };
  const nothing = [22, 24, 26, 27].map((at) => after(at, 0, 20));

  test('and draws nothing for minutes when it is on again, is asleep, not full', () => {
    const [first, , ...rest] = nothing;
    expect(learntFrom(drew, paused, ...nothing.slice(0, 3)).asleepSinceMs).toBeUndefined();
    const asleep = learntFrom(drew, paused, ...nothing);
    expect(asleep).toMatchObject({ satisfied: true, resumes: false });
    expect(asleep.asleepSinceMs).toBe(27 * MINUTE_MS);
    expect(learnVehicle(asleep, after(28, 0, 20)).asleepSinceMs).toBe(27 * MINUTE_MS);
    const late = learntFrom(drew, paused, first ?? drew, after(24, 31, 20), ...rest);
    expect(late).toMatchObject({ satisfied: false, asleepSinceMs: undefined, resumes: undefined });
  });

  test('and then draws again has woken up, and is known for the rest of its session', () => {
    const woken = learntFrom(drew, paused, ...nothing, after(29, 31, 20));
    expect(woken).toMatchObject({ satisfied: false, asleepSinceMs: undefined, resumes: false });
    const learnt = [29, 30, 31].map((at) => after(at, 10, 20));
    const known = learntFrom(drew, paused, ...nothing, ...learnt);
    expect(known.currentMaxA).toBe(11);
    const grown = learnVehicle(known, after(32, 11, 20));
    expect(grown).toMatchObject({ currentMaxA: undefined, resumes: false });
  });

  test('is full where it had stopped by itself before, or had never begun', () => {
    const stopped = learntFrom(drew, after(10, 0, 0), paused, ...nothing);
    expect(stopped).toMatchObject({
      satisfied: true,
      resumes: undefined,
      asleepSinceMs: undefined,
    });
    const never = learntFrom(paused, ...nothing);
    expect(never).toMatchObject({ satisfied: true, resumes: undefined, asleepSinceMs: undefined });
  });

  test('is full where it has all that was wanted', () => {
    const met = nothing.map((it) => ({ ...it, isNeedMet: true }));
    expect(learntFrom(drew, paused, ...met)).toMatchObject({ satisfied: true, resumes: undefined });
  });
});
