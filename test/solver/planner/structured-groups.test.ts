/** Groups and floors in the structured engine, against HiGHS. */
import { expect, test } from 'vitest';
import { mulberry32 } from '../../../simulator/random.js';
import { type Highs, loadHighs, solveWithHighs } from '../../../solver/backends/highs.js';
import {
  checkPlan,
  costBound,
  createPlanner,
  type PlanProblem,
  solvePlan,
} from '../../../solver/index.js';
import { deltaSitePlan } from './delta-site.js';
import { withFloors, withGroups } from './group-builder.js';
import { PLAN_SETTINGS, planOf, randomPlan } from './plan-builder.js';

/** More than in a daily run: PLAN_CASES=1000. */
const CASES = Number(process.env['PLAN_CASES'] ?? 200);

function problemOf(seed: number): PlanProblem {
  const random = mulberry32(70_000 + seed);
  const problem = withGroups(randomPlan(random), random);
  return seed % 3 === 0 ? withFloors(problem, random, seed % 2 === 0 ? 0.1 : 0.5) : problem;
}

/** What is wrong, and whether there is a plan at all. */
function compare(highs: Highs, seed: number) {
  const problem = problemOf(seed);
  const answer = solvePlan(problem, PLAN_SETTINGS);
  const { plan, prices } = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: 1e-4 });
  const wrong: string[] = [];
  if (plan === undefined || prices === undefined) {
    if (answer.status === 'accepted') wrong.push(`seed ${seed}: a plan where HiGHS has none`);
    return { wrong, hasPlan: false, iterations: answer.iterations };
  }
  const { cost, violationKw } = checkPlan(problem, plan);
  const scale = Math.max(1, Math.abs(cost));
  if (answer.status !== 'accepted')
    wrong.push(`seed ${seed}: gap ${answer.gap}, ${answer.violationKw} kW over`);
  if (Math.abs(answer.cost - cost) > 2e-4 * scale)
    wrong.push(`seed ${seed}: ${answer.cost}, HiGHS ${cost}`);
  if (answer.costBound - cost > 1e-6 * scale)
    wrong.push(`seed ${seed}: bound ${answer.costBound} above ${cost}`);
  const bound = costBound(problem, prices);
  if (violationKw > 1e-5 || Math.abs(cost - bound) > 1e-5 * scale)
    wrong.push(`seed ${seed}: HiGHS ${cost}, its prices bound it by ${bound}`);
  return { wrong, hasPlan: true, iterations: answer.iterations };
}

test(`${CASES} sites with nested groups by chance: the structured engine and HiGHS agree`, async () => {
  const highs = await loadHighs();
  const found = Array.from({ length: CASES }, (_, at) => compare(highs, at + 1));
  expect(found.flatMap((it) => it.wrong)).toEqual([]);
  const without = found.filter((it) => !it.hasPlan);
  expect(without.length).toBeGreaterThan(0);
  expect(without.length).toBeLessThan(CASES / 4);
  expect(Math.max(...without.map((it) => it.iterations))).toBeLessThanOrEqual(40);
});

test(`${2 * CASES} delta sites by chance, with free energy or without: none is given up`, () => {
  const settings = { ...PLAN_SETTINGS, violationMaxKw: 0.01 };
  const wrong: string[] = [];
  let binding = 0;
  let iterations = 0;
  for (let seed = 1; seed <= 2 * CASES; seed += 1) {
    const problem = deltaSitePlan(mulberry32(seed));
    const answer = solvePlan(problem, settings);
    const { violationKw, cost } = checkPlan(problem, answer.plan);
    const gap = (cost - costBound(problem, answer.prices)) / Math.max(1, Math.abs(cost));
    if (answer.status !== 'accepted' || violationKw > 0.01 || gap > 1e-4)
      wrong.push(`seed ${seed}: gap ${gap}, ${violationKw} kW over`);
    if (answer.prices.cut?.some((price) => price < -1e-3) === true) binding += 1;
    iterations += answer.iterations;
  }
  expect(wrong).toEqual([]);
  expect(binding).toBeGreaterThan(CASES);
  expect(iterations / (2 * CASES)).toBeLessThan(15);
});

test('some of these delta sites cost what HiGHS finds', async () => {
  const highs = await loadHighs();
  const wrong: string[] = [];
  for (let seed = 1; seed <= 30; seed += 1) {
    const problem = deltaSitePlan(mulberry32(seed));
    const { plan } = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: 1e-4 });
    const best = plan === undefined ? Number.NaN : checkPlan(problem, plan).cost;
    const { cost } = solvePlan(problem, PLAN_SETTINGS);
    if (!(Math.abs(cost - best) <= 2e-4 * Math.max(1, Math.abs(best))))
      wrong.push(`seed ${seed}: ${cost}, HiGHS ${best}`);
  }
  expect(wrong).toEqual([]);
});

test('prices of cuts at random still bound the cost from below', () => {
  const random = mulberry32(6);
  let binding = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const problem = problemOf(3 * seed + 1);
    const { status, prices, cost } = solvePlan(problem, PLAN_SETTINGS);
    const cut = prices.cut ?? new Float64Array(0);
    binding += cut.filter((price) => price < -1e-3).length;
    const shaken = { ...prices, cut: cut.map((price) => price + 0.2 * (random() - 0.5)) };
    expect(status).toBe('accepted');
    expect(costBound(problem, shaken)).toBeLessThanOrEqual(cost + 1e-9);
  }
  expect(binding).toBeGreaterThan(50);
});

test('floors that two sessions cannot both reach end without a plan, soon', () => {
  const sessions = [
    { energyWh: 10_000, unmetMaxWh: 3000 },
    { energyWh: 10_000, unmetMaxWh: 3000 },
  ];
  const cuts = [{ weights: [1], limitW: [10_000] }];
  const problem = planOf({ sessions, groups: [{ id: 'g', panelIndices: [0], cuts }] });
  const answer = solvePlan(problem, PLAN_SETTINGS);
  expect(answer.status).toBe('failed');
  expect(answer.iterations).toBeLessThanOrEqual(20);
  const wider = [{ weights: [1], limitW: [14_001] }];
  const feasible = { ...problem, groups: [{ id: 'g', panelIndices: [0], cuts: wider }] };
  expect(solvePlan(feasible, PLAN_SETTINGS).status).toBe('accepted');
});

test('a floor goes before a higher priority, at the price of what it costs', () => {
  // 10 kWh for two that want 10 each: 10 at 0.2, 6 unmet at 2, 4 unmet at 10.
  const problem = planOf({
    sessions: [
      { energyWh: 10_000, unmetMaxWh: 6000 },
      { energyWh: 10_000, priority: 5 },
    ],
    panelLimitW: [10_000],
  });
  const answer = solvePlan(problem, PLAN_SETTINGS);
  expect(answer.status).toBe('accepted');
  expect(answer.cost).toBeCloseTo(2 + 12 + 40, 2);
});

test('groups that cross each other: one is left out, and the check says whether that matters', () => {
  const crossing = (limitW: number): PlanProblem => {
    const panel = planOf({}).panels[0] as PlanProblem['panels'][number];
    const group = (id: string, panelIndices: readonly number[]) => {
      return { id, panelIndices, cuts: [{ weights: [1], limitW: [limitW] }] };
    };
    return {
      ...planOf({ sessions: [0, 1, 2].map((panelIndex) => ({ panelIndex })) }),
      panels: [panel, panel, panel],
      groups: [group('g0', [0, 1]), group('g1', [1, 2])],
    };
  };
  expect(solvePlan(crossing(11_000), PLAN_SETTINGS).status).toBe('accepted');
  expect(solvePlan(crossing(6000), PLAN_SETTINGS).status).toBe('failed');
});

test('a planner that has planned before plans an arrival below groups as cheaply as a new one', () => {
  let warmIterations = 0;
  let coldIterations = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const problem = problemOf(3 * seed + 1);
    const planner = createPlanner();
    planner.plan({ ...problem, sessions: problem.sessions.slice(0, -1) }, PLAN_SETTINGS);
    const warm = planner.plan(problem, PLAN_SETTINGS);
    const cold = solvePlan(problem, PLAN_SETTINGS);
    expect(warm.status).toBe('accepted');
    const apart = Math.abs(warm.cost - cold.cost) / Math.max(1, Math.abs(cold.cost));
    expect(apart).toBeLessThan(2e-4);
    warmIterations += warm.iterations;
    coldIterations += cold.iterations;
  }
  expect(warmIterations).toBeLessThan(coldIterations);
});
