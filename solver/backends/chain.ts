/**
 * The door to whatever plans: backends by name, tried in order until one answers with a plan that
 * the independent check accepts. A backend says what it found; it never judges itself.
 */
import type { Plan, PlanPrices, PlanProblem } from '../planner/problem.js';
import { type PlanSettings, solvePlan } from '../planner/solve-plan.js';
import { checkPlan } from '../planner/verify-plan.js';
import { costBound, gapOf } from '../planner/cost-bound.js';
import { loadHighs, solveWithHighs } from './highs.js';
import { solveWithJavascriptLp } from './javascript-lp-solver.js';

export const BACKEND_NAMES = ['structured', 'highs', 'javascript-lp-solver'] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

/** `auto`: the structured engine, HiGHS where it fails, and then no plan. */
export const SOLVER_NAMES = ['auto', ...BACKEND_NAMES] as const;
export type SolverName = (typeof SOLVER_NAMES)[number];

export interface BackendAnswer {
  /** Undefined where the backend finds none. */
  readonly plan?: Plan;
  /** Prices that bound the cost of every plan from below; absent: the engine knows none. */
  readonly prices?: PlanPrices;
}

export interface Backend {
  readonly name: BackendName;
  readonly solve: (problem: PlanProblem, settings: PlanSettings) => BackendAnswer;
}

/** Why a backend's answer was not used. */
export interface Refusal {
  readonly backend: BackendName;
  readonly reason: 'threw' | 'no-plan' | 'violation' | 'gap' | 'unproven';
  /** kW or relative gap, where the reason is one of them. */
  readonly value?: number;
}

export type DoorAnswer =
  | {
      readonly status: 'accepted';
      readonly backend: BackendName;
      readonly plan: Plan;
      readonly cost: number;
      readonly violationKw: number;
      /** `gapOf` */
      readonly gap: number;
      /** That gave the best bound. */
      readonly prices: PlanPrices;
      readonly refused: readonly Refusal[];
    }
  | { readonly status: 'none'; readonly refused: readonly Refusal[] };

/** Which backends a setting stands for, in order. */
export function chainOf(solver: SolverName): readonly BackendName[] {
  return solver === 'auto' ? ['structured', 'highs'] : [solver];
}

/** Loads what the chain needs; HiGHS is WebAssembly and loads asynchronously. */
export async function openBackends(solver: SolverName): Promise<readonly Backend[]> {
  return Promise.all(chainOf(solver).map(open));
}

async function open(name: BackendName): Promise<Backend> {
  switch (name) {
    case 'structured':
      return { name, solve: solvePlan };
    case 'highs': {
      const highs = await loadHighs();
      const solve: Backend['solve'] = (problem, { gapMax }) =>
        solveWithHighs(highs, problem, { mode: 'simplex', gapMax });
      return { name, solve };
    }
    case 'javascript-lp-solver':
      return { name, solve: solveWithJavascriptLp };
  }
}

/** What prices have proven so far that every plan costs at least. */
interface Proof {
  readonly bound: number;
  readonly prices: PlanPrices;
}

/**
 * The first plan of the chain that `checkPlan` finds within `violationMaxKw` and whose cost is
 * within `gapMax` of the best bound that any backend tried so far has proven. Where none of them knows
 * prices the structured engine's prove it, which bound whatever they are. A backend that throws
 * is passed over. With status `none` the caller goes on without a plan.
 */
export function planThrough(
  backends: readonly Backend[],
  problem: PlanProblem,
  settings: PlanSettings,
): DoorAnswer {
  const refused: Refusal[] = [];
  let proof: Proof | undefined;
  for (const { name, solve } of backends) {
    const answer = attempt(() => solve(problem, settings));
    if (answer === undefined) {
      refused.push({ backend: name, reason: 'threw' });
      continue;
    }
    const { plan, prices } = answer;
    proof = better(problem, proof, prices);
    if (plan === undefined) {
      refused.push({ backend: name, reason: 'no-plan' });
      continue;
    }
    const check = checkPlan(problem, plan);
    const { violationKw, cost } = check;
    if (!(violationKw <= settings.violationMaxKw)) {
      refused.push({ backend: name, reason: 'violation', value: violationKw });
      continue;
    }
    proof ??= better(problem, undefined, attempt(() => solvePlan(problem, settings))?.prices);
    if (proof === undefined) {
      refused.push({ backend: name, reason: 'unproven' });
      continue;
    }
    const gap = gapOf(problem, check, proof.bound);
    if (gap <= settings.gapMax) {
      const { prices: best } = proof;
      return {
        status: 'accepted',
        backend: name,
        plan,
        cost,
        violationKw,
        gap,
        prices: best,
        refused,
      };
    }
    refused.push({ backend: name, reason: 'gap', value: gap });
  }
  return { status: 'none', refused };
}

/** A bound that is not a number proves nothing. */
function better(
  problem: PlanProblem,
  proof: Proof | undefined,
  prices: PlanPrices | undefined,
): Proof | undefined {
  if (prices === undefined) return proof;
  const bound = costBound(problem, prices);
  return bound > (proof?.bound ?? -Infinity) ? { bound, prices } : proof;
}

function attempt(solve: () => BackendAnswer): BackendAnswer | undefined {
  try {
    return solve();
  } catch {
    return undefined;
  }
}
