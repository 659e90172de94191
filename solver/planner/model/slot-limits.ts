/** What each slot allows at the grid connection, in kW, and how much slack a forecast may need. */
import type { PlanProblem } from '../problem.js';

/**
 * Room above the excess of a forecast, so that the slack that is needed lies inside its bounds; too
 * little for a plan to use: storage would be charged above one limit to relieve another.
 */
const SLACK_ROOM_KW = 5e-4;

export interface SlotLimits {
  /** Length of each slot. */
  readonly hours: Float64Array;
  /** Load of the building minus PV. */
  readonly baseKw: Float64Array;
  readonly pvKw: Float64Array;
  /** Import that costs no slack: the connection's limit or the order's, whichever is lower. */
  readonly importKw: Float64Array;
  /** Import that breaks an order and no limit. */
  readonly orderSlackKw: Float64Array;
  /** Import above the connection's limit: only where base load alone exceeds it. */
  readonly siteSlackKw: Float64Array;
  /** Net import of one phase above its limit: likewise. */
  readonly phaseSlackKw: Float64Array;
  /** No plan imports more. */
  readonly peakMaxKw: number;
}

export function slotLimits(problem: PlanProblem): SlotLimits {
  const { connection, phaseCount } = problem;
  const hours = Float64Array.from(problem.slotSec, (sec) => sec / 3600);
  const gridKw = connection.importMaxW / 1000;
  const phaseKw = connection.phaseMaxW / 1000;
  const pvKw = Float64Array.from(connection.pvW, (powerW) => powerW / 1000);
  const baseKw = pvKw.map((power, slot) => (connection.loadW[slot] as number) / 1000 - power);
  const importKw = new Float64Array(hours.length).fill(gridKw);
  for (const order of connection.orders) {
    for (let slot = order.firstSlot; slot < order.endSlot; slot += 1) {
      importKw[slot] = Math.min(importKw[slot] as number, order.importMaxW / 1000);
    }
  }
  const siteSlackKw = baseKw.map((base) => slackKw(base, gridKw));
  const phaseSlackKw = baseKw.map((base) => (phaseCount === 3 ? slackKw(base / 3, phaseKw) : 0));
  const peakMaxKw = Math.max(connection.peakSoFarW / 1000, gridKw) + siteSlackKw.reduce(max, 0);
  const orderSlackKw = importKw.map((limit) => gridKw - limit);
  return { hours, baseKw, pvKw, importKw, orderSlackKw, siteSlackKw, phaseSlackKw, peakMaxKw };
}

const max = (a: number, b: number): number => Math.max(a, b);

function slackKw(baseKw: number, limitKw: number): number {
  return baseKw > limitKw ? baseKw - limitKw + SLACK_ROOM_KW : 0;
}
