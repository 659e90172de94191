/** Solves one planning problem by the backends that a site is set to; nothing unchecked is answered. */
import {
  type Backend,
  openBackends,
  planThrough,
  type SolverName,
} from '../../solver/backends/chain.js';
import { type FairShare, type Plan, planFairly, type PlanProblem } from '../../solver/index.js';
import type { SitePlan } from './site-plan.js';

export type SolverChoice = SolverName;

export interface SolvedPlan {
  readonly engine: SitePlan['engine'];
  readonly plan: Plan;
  /** All terms of the objective. */
  readonly cost: number;
}

const SETTINGS = {
  /** A tenth of a cent of ten. */
  gapMax: 1e-4,
  /** Ten watts, far below one pilot. */
  violationMaxKw: 0.01,
  iterationsMax: 100,
};

/** Opened once a thread: HiGHS has to be compiled. */
const opened = new Map<SolverChoice, Promise<readonly Backend[]>>();

/** Undefined: no backend has an answer that passes the check, and the allocator goes on alone. */
export async function solveSite(
  problem: PlanProblem,
  choice: SolverChoice,
  fair?: FairShare,
): Promise<SolvedPlan | undefined> {
  const opening = opened.get(choice) ?? openBackends(choice);
  opened.set(choice, opening);
  const backends = await opening;
  const solve = (asked: PlanProblem) => {
    const answer = planThrough(backends, asked, SETTINGS);
    return answer.status === 'none' ? undefined : answer;
  };
  const found = fair === undefined ? solve(problem) : planFairly(problem, fair, solve);
  if (found === undefined) return undefined;
  return { engine: found.backend, plan: found.plan, cost: found.cost };
}
