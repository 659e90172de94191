import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../../../simulator/random.js';
import { createPlanner, type PlanProblem, solvePlan } from '../../../solver/index.js';
import { resemblance } from '../../../solver/planner/resemblance.js';
import { PLAN_SETTINGS, planOf, randomPlan } from './plan-builder.js';

const CASES = 60;

/** The first sessions without the last one, and everything forecast a little off. */
function earlier(problem: PlanProblem, seed: number): PlanProblem {
  const random = mulberry32(seed);
  const around = (values: readonly number[]) =>
    values.map((value) => value * (1 + 0.01 * (2 * random() - 1)));
  const { connection, sessions } = problem;
  const pvW = around(connection.pvW);
  return {
    ...problem,
    sessions: sessions.slice(0, -1),
    connection: { ...connection, loadW: around(connection.loadW), pvW },
  };
}

describe('a planner that has planned before', () => {
  test(`${CASES} sites by chance: accepted after an arrival, and as cheap as a cold plan`, () => {
    const wrong: string[] = [];
    let warmIterations = 0;
    let coldIterations = 0;
    for (let seed = 1; seed <= CASES; seed += 1) {
      const problem = randomPlan(mulberry32(seed));
      const planner = createPlanner();
      planner.plan(earlier(problem, seed), PLAN_SETTINGS);
      const warm = planner.plan(problem, PLAN_SETTINGS);
      const cold = solvePlan(problem, PLAN_SETTINGS);
      warmIterations += warm.iterations;
      coldIterations += cold.iterations;
      if (warm.status !== 'accepted') wrong.push(`seed ${seed}: gap ${warm.gap}`);
      const apart = Math.abs(warm.cost - cold.cost) / Math.max(1, Math.abs(cold.cost));
      if (apart > 2e-4) wrong.push(`seed ${seed}: ${warm.cost} and ${cold.cost}`);
    }
    expect(wrong).toEqual([]);
    expect(warmIterations).toBeLessThan(coldIterations);
  });

  test('the same problem again takes fewer iterations', () => {
    const problem = randomPlan(mulberry32(4));
    const planner = createPlanner();
    const first = planner.plan(problem, PLAN_SETTINGS);
    const again = planner.plan(problem, PLAN_SETTINGS);
    expect(first.status).toBe('accepted');
    expect(again.status).toBe('accepted');
    expect(again.iterations).toBeLessThan(first.iterations);
  });

  test('a site of another shape is planned as by a new planner, to the last bit', () => {
    const planner = createPlanner();
    planner.plan(randomPlan(mulberry32(1)), PLAN_SETTINGS);
    const other = planOf({ slotSec: [3600, 1800], sessions: [{}, {}] });
    expect(planner.plan(other, PLAN_SETTINGS)).toEqual(solvePlan(other, PLAN_SETTINGS));
  });

  test('after a failure it starts anew', () => {
    const problem = planOf({ slotSec: [3600, 3600], sessions: [{}, {}] });
    const planner = createPlanner();
    planner.plan(problem, PLAN_SETTINGS);
    const spent = planner.plan(problem, { ...PLAN_SETTINGS, gapMax: 1e-12, iterationsMax: 0 });
    expect(spent.status).toBe('failed');
    expect(planner.plan(problem, PLAN_SETTINGS)).toEqual(solvePlan(problem, PLAN_SETTINGS));
  });
});

describe('resemblance', () => {
  const slotSec = [3600, 3600];
  const before = planOf({ slotSec, sessions: [{}] });

  test('an arrival or another forecast is close', () => {
    expect(resemblance(before, planOf({ slotSec, sessions: [{}, {}] }))).toBe('close');
    const connection = { loadW: [900, 100], importPricePerKwh: [0.201, 0.2] };
    expect(resemblance(before, planOf({ slotSec, connection }))).toBe('close');
  });

  test('other prices are rough', () => {
    const connection = { importPricePerKwh: [0.25, 0.2] };
    expect(resemblance(before, planOf({ slotSec, connection }))).toBe('rough');
  });

  test.each([
    ['other slots', planOf({ slotSec: [3600, 900] })],
    ['one slot more', planOf({ slotSec: [...slotSec, 3600] })],
    ['another limit', planOf({ slotSec, connection: { importMaxW: 45_000 } })],
    [
      'an order of the grid',
      planOf({ slotSec, connection: { orders: [{ firstSlot: 0, endSlot: 1, importMaxW: 9 }] } }),
    ],
    ['three phases', planOf({ slotSec, phaseCount: 3 })],
  ])('%s is none', (_, now) => {
    expect(resemblance(before, now)).toBe('none');
  });
});
