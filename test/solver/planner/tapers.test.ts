/** Batteries that take less near full: HiGHS and javascript-lp-solver, the check, the bound. */
import { expect, test } from 'vitest';
import { mulberry32 } from '../../../simulator/random.js';
import { openBackends, planThrough } from '../../../solver/backends/chain.js';
import { loadHighs, solveWithHighs } from '../../../solver/backends/highs.js';
import { solveWithJavascriptLp } from '../../../solver/backends/javascript-lp-solver.js';
import { checkPlan, costBound, type PlanProblem } from '../../../solver/index.js';
import { PLAN_SETTINGS, planOf, randomPlan } from './plan-builder.js';

/** 10 kWh at up to 10 kW; near full 2 kW and half of what is missing. */
const tapering = { energyWh: 10_000, taper: { powerFullW: 2000, wattsPerMissingWh: 0.5 } };
const HOURS = [3600, 3600, 3600];

test('charges what the taper leaves in each slot', async () => {
  // 7 kW with 10 kWh missing, 3.5 with 3: 3 are left for the second hour.
  const problem = planOf({ slotSec: HOURS, sessions: [tapering] });
  const highs = await loadHighs();
  const short = { ...problem, sessions: [{ ...problem.sessions[0], endSlot: 1 }] } as PlanProblem;
  const { plan } = solveWithHighs(highs, short, { mode: 'simplex', gapMax: 1e-4 });
  expect(plan?.sessionW[0]?.[0]).toBeCloseTo(7000, 3);
  const whole = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: 1e-4 });
  const [first = 0, second = 0, third = 0] = whole.plan?.sessionW[0] ?? [];
  expect(first + second + third).toBeCloseTo(10_000, 3);
  expect(first).toBeLessThanOrEqual(7000 + 1e-6);
  expect(second).toBeLessThanOrEqual(2000 + 0.5 * (10_000 - first) + 1e-6);
});

test('the check finds power above the taper', () => {
  const problem = planOf({ slotSec: HOURS, sessions: [tapering] });
  const zeros = new Float64Array(3);
  const rest = { chargeW: zeros, dischargeW: zeros, curtailedW: zeros, exportW: zeros };
  const planFor = (own: Float64Array) => ({ ...rest, sessionW: [own], importW: own });
  expect(checkPlan(problem, planFor(Float64Array.of(6000, 4000, 0))).violationKw).toBeLessThan(
    1e-9,
  );
  const fast = Float64Array.of(8000, 2000, 0);
  expect(checkPlan(problem, planFor(fast)).violationKw).toBeCloseTo(1, 9);
});

test('where a taper binds the chain goes on to HiGHS, where it does not ours is taken', async () => {
  const backends = await openBackends('auto');
  const binding = planOf({ slotSec: HOURS, sessions: [{ ...tapering, endSlot: 1 }] });
  const answer = planThrough(backends, binding, PLAN_SETTINGS);
  expect(answer).toMatchObject({
    status: 'accepted',
    backend: 'highs',
    refused: [{ backend: 'structured', reason: 'violation' }],
  });
  if (answer.status === 'accepted') expect(answer.gap).toBeLessThan(1e-6);
  const slow = planOf({ slotSec: HOURS, sessions: [{ ...tapering, powerMaxW: 2000 }] });
  expect(planThrough(backends, slow, PLAN_SETTINGS)).toMatchObject({ backend: 'structured' });
});

function withTapers(problem: PlanProblem, seed: number): PlanProblem {
  const random = mulberry32(seed);
  const sessions = problem.sessions.map((it) => {
    const taper = { powerFullW: 0.3 * it.powerMaxW * random(), wattsPerMissingWh: random() };
    return random() < 0.5 ? it : { ...it, taper };
  });
  return { ...problem, sessions };
}

test('sites by chance: both linear solvers agree, and prices bound the cost, shaken or not', async () => {
  const highs = await loadHighs();
  const random = mulberry32(8);
  let compared = 0;
  let binding = 0;
  for (let seed = 1; compared < 25; seed += 1) {
    const problem = withTapers(randomPlan(mulberry32(seed)), seed);
    if (problem.sessions.length * problem.slotSec.length > 100) continue;
    compared += 1;
    const { plan, prices } = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: 1e-4 });
    const other = solveWithJavascriptLp(problem).plan;
    if (plan === undefined || prices === undefined || other === undefined)
      throw new Error(`seed ${seed}: no plan`);
    const { cost, violationKw } = checkPlan(problem, plan);
    const scale = Math.max(1, Math.abs(cost));
    expect(violationKw).toBeLessThan(1e-5);
    expect(checkPlan(problem, other).violationKw).toBeLessThan(1e-3);
    expect(Math.abs(checkPlan(problem, other).cost - cost)).toBeLessThan(1e-4 * scale);
    expect(Math.abs(costBound(problem, prices) - cost)).toBeLessThan(1e-5 * scale);
    const taper = prices.taper ?? new Float64Array(0);
    binding += taper.filter((price) => price < -1e-3).length;
    const shaken = { ...prices, taper: taper.map((price) => price + 0.2 * (random() - 0.5)) };
    expect(costBound(problem, shaken)).toBeLessThanOrEqual(cost + 1e-9);
  }
  expect(binding).toBeGreaterThan(10);
});
