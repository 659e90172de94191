/** Equal shares first: what everybody gets of its energy before the rest goes where it serves the most. */
import type { Plan, PlanPrices, PlanProblem } from './problem.js';
import { type FairShare, owedWh, shareCeiling } from './share-ceiling.js';

export interface Solved {
  readonly plan: Plan;
  /** That prove how good it is. */
  readonly prices?: PlanPrices;
}

/** As far as plans are accepted that leave a floor unmet. */
const MET_WITHIN_WH = 10;
/** At the largest share itself there is but one way to divide the energy, and no room to find it. */
const BELOW_CEILING = 0.999;
const HALVINGS = 6;

/**
 * The plan of the least cost among those under which everybody gets the same share of its energy, or all
 * that its stay allows, for the largest such share up to `shareMax`: one solution where the plan without
 * floors gives it anyway, else that one, a few of smaller problems that find the share, and the plan
 * at the share. Undefined where `solve` finds no plan at all.
 */
export function planFairly<Found extends Solved>(
  problem: PlanProblem,
  fair: FairShare,
  solve: (problem: PlanProblem) => Found | undefined,
): Found | undefined {
  const free = solve(problem);
  if (free === undefined || givesShare(problem, fair, free.plan)) return free;
  const ceiling = shareCeiling(problem, fair, free.prices, (asked) => solve(asked)?.prices);
  const atShare = (share: number): Found | undefined => solve(withFloors(problem, fair, share));
  return atShare(BELOW_CEILING * ceiling) ?? byHalving(ceiling, atShare) ?? free;
}

/** Everybody has its floor of `shareMax`: no plan with floors is better. */
function givesShare(problem: PlanProblem, fair: FairShare, { sessionW }: Plan): boolean {
  return problem.sessions.every((session, index) => {
    const servedWh = (sessionW[index] ?? new Float64Array()).reduce(
      (sum, w, at) => sum + (w * (problem.slotSec[session.firstSlot + at] ?? 0)) / 3600,
      0,
    );
    return servedWh >= owedWh(problem, fair, index, fair.shareMax) - MET_WITHIN_WH;
  });
}

function withFloors(problem: PlanProblem, fair: FairShare, share: number): PlanProblem {
  const sessions = problem.sessions.map((session, index) => {
    const leastWh = owedWh(problem, fair, index, share);
    return leastWh <= 0 ? session : { ...session, unmetMaxWh: session.energyWh - leastWh };
  });
  return { ...problem, sessions };
}

/** Where nothing bounds the share as tightly as what is to be solved: an engine that knows no prices. */
function byHalving<Found>(
  above: number,
  atShare: (share: number) => Found | undefined,
): Found | undefined {
  let low = 0;
  let high = above;
  let best: Found | undefined;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    const found = atShare(middle);
    if (found === undefined) high = middle;
    else {
      low = middle;
      best = found;
    }
  }
  return best;
}
