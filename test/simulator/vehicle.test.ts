import { expect, test } from 'vitest';
import { mulberry32 } from '../../simulator/random.js';
import { type VehicleSpec, createVehicle } from '../../simulator/vehicle.js';

type Step = readonly [atMs: number, currentA: number];

/** A three-phase vehicle that follows at once, unless told otherwise; 16 A is 11 040 W. */
function vehicle(fields: Partial<VehicleSpec> = {}) {
  const steps: Step[] = [];
  const made = createVehicle(
    {
      energyWh: 11_040,
      maxA: 16,
      phaseCount: 3,
      voltageV: 230,
      taper: false,
      random: () => 0,
      onStep: (atMs, currentA) => steps.push([atMs, currentA]),
      ...fields,
    },
    0,
  );
  return { made, steps };
}

const HOUR_MS = 3_600_000;

test('draws the least of pilot and own maximum, and nothing below 6 A', () => {
  for (const [pilotA, drawA] of [
    [5.9, 0],
    [6, 6],
    [12, 12],
    [32, 16],
  ] as const) {
    const { made } = vehicle();
    made.setPilot(0, pilotA);
    made.advanceTo(1);
    expect(made.currentA(), `pilot ${pilotA} A`).toBe(drawA);
  }
});

test('is full at the exact instant, however late somebody looks', () => {
  const { made, steps } = vehicle();
  made.setPilot(0, 16);
  made.advanceTo(10 * HOUR_MS);
  expect(steps).toEqual([
    [0, 16],
    [HOUR_MS, 0],
  ]);
  expect(made.deliveredWh()).toBe(11_040);
  expect(made.isFull()).toBe(true);
});

test('delivers the same energy whether it is watched once or a thousand times', () => {
  const once = vehicle();
  const often = vehicle();
  for (const { made } of [once, often]) {
    made.setPilot(0, 10);
    made.setPilot(600_000, 7);
  }
  once.made.advanceTo(1_800_000);
  for (let atMs = 0; atMs <= 1_800_000; atMs += 1800) often.made.advanceTo(atMs);
  const expectedWh = (690 * (10 * 600 + 7 * 1200)) / 3600;
  expect(once.made.deliveredWh()).toBeCloseTo(expectedWh, 9);
  expect(often.made.deliveredWh()).toBeCloseTo(expectedWh, 6);
  expect(often.steps).toEqual(once.steps);
});

test('follows a lowered pilot within 11 s, always', () => {
  const random = mulberry32(7);
  for (let round = 0; round < 500; round += 1) {
    const { made, steps } = vehicle({ random, energyWh: 1e9 });
    made.setPilot(0, 16);
    made.setPilot(1000 * random(), 10);
    made.setPilot(20_000, 6);
    made.advanceTo(31_000);
    expect(made.currentA()).toBe(6);
    expect(Math.max(...steps.map(([atMs]) => atMs))).toBeLessThanOrEqual(31_000);
  }
});

test('a cut that is followed sooner than the raise before it leaves no late raise behind', () => {
  const delays = [1, 1, 0, 0];
  const { made, steps } = vehicle({ random: () => delays.shift() ?? 0 });
  made.setPilot(0, 16);
  made.setPilot(1000, 0);
  made.advanceTo(60_000);
  expect(steps).toEqual([]);
});

test('stops at once when the contactor opens', () => {
  const { made, steps } = vehicle({ energyWh: 1e6 });
  made.setPilot(0, 16);
  made.disconnect(1000);
  made.advanceTo(60_000);
  expect(steps.at(-1)).toEqual([1000, 0]);
});

test('a tapering vehicle takes three quarters, half and a quarter near the end', () => {
  const { made, steps } = vehicle({ taper: true });
  made.setPilot(0, 32);
  made.advanceTo(10 * HOUR_MS);
  expect(steps.map(([, currentA]) => currentA)).toEqual([16, 12, 8, 4, 0]);
  const hours = 0.8 + 0.1 / 0.75 + 0.05 / 0.5 + 0.05 / 0.25;
  expect(steps.at(-1)?.[0]).toBeCloseTo(hours * HOUR_MS, 3);
  expect(made.deliveredWh()).toBe(11_040);
});
