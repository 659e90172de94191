/** Equal shares first: what everybody gets of its energy before the rest goes where it serves the most. */
import type { PlanProblem, PlanSession } from './problem.js';

export interface FairShare {
  /** In (0, 1]: up to this share of what each wants is given to all alike. */
  readonly shareMax: number;
  /** In the order of the problem's sessions; undefined: it is owed nothing, because nobody said what it wants. */
  readonly wanted: readonly (Wanted | undefined)[];
}

export interface Wanted {
  readonly deliveredWh: number;
  /** Of all its stay, what was delivered included. */
  readonly totalWh: number;
}

/** Of what a stay allows: slots end a little before departures, rests keep vehicles off. */
const REACHABLE_FRACTION = 0.98;
const HALVINGS = 6;

/**
 * The plan of the least cost among those under which everybody gets the same share of its energy, or all
 * that its stay allows, for the largest such share up to `shareMax`. By halving: one solution where all
 * of it is possible, seven at most. Undefined where `solve` finds none at all.
 */
export function planFairly<Found>(
  problem: PlanProblem,
  { shareMax, wanted }: FairShare,
  solve: (problem: PlanProblem) => Found | undefined,
): Found | undefined {
  const withShare = (share: number): PlanProblem => ({
    ...problem,
    sessions: problem.sessions.map((session, index) => {
      const leastWh = owedWh(session, wanted[index], share, problem.slotSec);
      return leastWh <= 0 ? session : { ...session, unmetMaxWh: session.energyWh - leastWh };
    }),
  });
  const whole = solve(withShare(shareMax));
  if (whole !== undefined) return whole;
  let low = 0;
  let high = shareMax;
  let best: Found | undefined;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    const found = solve(withShare(middle));
    if (found === undefined) high = middle;
    else {
      low = middle;
      best = found;
    }
  }
  return best ?? solve(problem);
}

function owedWh(
  { energyWh, powerMaxW, firstSlot, endSlot }: PlanSession,
  wanted: Wanted | undefined,
  share: number,
  slotSec: PlanProblem['slotSec'],
): number {
  if (wanted === undefined) return 0;
  let staySec = 0;
  for (let slot = firstSlot; slot < endSlot; slot += 1) staySec += slotSec[slot] ?? 0;
  const reachableWh = Math.min(energyWh, (powerMaxW * staySec) / 3600);
  const shortWh = share * wanted.totalWh - wanted.deliveredWh;
  return REACHABLE_FRACTION * Math.max(0, Math.min(shortWh, reachableWh));
}
