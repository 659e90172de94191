/** Plans solved in the process of a test, accepted as the service accepts them. */
import { openBackends, planThrough } from '../../solver/backends/chain.js';
import type { PlanProblem } from '../../solver/index.js';
import type { SolvedPlan } from '../../src/planning/solve.js';

const ACCEPTED = { gapMax: 1e-4, violationMaxKw: 0.01, iterationsMax: 100 };

const backends = await openBackends('auto');

export function solveAsService(problem: PlanProblem): SolvedPlan | undefined {
  const answer = planThrough(backends, problem, ACCEPTED);
  if (answer.status === 'none') return undefined;
  return { engine: answer.backend, plan: answer.plan, cost: answer.cost };
}
