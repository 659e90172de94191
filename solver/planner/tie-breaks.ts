/** What decides between plans that cost and serve the same: small costs, and when energy is due. */

import type { PlanProblem, PlanStorage } from './problem.js';

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

/** Before energy becomes dearer so much time is left over for what charges slower than planned. */
const RESERVE_HOURS = 0.25;
/** Of the unit, whenever energy is given: nothing goes in and out at once where energy is worth nothing. */
const MOVED = 0.1;

interface StorageSlot {
  readonly startHours: number;
  readonly importPricePerKwh: number;
  /** More is generated than used. */
  readonly hasSurplus: boolean;
}

/**
 * When a battery moves energy where money does not say. It gives as early as that saves money: what it
 * has given is earned, and less may be drawn later than is forecast. From the grid it charges as late as
 * is safe: until then there is room for more PV than is forecast, and less is lost by standing. A surplus of
 * PV it takes as it comes: a later one may stay out. No cost is below 0, so that no energy goes in and
 * out for them; what would save less than three units a kWh is left.
 */
export function storageTieCosts(
  slots: readonly StorageSlot[],
  { spanHours, unitPerKwh }: { readonly spanHours: number; readonly unitPerKwh: number },
): Required<Pick<PlanStorage, 'chargeCostPerKwh' | 'dischargeCostPerKwh'>> {
  const late = slots.map(({ startHours }) => startHours / Math.max(1e-3, spanHours));
  const charge = slots.map(({ startHours, importPricePerKwh, hasSurplus }, at) => {
    if (hasSurplus) return late[at] as number;
    const isReserve = slots
      .slice(at + 1)
      .some(
        (next) =>
          next.startHours <= startHours + RESERVE_HOURS &&
          next.importPricePerKwh > importPricePerKwh,
      );
    return isReserve ? 2 : 2 - (late[at] as number);
  });
  return {
    chargeCostPerKwh: charge.map((it) => unitPerKwh * it),
    dischargeCostPerKwh: late.map((it) => unitPerKwh * (MOVED + (1 - MOVED) * it)),
  };
}

/**
 * What small costs decide at most from one slot to the next, or between sessions in the same one: a plan
 * that is to keep them has to be accurate to a part of this. 0 where there are none.
 */
export function tieMoney({ sessions, slotSec, connection: { storage } }: PlanProblem): number {
  const shortestHours = Math.min(...slotSec) / 3600;
  const least = slotSec.map(() => Infinity);
  const most = slotSec.map(() => -Infinity);
  let range = 0;
  let kwh = 0;
  for (const { costPerKwh = [], powerMaxW, energyWh, firstSlot } of sessions) {
    for (const [at, cost] of costPerKwh.entries()) {
      const slot = firstSlot + at;
      least[slot] = Math.min(least[slot] as number, cost);
      most[slot] = Math.max(most[slot] as number, cost);
      range = Math.max(range, (most[slot] as number) - (least[slot] as number));
      range = Math.max(range, Math.abs(cost - (costPerKwh[at - 1] ?? cost)));
    }
    if (costPerKwh.length > 0) kwh += Math.min(energyWh, powerMaxW * shortestHours) / 1000;
  }
  const ofSessions = range * kwh;
  const ofStorage = storage === undefined ? 0 : storageTieMoney(storage, shortestHours);
  if (ofSessions === 0 || ofStorage === 0) return Math.max(ofSessions, ofStorage);
  return Math.min(ofSessions, ofStorage);
}

function storageTieMoney(storage: PlanStorage, shortestHours: number): number {
  const { chargeCostPerKwh = [], dischargeCostPerKwh = [] } = storage;
  const costs = [...chargeCostPerKwh, ...dischargeCostPerKwh];
  if (costs.length === 0) return 0;
  const powerMaxW = Math.max(storage.chargeMaxW, storage.dischargeMaxW);
  return ((Math.max(...costs) - Math.min(...costs)) * powerMaxW * shortestHours) / 1000;
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
