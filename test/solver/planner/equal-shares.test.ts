/** Among plans that serve the same energy at the same price: everybody gets an equal part. */
import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../../../simulator/random.js';
import { loadHighs, solveWithHighs } from '../../../solver/backends/highs.js';
import { solveWithJavascriptLp } from '../../../solver/backends/javascript-lp-solver.js';
import {
  checkPlan,
  costBound,
  type Plan,
  type PlanProblem,
  solvePlan,
} from '../../../solver/index.js';
import { PLAN_SETTINGS, planOf, randomPlan } from './plan-builder.js';

const HOURS = [3600, 3600, 3600, 3600];

function withShares(problem: PlanProblem, equalSharePerKwh: number): PlanProblem {
  return { ...problem, weights: { ...problem.weights, equalSharePerKwh } };
}

/** What each session gets of what it wants. */
function shares({ sessions, slotSec }: PlanProblem, { sessionW }: Plan): readonly number[] {
  return sessions.map(({ firstSlot, energyWh }, index) => {
    const wh = (sessionW[index] as Float64Array).reduce(
      (sum, powerW, at) => sum + (powerW * (slotSec[firstSlot + at] ?? 0)) / 3600,
      0,
    );
    return wh / energyWh;
  });
}

/** Too little for all, and nothing else that decides. */
const TIES: readonly (readonly [string, PlanProblem])[] = [
  [
    'two equal vehicles',
    planOf({ slotSec: HOURS, sessions: [20, 20].map(wanting), panelLimitW: [5000] }),
  ],
  [
    'three equal vehicles',
    planOf({ slotSec: HOURS, sessions: [10, 10, 10].map(wanting), panelLimitW: [4500] }),
  ],
  [
    'one that wants four times as much',
    planOf({ slotSec: HOURS, sessions: [5, 20].map(wanting), panelLimitW: [3000] }),
  ],
  [
    'one that leaves an hour before the other',
    planOf({
      slotSec: HOURS,
      sessions: [{ ...wanting(20), endSlot: 3 }, wanting(20)],
      panelLimitW: [5000],
    }),
  ],
];

function wanting(energyKwh: number) {
  return { energyWh: 1000 * energyKwh };
}

describe('when scarce', () => {
  test('equal vehicles get the same to the percent in the structured engine, with a weight or without', () => {
    for (const [, plain] of TIES.slice(0, 2)) {
      for (const problem of [plain, withShares(plain, 0.05)]) {
        const own = shares(problem, solvePlan(problem, PLAN_SETTINGS).plan);
        expect(Math.max(...own) - Math.min(...own)).toBeLessThan(0.01);
      }
    }
  });

  test.each(TIES)('%s: equal parts, and not a Wh less', async (_, plain) => {
    const problem = withShares(plain, 0.05);
    const highs = solveWithHighs(await loadHighs(), problem, { mode: 'simplex', gapMax: 1e-4 });
    const ours = solvePlan(problem, PLAN_SETTINGS);
    expect(ours.status).toBe('accepted');
    const served = checkPlan(plain, solvePlan(plain, PLAN_SETTINGS).plan).cost;
    for (const plan of [ours.plan, highs.plan as Plan]) {
      const own = shares(problem, plan);
      // Within a third nothing more is said: an engine may stop at either end of it.
      expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1 / 3 + 0.01);
      expect(Math.abs(checkPlan(plain, plan).cost - served)).toBeLessThan(2e-4 * served);
    }
    const own = shares(problem, ours.plan);
    expect(Math.max(...own) - Math.min(...own)).toBeLessThan(1 / 6);
  });
});

test('sites by chance: all engines find the same cost, and prices bound it', async () => {
  const highs = await loadHighs();
  const wrong: string[] = [];
  for (let seed = 1; seed <= 60; seed += 1) {
    const problem = withShares(randomPlan(mulberry32(seed)), 0.02);
    const ours = solvePlan(problem, PLAN_SETTINGS);
    const { plan, prices } = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: 1e-4 });
    if (plan === undefined || prices === undefined) throw new Error(`seed ${seed}: no plan`);
    const { cost } = checkPlan(problem, plan);
    const scale = Math.max(1, Math.abs(cost));
    if (ours.status !== 'accepted') wrong.push(`seed ${seed}: gap ${ours.gap}`);
    if (Math.abs(ours.cost - cost) > 2e-4 * scale)
      wrong.push(`seed ${seed}: ${ours.cost}, ${cost}`);
    if (Math.abs(costBound(problem, prices) - cost) > 1e-5 * scale)
      wrong.push(`seed ${seed}: bound of HiGHS`);
    if (ours.costBound > cost + 1e-6 * scale) wrong.push(`seed ${seed}: bound ${ours.costBound}`);
    if (problem.sessions.length * problem.slotSec.length > 100) continue;
    const other = solveWithJavascriptLp(problem).plan;
    const otherCost = other === undefined ? Number.NaN : checkPlan(problem, other).cost;
    if (!(Math.abs(otherCost - cost) <= 1e-4 * scale)) wrong.push(`seed ${seed}: ${otherCost}`);
  }
  expect(wrong).toEqual([]);
});
