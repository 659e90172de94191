/** Circuits above panels, and costs of a vehicle's slot, by hand. */
import { expect, test } from 'vitest';
import { loadHighs, solveWithHighs } from '../../../solver/backends/highs.js';
import { checkPlan, type PlanProblem, solvePlan } from '../../../solver/index.js';
import { PLAN_SETTINGS, planOf } from './plan-builder.js';

const GAP_MAX = 1e-6;

async function byHighs(problem: PlanProblem) {
  const { plan } = solveWithHighs(await loadHighs(), problem, { mode: 'simplex', gapMax: GAP_MAX });
  if (plan === undefined) throw new Error('HiGHS found no plan');
  return { plan, check: checkPlan(problem, plan) };
}

/** AB and BC of a delta supply share line b: |Ib|^2 = x^2 + y^2 + xy at most (3 kW)^2, one tangent. */
const SHARED_LINE: PlanProblem = planOf({
  phaseCount: 3,
  sessions: [{ phases: [0] }, { phases: [1] }],
  groups: [
    {
      id: 'line b',
      panelIndices: [0],
      cuts: [{ weights: [Math.sqrt(3) / 2, Math.sqrt(3) / 2, 0], limitW: [3000] }],
    },
  ],
});

test('a cut over two channels bounds what they draw together', async () => {
  const { plan, check } = await byHighs(SHARED_LINE);
  const drawnW = (plan.sessionW[0]?.[0] ?? 0) + (plan.sessionW[1]?.[0] ?? 0);
  expect(drawnW).toBeCloseTo((3000 * 2) / Math.sqrt(3), 3);
  expect(check.violationKw).toBeLessThan(1e-6);
});

test('the check sees a cut that is broken by 1 kW', async () => {
  const { plan } = await byHighs(SHARED_LINE);
  const tighter = {
    ...SHARED_LINE,
    groups: (SHARED_LINE.groups ?? []).map((group) => ({
      ...group,
      cuts: group.cuts.map((cut) => ({ ...cut, limitW: [2000] })),
    })),
  };
  expect(checkPlan(tighter, plan).violationKw).toBeCloseTo(1, 6);
});

test('a group binds the panels below it and no other', async () => {
  const problem = planOf({
    sessions: [{ panelIndex: 0 }, { panelIndex: 1 }],
    panelLimitW: [1e5],
    groups: [{ id: 'g', panelIndices: [1], cuts: [{ weights: [1], limitW: [2000] }] }],
  });
  const two = { ...problem, panels: [...problem.panels, { id: 'p1', limitW: [1e5] }] };
  const { plan } = await byHighs(two);
  expect(plan.sessionW.map((it) => Math.round(it[0] ?? 0))).toEqual([5000, 2000]);
});

test('charges in the slot that costs the vehicle less, in both engines', async () => {
  const problem = planOf({
    slotSec: [3600, 3600],
    sessions: [{ costPerKwh: [0.1, 0] }, { costPerKwh: [0, 0.1] }],
  });
  const { plan } = await byHighs(problem);
  expect(plan.sessionW.map((it) => [...it].map(Math.round))).toEqual([
    [0, 5000],
    [5000, 0],
  ]);
  const answer = solvePlan(problem, PLAN_SETTINGS);
  expect(answer.status).toBe('accepted');
  expect(answer.cost).toBeCloseTo(2, 3);
});

test('energy that may not stay unmet goes before energy of a higher priority', async () => {
  // 10 kWh for two that want 10 each.
  const problem = planOf({
    sessions: [
      { energyWh: 10_000, unmetMaxWh: 6000 },
      { energyWh: 10_000, priority: 5 },
    ],
    panelLimitW: [10_000],
  });
  const { plan, check } = await byHighs(problem);
  expect(plan.sessionW.map((it) => Math.round(it[0] ?? 0))).toEqual([4000, 6000]);
  expect(check.violationKw).toBeLessThan(1e-6);
  const greedy = { ...plan, sessionW: [Float64Array.of(0), Float64Array.of(10_000)] };
  expect(checkPlan(problem, greedy).violationKw).toBeCloseTo(4, 6);
});
