/** What decides between plans that cost and serve the same: small costs, and when energy is due. */

import type { PlanProblem } from './problem.js';

export interface TieBreakSession {
  /** It charges now. */
  readonly isOn: boolean;
  /** Time until it is due minus time to charge at full power, h; below 0 counts as 0. */
  readonly spareHours: number;
}

/** Shares of the unit; together they stay below it. */
const EARLY = 0.1;
/** Who charges goes on where nothing is lost by it: every start wears contactors. */
const STAY_ON = 0.02;
/** Who leaves with less to spare comes first: who arrives later takes what is left for the others. */
const URGENT = 0.2;

/**
 * Costs per kWh in the slots that start `startHours` from now; `spanHours` is the length of the plan.
 * `unitPerKwh`: money that a kWh is worth at most to be moved for these reasons.
 */
export function tieCosts(
  { isOn, spareHours }: TieBreakSession,
  startHours: readonly number[],
  { spanHours, unitPerKwh }: { readonly spanHours: number; readonly unitPerKwh: number },
): readonly number[] {
  const nowShare = (isOn ? STAY_ON : 0) + URGENT / (1 + Math.max(0, spareHours));
  return startHours.map((hours) => {
    const early = (EARLY * hours) / Math.max(1e-3, spanHours);
    return unitPerKwh * (early - (hours <= 0 ? nowShare : 0));
  });
}

/**
 * What small costs decide at most within one slot, all sessions together: a plan that is to keep them
 * has to be accurate to a part of this. 0 where there are none.
 */
export function tieMoney({ sessions, slotSec }: PlanProblem): number {
  let least = Infinity;
  let most = -Infinity;
  let kwh = 0;
  const shortestHours = Math.min(...slotSec) / 3600;
  for (const { costPerKwh = [], powerMaxW, energyWh } of sessions) {
    if (costPerKwh.length === 0) continue;
    for (const cost of costPerKwh) {
      if (cost < least) least = cost;
      if (cost > most) most = cost;
    }
    kwh += Math.min(energyWh, powerMaxW * shortestHours) / 1000;
  }
  return kwh === 0 ? 0 : (most - least) * kwh;
}

/** Contactors, tapering and rounding take their time. */
const MARGIN_MS = 600_000;
const EASY_FACTOR = 2;

/**
 * When energy is due in a plan that may hold it back for money: somewhat before the departure, and
 * nearer to it the less time there is to spare. All in ms; `chargeMs` at full power.
 */
export function dueMs(nowMs: number, departureAtMs: number, chargeMs: number): number {
  const easyMs = nowMs + EASY_FACTOR * chargeMs;
  return Math.min(departureAtMs, Math.max(departureAtMs - MARGIN_MS, easyMs));
}
