/** Both orders of elimination solve the same system: one leaves slots to the end, one vehicles. */
import { expect, test } from 'vitest';
import { canonicalPlanProblem } from '../../../benchmarks/plan/canonical.js';
import { mulberry32 } from '../../../simulator/random.js';
import type { PlanProblem } from '../../../solver/index.js';
import { createProgram } from '../../../solver/planner/interior-point/program.js';
import { solveInOrder } from '../../../solver/planner/solve-plan.js';
import { withFloors, withGroups } from './group-builder.js';
import { PLAN_SETTINGS, randomPlan } from './plan-builder.js';

/** More than in a daily run: PLAN_CASES=1000. */
const CASES = Number(process.env['PLAN_CASES'] ?? 200);

/** Batteries, peaks, orders, costs; two of three below groups, some with floors. */
function problemOf(seed: number): PlanProblem {
  const random = mulberry32(90_000 + seed);
  const plain = randomPlan(random);
  const problem = seed % 3 === 0 ? plain : withGroups(plain, random);
  return seed % 4 === 1 ? withFloors(problem, random, 0.2) : problem;
}

test(`${CASES} sites by chance: plans of both orders are accepted and cost the same`, () => {
  const wrong: string[] = [];
  let accepted = 0;
  let withStorage = 0;
  let withCuts = 0;
  for (let seed = 1; seed <= CASES; seed += 1) {
    const problem = problemOf(seed);
    const slots = solveInOrder(problem, PLAN_SETTINGS, 'slots-last');
    const vehicles = solveInOrder(problem, PLAN_SETTINGS, 'vehicles-last');
    if (slots.status !== vehicles.status)
      wrong.push(`seed ${seed}: ${slots.status} ${slots.gap}, ${vehicles.status} ${vehicles.gap}`);
    if (slots.status !== 'accepted') continue;
    accepted += 1;
    if (problem.connection.storage !== undefined) withStorage += 1;
    if (vehicles.prices.cut?.some((price) => price < -1e-3) === true) withCuts += 1;
    const apart = Math.abs(slots.cost - vehicles.cost) / Math.max(1, Math.abs(slots.cost));
    if (apart > 2e-4) wrong.push(`seed ${seed}: ${slots.cost} and ${vehicles.cost}`);
  }
  expect(wrong).toEqual([]);
  expect(accepted).toBeGreaterThan(0.8 * CASES);
  expect(withStorage).toBeGreaterThan(0.3 * CASES);
  expect(withCuts).toBeGreaterThan(0.1 * CASES);
});

test.each([
  [1, 5, 'vehicles-last'],
  [1, 54, 'slots-last'],
  [3, 12, 'vehicles-last'],
  [3, 54, 'vehicles-last'],
  [3, 300, 'slots-last'],
] as const)('%i phases, %i vehicles: %s', (phaseCount, sessionCount, kind) => {
  const problem = canonicalPlanProblem({ phaseCount, sessionCount, seed: 1 });
  expect(createProgram(problem).elimination.kind).toBe(kind);
});

test('the canonical day: the same iterations and the same cost in both orders', () => {
  for (const phaseCount of [1, 3] as const) {
    const problem = canonicalPlanProblem({ phaseCount, sessionCount: 30, seed: 2 });
    const slots = solveInOrder(problem, PLAN_SETTINGS, 'slots-last');
    const vehicles = solveInOrder(problem, PLAN_SETTINGS, 'vehicles-last');
    expect(vehicles.status).toBe('accepted');
    expect(vehicles.iterations).toBe(slots.iterations);
    expect(Math.abs(vehicles.cost - slots.cost)).toBeLessThan(1e-6 * Math.abs(slots.cost));
  }
});
