/**
 * Unmet energy in parts: with a weight on equal shares each session's is split into three, and each
 * costs more than the one before. Of two plans that leave the same energy unmet, the one that leaves
 * everybody an equal part of it is cheaper. A linear program can say no more than that.
 */
import type { PlanProblem, PlanSession } from '../problem.js';

const SHARE_PARTS = 3;

/** Parts of the unmet energy of every session. */
export function unmetPartCount({ weights }: PlanProblem): number {
  return (weights.equalSharePerKwh ?? 0) > 0 ? SHARE_PARTS : 1;
}

/** Price of a kWh in a part, counted from 0. */
export function unmetPricePerKwh(
  { weights }: PlanProblem,
  { priority }: PlanSession,
  part: number,
): number {
  const share = ((weights.equalSharePerKwh ?? 0) * part) / (SHARE_PARTS - 1);
  return weights.unmetPerKwh * priority + share;
}
