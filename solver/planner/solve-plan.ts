/** The plan of a site: interior point, then an independent check of what it answers. */
import { extractPlan, extractPrices } from './interior-point/extract.js';
import { iterate, measure, type Progress } from './interior-point/iterate.js';
import { createProgram } from './interior-point/program.js';
import { startInside } from './interior-point/start.js';
import type { Plan, PlanPrices, PlanProblem } from './problem.js';
import { checkPlan, costBound } from './verify-plan.js';

export interface PlanSettings {
  /** Accepted distance from the optimum, relative to max(1, |cost|). */
  readonly gapMax: number;
  /** Accepted excess over any limit, kW. */
  readonly violationMaxKw: number;
  readonly iterationsMax: number;
}

export interface PlanAnswer {
  /** `accepted`: checked and close to the optimum. `failed`: what is here is not to be used. */
  readonly status: 'accepted' | 'failed';
  readonly plan: Plan;
  readonly prices: PlanPrices;
  readonly cost: number;
  /** Every plan costs at least this. */
  readonly costBound: number;
  /** (cost - bound) / max(1, |cost|) */
  readonly gap: number;
  readonly violationKw: number;
  readonly iterations: number;
}

/** Residuals of a kW or less mostly vanish where powers follow from each other: worth a check. */
const RESIDUAL_WORTH_A_CHECK = 20;
/** Rounds of aiming lower where the check finds a larger gap than the interior point saw. */
const AIMS_MAX = 6;
const AIM_LOWER_FACTOR = 0.3;

/**
 * Plans all sessions of a site. Deterministic; accepted only where `checkPlan` and `costBound`,
 * which share no code with the solver, find the plan within `violationMaxKw` and `gapMax`.
 *
 * Precondition: numbers are finite, powers and energies not negative, export prices not above
 * import prices, and the storage can reach its wanted end.
 */
export function solvePlan(problem: PlanProblem, settings: PlanSettings): PlanAnswer {
  const program = createProgram(problem);
  startInside(program);
  const progress: Progress = { complementarity: Infinity, gap: Infinity, residual: Infinity };
  let iterations = 0;
  let aim = settings.gapMax;
  let residualMaxKw = RESIDUAL_WORTH_A_CHECK * settings.violationMaxKw;
  let answer: PlanAnswer | undefined;
  for (let round = 0; round < AIMS_MAX; round += 1) {
    for (; ; iterations += 1) {
      measure(program, progress);
      const isThere = progress.gap <= aim && progress.residual <= residualMaxKw;
      if (isThere || iterations >= settings.iterationsMax || Number.isNaN(progress.gap)) break;
      iterate(program, progress);
    }
    const plan = extractPlan(program);
    const prices = extractPrices(program);
    const { violationKw, cost } = checkPlan(problem, plan);
    const bound = costBound(problem, prices);
    const gap = (cost - bound) / Math.max(1, Math.abs(cost));
    const isAccepted = violationKw <= settings.violationMaxKw && gap <= settings.gapMax;
    const status = isAccepted ? 'accepted' : 'failed';
    answer = { status, plan, prices, cost, costBound: bound, gap, violationKw, iterations };
    if (isAccepted || iterations >= settings.iterationsMax) break;
    aim *= AIM_LOWER_FACTOR;
    residualMaxKw *= AIM_LOWER_FACTOR;
  }
  return answer as PlanAnswer;
}
