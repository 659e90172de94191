/** What is learnt from one sample of a vehicle after the other. */
import { expect, test } from 'vitest';
import { learnVehicle, type LearntFrom, NOT_LEARNT } from '../../src/sessions/learn-vehicle.js';

const sample = (atMs: number, drawnA: number, isNeedMet = false): LearntFrom => ({
  atMs,
  drawnA,
  limitA: 32,
  limitSinceMs: 0,
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
