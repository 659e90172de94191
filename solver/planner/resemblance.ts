/** How much of a plan an earlier one foretells. */
import { unmetPartCount } from './model/unmet.js';
import type { PlanGroup, PlanProblem } from './problem.js';

/** Prices that move by more, relative to their mean, move charging to other slots. */
const PRICE_MOVE_FRACTION = 0.03;
/** Limits that move by more leave the old plan too far outside, or too far inside, of them. */
const LIMIT_MOVE_FRACTION = 0.01;

/**
 * `close`: a point near the old optimum is a good start. `rough`: one well before it is. `none`:
 * starting anew is as good, because the slots, the panels or a limit of the site are others.
 */
export type Resemblance = 'close' | 'rough' | 'none';

export function resemblance(before: PlanProblem, now: PlanProblem): Resemblance {
  if (!hasSameShape(before, now) || !hasSameLimits(before, now)) return 'none';
  const old = before.connection.importPricePerKwh;
  const moved = now.connection.importPricePerKwh.reduce(
    (sum, price, slot) => sum + Math.abs(price - (old[slot] as number)),
    0,
  );
  const scale = old.reduce((sum, price) => sum + Math.abs(price), 0);
  return moved > PRICE_MOVE_FRACTION * scale ? 'rough' : 'close';
}

function hasSameShape(before: PlanProblem, now: PlanProblem): boolean {
  return (
    before.phaseCount === now.phaseCount &&
    before.panels.length === now.panels.length &&
    unmetPartCount(before) === unmetPartCount(now) &&
    before.slotSec.length === now.slotSec.length &&
    before.slotSec.every((sec, slot) => sec === now.slotSec[slot]) &&
    hasSameGroups(before.groups ?? [], now.groups ?? [])
  );
}

function hasSameGroups(before: readonly PlanGroup[], now: readonly PlanGroup[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ panelIndices, cuts }, at) => {
      const other = now[at];
      return (
        isSame(panelIndices, other?.panelIndices ?? []) &&
        cuts.length === other?.cuts.length &&
        cuts.every(({ weights }, index) => isSame(weights, other.cuts[index]?.weights ?? []))
      );
    })
  );
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}

function hasSameLimits(before: PlanProblem, now: PlanProblem): boolean {
  const old = before.connection;
  const { connection } = now;
  return (
    isNear(old.importMaxW, connection.importMaxW) &&
    isNear(old.phaseMaxW, connection.phaseMaxW) &&
    isNear(old.exportMaxW, connection.exportMaxW) &&
    old.orders.length === connection.orders.length &&
    old.orders.every((it, index) => {
      const other = connection.orders[index];
      return (
        it.firstSlot === other?.firstSlot &&
        it.endSlot === other.endSlot &&
        isNear(it.importMaxW, other.importMaxW)
      );
    })
  );
}

function isNear(beforeW: number, nowW: number): boolean {
  return Math.abs(nowW - beforeW) <= LIMIT_MOVE_FRACTION * Math.max(1, beforeW);
}
