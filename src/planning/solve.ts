/** Solves one planning problem: structured, then HiGHS; nothing is answered that is not checked. */
import { loadHighs, solveWithHighs } from '../../solver/backends/highs.js';
import { checkPlan, type Plan, type PlanProblem, solvePlan } from '../../solver/index.js';
import type { SitePlan } from './site-plan.js';

export type SolverChoice = 'auto' | 'structured' | 'highs';

export interface SolvedPlan {
  readonly engine: SitePlan['engine'];
  readonly plan: Plan;
  /** All terms of the objective. */
  readonly cost: number;
}

/** A tenth of a cent of ten; limits are kept within ten watts, far below one pilot. */
const GAP_MAX = 1e-4;
const VIOLATION_MAX_KW = 0.01;
const ITERATIONS_MAX = 100;

/** Undefined: neither has an answer that passes the check, and the allocator goes on alone. */
export async function solveSite(
  problem: PlanProblem,
  choice: SolverChoice,
): Promise<SolvedPlan | undefined> {
  if (choice !== 'highs') {
    const settings = {
      gapMax: GAP_MAX,
      violationMaxKw: VIOLATION_MAX_KW,
      iterationsMax: ITERATIONS_MAX,
    };
    const { status, plan, cost } = solvePlan(problem, settings);
    if (status === 'accepted') return { engine: 'structured', plan, cost };
    if (choice === 'structured') return undefined;
  }
  const highs = await loadHighs();
  const { plan } = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: GAP_MAX });
  if (plan === undefined) return undefined;
  const { violationKw, cost } = checkPlan(problem, plan);
  return violationKw <= VIOLATION_MAX_KW ? { engine: 'highs', plan, cost } : undefined;
}
