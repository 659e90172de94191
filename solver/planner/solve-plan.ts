/** The plan of a site: interior point, then an independent check of what it answers. */
import type { EliminationOrder } from './interior-point/elimination.js';
import { extractPlan, extractPrices } from './interior-point/extract.js';
import {
  costMax,
  dualObjective,
  iterate,
  measure,
  type Progress,
} from './interior-point/iterate.js';
import { createProgram, type Program } from './interior-point/program.js';
import { startInside } from './interior-point/start.js';
import { type Snapshot, startFrom, takeSnapshot } from './interior-point/warm-start.js';
import type { Plan, PlanPrices, PlanProblem } from './problem.js';
import { resemblance } from './resemblance.js';
import { checkPlan } from './verify-plan.js';
import { costBound, gapOf } from './cost-bound.js';
import { tieMoney } from './tie-breaks.js';

export interface PlanSettings {
  /** Accepted distance from the optimum, relative to the money that a plan costs: `gapOf`. */
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
  /** `gapOf` */
  readonly gap: number;
  readonly violationKw: number;
  readonly iterations: number;
}

/** Residuals of a kW or less mostly vanish where powers follow from each other: worth a check. */
const RESIDUAL_WORTH_A_CHECK = 20;
/** Rounding of rows that the program knows does not exceed their residuals by so much. */
const LEFT_OUT_FACTOR = 50;
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
  return solveInOrder(problem, settings);
}

/** As `solvePlan`, by a given order of elimination; absent: by the one with fewer operations. */
export function solveInOrder(
  problem: PlanProblem,
  settings: PlanSettings,
  order?: EliminationOrder,
): PlanAnswer {
  const program = createProgram(problem, order);
  startInside(program);
  return run(program, problem, settings, () => undefined);
}

/** Plans again and again: each time from where the last accepted plan came from. */
export interface Planner {
  /** As `solvePlan`; the plan depends on the problems before, within the accuracy asked for. */
  readonly plan: (problem: PlanProblem, settings: PlanSettings) => PlanAnswer;
}

/** Points that are kept for the next plan: the first ones with at most these gaps. */
const ROUGH_GAP = 0.1;
const CLOSE_GAP = 0.005;

interface Kept {
  readonly problem: PlanProblem;
  rough?: Snapshot;
  close?: Snapshot;
}

export function createPlanner(): Planner {
  let last: Kept | undefined;
  return {
    plan: (problem, settings) => {
      const next: Kept = { problem };
      const keep: Keep = (from, { gap, complementarity }) => {
        if (gap <= ROUGH_GAP) next.rough ??= takeSnapshot(from, complementarity);
        if (gap <= CLOSE_GAP) next.close ??= takeSnapshot(from, complementarity);
      };
      const start = last === undefined ? undefined : startPoint(last, problem);
      const program = createProgram(problem);
      startInside(program);
      if (start !== undefined) startFrom(start, program);
      const answer = run(program, problem, settings, keep);
      last = answer.status === 'accepted' ? next : undefined;
      if (start === undefined || last !== undefined) return answer;
      return solvePlan(problem, settings);
    },
  };
}

function startPoint(last: Kept, problem: PlanProblem): Snapshot | undefined {
  switch (resemblance(last.problem, problem)) {
    case 'close':
      return last.close;
    case 'rough':
      return last.rough;
    case 'none':
      return undefined;
  }
}

type Keep = (program: Program, progress: Progress) => void;

/** Iterates from where the program stands until the check accepts what it finds. */
function run(
  program: Program,
  problem: PlanProblem,
  settings: PlanSettings,
  keep: Keep,
): PlanAnswer {
  const progress: Progress = {
    complementarity: Infinity,
    proven: Infinity,
    gap: Infinity,
    moneyGap: Infinity,
    residual: Infinity,
  };
  let iterations = 0;
  let aim = settings.gapMax;
  let residualMaxKw = RESIDUAL_WORTH_A_CHECK * settings.violationMaxKw;
  let answer: PlanAnswer | undefined;
  // Without such floors there is always a plan.
  const hasFloors = problem.sessions.some((it) => it.unmetMaxWh !== undefined);
  const costMost = hasFloors ? costMax(program) : Infinity;
  let isHopeless = hasFloors && !canReachFloors(program);
  for (let round = 0; round < AIMS_MAX; round += 1) {
    // What was judged already is not judged again.
    for (let isJudged = round > 0; ; isJudged = false) {
      measure(program, progress);
      keep(program, progress);
      const isThere = !isJudged && progress.moneyGap <= aim && progress.residual <= residualMaxKw;
      if (hasFloors) isHopeless ||= dualObjective(program) > costMost;
      if (isThere || isHopeless || iterations >= settings.iterationsMax) break;
      if (Number.isNaN(progress.gap)) break;
      iterate(program, progress);
      iterations += 1;
    }
    answer = judge(program, problem, settings, iterations);
    if (answer.status === 'accepted' || isHopeless) break;
    if (iterations >= settings.iterationsMax || isLeftOut(answer, settings, progress)) break;
    aim *= AIM_LOWER_FACTOR;
    residualMaxKw *= AIM_LOWER_FACTOR;
  }
  if (answer?.status !== 'accepted') return answer as PlanAnswer;
  return settleTies(program, problem, settings, { accepted: answer, progress });
}

/** Near the optimum an iteration gains a digit or more; where ties are tiny, rounding comes first. */
const TIE_ITERATIONS_MAX = 8;
/** So many in a row that the check finds no better end it. */
const TIE_TRIES = 2;

/**
 * Goes on until what plans of the same money differ in, small as it is, is decided as well: before, a plan
 * lies between all of them, and everybody has a current at which nobody charges.
 */
function settleTies(
  program: Program,
  problem: PlanProblem,
  settings: PlanSettings,
  { accepted, progress }: { readonly accepted: PlanAnswer; readonly progress: Progress },
): PlanAnswer {
  const enough = settings.gapMax * tieMoney(problem);
  const most = Math.min(settings.iterationsMax, accepted.iterations + TIE_ITERATIONS_MAX);
  let best = accepted;
  let { iterations } = accepted;
  for (let tries = TIE_TRIES; tries > 0 && iterations < most; iterations += 1) {
    if (enough === 0 || best.cost - best.costBound <= enough) break;
    iterate(program, progress);
    measure(program, progress);
    const next = judge(program, problem, settings, iterations);
    const isBetter = next.status === 'accepted' && next.gap < best.gap;
    tries = isBetter ? TIE_TRIES : tries - 1;
    if (isBetter) best = next;
  }
  return { ...best, iterations };
}

/** It violates what the program does not know: groups that cross each other, or tapers. */
function isLeftOut(
  { gap, violationKw }: PlanAnswer,
  { gapMax, violationMaxKw }: PlanSettings,
  { residual }: Progress,
): boolean {
  return gap <= gapMax && violationKw > LEFT_OUT_FACTOR * Math.max(residual, violationMaxKw);
}

/** Each session could get what it is to have at least, were it alone. */
function canReachFloors({ layout, variables: v, rhs, starts }: Program): boolean {
  const { problem, sessionOf, varStart, hoursOf } = layout;
  const planned = new Set(sessionOf);
  for (const [index, { energyWh, unmetMaxWh = energyWh }] of problem.sessions.entries()) {
    if (!planned.has(index) && energyWh - unmetMaxWh > 1) return false;
  }
  for (let i = 0; i < sessionOf.length; i += 1) {
    let most = layout.unmetParts * (v.upper[starts.unmet + i] as number);
    for (let j = varStart[i] as number; j < (varStart[i + 1] as number); j += 1)
      most += (hoursOf[j] as number) * (v.upper[j] as number);
    if (most < (rhs.energy[i] as number)) return false;
  }
  return true;
}

function judge(
  program: Program,
  problem: PlanProblem,
  settings: PlanSettings,
  iterations: number,
): PlanAnswer {
  const plan = extractPlan(program);
  const prices = extractPrices(program);
  const { violationKw, cost, penalty } = checkPlan(problem, plan);
  const bound = costBound(problem, prices);
  const gap = gapOf(problem, { cost, penalty }, bound);
  const isAccepted = violationKw <= settings.violationMaxKw && gap <= settings.gapMax;
  const status = isAccepted ? 'accepted' : 'failed';
  return { status, plan, prices, cost, costBound: bound, gap, violationKw, iterations };
}
