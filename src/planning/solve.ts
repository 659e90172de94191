/** Solves one planning problem by the backends that a site is set to; nothing unchecked is answered. */
import {
  type Backend,
  openBackends,
  planThrough,
  type SolverName,
} from '../../solver/backends/chain.js';
import type { Plan, PlanProblem } from '../../solver/index.js';
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
): Promise<SolvedPlan | undefined> {
  const backends = opened.get(choice) ?? openBackends(choice);
  opened.set(choice, backends);
  const answer = planThrough(await backends, problem, SETTINGS);
  if (answer.status === 'none') return undefined;
  return { engine: answer.backend, plan: answer.plan, cost: answer.cost };
}
