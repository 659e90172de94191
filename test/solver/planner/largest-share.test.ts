/** The share found from prices, beside one linear program for it and beside halving. */
import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../../../simulator/random.js';
import { type Backend, openBackends, planThrough } from '../../../solver/backends/chain.js';
import { loadHighs } from '../../../solver/backends/highs.js';
import { planFairly, type Plan, type PlanProblem } from '../../../solver/index.js';
import { owedWh, shareCeiling, type Wanted } from '../../../solver/planner/share-ceiling.js';
import { deltaSitePlan } from './delta-site.js';
import { fairestShare } from './fairest-share-lp.js';
import { randomPlan } from './plan-builder.js';

const ACCEPTED = { gapMax: 1e-4, violationMaxKw: 0.01, iterationsMax: 100 };
/** Of what a stay allows. */
const FRACTION = 0.98;
/** What accepted plans may leave of a floor, for each vehicle. */
const SHORT_MAX_WH = 10;
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 21);
const highs = await loadHighs();
const backends = await openBackends('auto');

interface Instance {
  readonly problem: PlanProblem;
  readonly wanted: readonly Wanted[];
}

/** Stays are as long as the energy needs, for part of which the vehicles have been there before. */
function instanceOf(drawn: PlanProblem, seed: number): Instance {
  const random = mulberry32(1000 + seed);
  const sessions = drawn.sessions.map((it) => {
    let staySec = 0;
    for (let slot = it.firstSlot; slot < it.endSlot; slot += 1) staySec += drawn.slotSec[slot] ?? 0;
    const energyWh = Math.min(it.energyWh, (it.powerMaxW * staySec) / 3600);
    return { ...it, energyWh };
  });
  const wanted = sessions.map(({ energyWh }) => {
    const deliveredWh = random() < 0.4 ? 0 : 2 * random() * random() * energyWh;
    return { deliveredWh, totalWh: deliveredWh + energyWh };
  });
  return { problem: { ...drawn, sessions }, wanted };
}

/** Near full, half of the vehicles take less. */
function tapered({ problem, wanted }: Instance, seed: number): Instance {
  const random = mulberry32(2000 + seed);
  const sessions = problem.sessions.map((it) => {
    const taper = { powerFullW: 0.3 * it.powerMaxW * random(), wattsPerMissingWh: random() };
    return random() < 0.5 ? it : { ...it, taper };
  });
  return { problem: { ...problem, sessions }, wanted };
}

const anySite = (seed: number) => instanceOf(randomPlan(mulberry32(seed)), seed);
const KINDS = [
  ['any site', anySite],
  ['a delta site', (seed: number) => instanceOf(deltaSitePlan(mulberry32(seed)), seed)],
  ['a site of batteries near full', (seed: number) => tapered(anySite(seed), seed)],
] as const;

function solverOf(chain: readonly Backend[]) {
  let count = 0;
  const solve = (problem: PlanProblem) => {
    count += 1;
    const answer = planThrough(chain, problem, ACCEPTED);
    return answer.status === 'none' ? undefined : answer;
  };
  return { solve, count: () => count };
}

/** As far as the plan allows for the tolerance. */
function hasShare({ problem, wanted }: Instance, plan: Plan | undefined, share: number): boolean {
  return problem.sessions.every(({ firstSlot }, index) => {
    const servedWh = (plan?.sessionW[index] ?? new Float64Array()).reduce(
      (sum, w, at) => sum + (w * (problem.slotSec[firstSlot + at] ?? 0)) / 3600,
      0,
    );
    const leastWh = owedWh(problem, { shareMax: 1, wanted }, index, share);
    return servedWh >= leastWh - SHORT_MAX_WH;
  });
}

/** What seven solutions find, or one where all of it is possible. */
function halved({ problem, wanted }: Instance) {
  const { solve, count } = solverOf(backends);
  const isPossible = (share: number): boolean => {
    const sessions = problem.sessions.map((it, index) => {
      const leastWh = owedWh(problem, { shareMax: 1, wanted }, index, share);
      return leastWh <= 0 ? it : { ...it, unmetMaxWh: it.energyWh - leastWh };
    });
    return solve({ ...problem, sessions }) !== undefined;
  };
  if (isPossible(1)) return { share: 1, count: count() };
  let low = 0;
  let high = 1;
  for (let step = 0; step < 6; step += 1) {
    const middle = (low + high) / 2;
    if (isPossible(middle)) low = middle;
    else high = middle;
  }
  return { share: low, count: count() };
}

describe.each(KINDS)('on %s', (_, draw) => {
  test('the ceiling is the optimum of the linear program of the share', () => {
    let scarce = 0;
    for (const seed of SEEDS) {
      const { problem, wanted } = draw(seed);
      const optimum = fairestShare(highs, problem, wanted, FRACTION);
      const { solve } = solverOf(backends);
      const fair = { shareMax: 1, wanted };
      const ceiling = shareCeiling(
        problem,
        fair,
        solve(problem)?.prices,
        (it) => solve(it)?.prices,
      );
      expect(ceiling, `seed ${seed}`).toBeGreaterThan(optimum - 1e-3);
      // Where little is owed at all, a watt-hour is much of it.
      const totalWh = wanted.reduce((sum, it) => sum + it.totalWh, 0);
      expect(ceiling, `seed ${seed}`).toBeLessThan(optimum + 2e-3 + 20 / totalWh);
      if (optimum < 0.999) scarce += 1;
    }
    expect(scarce).toBeGreaterThan(8);
  });

  test('the plan gives everybody that share, and in fewer solutions than halving', () => {
    let solutions = 0;
    let halvings = 0;
    for (const seed of SEEDS) {
      const { problem, wanted } = draw(seed);
      const { solve, count } = solverOf(backends);
      const plan = planFairly(problem, { shareMax: 1, wanted }, solve)?.plan;
      const optimum = fairestShare(highs, problem, wanted, FRACTION);
      expect(hasShare({ problem, wanted }, plan, optimum - 3e-3), `seed ${seed}`).toBe(true);
      const { share, count: halving } = halved({ problem, wanted });
      expect(hasShare({ problem, wanted }, plan, share - 1 / 64), `seed ${seed}`).toBe(true);
      solutions += count();
      halvings += halving;
    }
    expect(solutions).toBeLessThan(halvings);
  });
});

test('an engine that knows no prices halves', async () => {
  const chain = await openBackends('javascript-lp-solver');
  let scarce = 0;
  for (const seed of SEEDS.slice(0, 10)) {
    const { problem, wanted } = anySite(seed);
    const optimum = fairestShare(highs, problem, wanted, FRACTION);
    const plan = planFairly(problem, { shareMax: 1, wanted }, solverOf(chain).solve)?.plan;
    expect(hasShare({ problem, wanted }, plan, optimum - 1 / 64 - 3e-3), `seed ${seed}`).toBe(true);
    if (optimum < 0.999) scarce += 1;
  }
  expect(scarce).toBeGreaterThan(1);
});
