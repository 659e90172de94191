/**
 * The columns of the site: which exist, their bounds and costs, and their part of A x and A' y.
 *
 * With three phases the rows of a slot are, for each phase f and for the balance,
 *   draw_f + (charge - discharge + curtailed) / 3 + room_f - slack_f = limit - base / 3
 *   import - export + sum of (room_f - slack_f)                      = 3 limit
 * so that vehicles stand in the phase rows only. With one phase a single row,
 *   draw + charge - discharge + curtailed - import + export = -base.
 */
import { SITE_KINDS, siteVariables } from '../model/site-variables.js';
import type { SlotLimits } from '../model/slot-limits.js';
import type { PlanProblem } from '../problem.js';
import type { Rows } from './rows.js';

export const CHARGE = 0;
export const DISCHARGE = 1;
export const CURTAILED = 2;
export const IMPORTED = 3;
export const ORDER_SLACK = 4;
export const SITE_SLACK = 5;
export const EXPORTED = 6;
export const STORED = 7;
export const PHASE_ROOM = 8;
export const PHASE_SLACK = 11;
const KINDS_PER_SLOT = 14;

/** Bounds below this leave no variable, kW or kWh. */
const NOTHING = 1e-6;

export interface SiteColumns {
  readonly slotCount: number;
  readonly phaseCount: number;
  /** Key of each variable that exists: kind * slots + slot; the peak's is 14 * slots. */
  readonly keys: Int32Array;
  /** By key. */
  readonly upper: Float64Array;
  readonly cost: Float64Array;
  readonly peakKey: number;
  /** kWh stored per kW charged in the slot, and taken from the store per kW discharged. */
  readonly storedPerKw: Float64Array;
  readonly takenPerKw: Float64Array;
  /** Values of all keys, zero where there is no variable. */
  readonly values: Float64Array;
  /** Prices of all keys, there or not. */
  readonly prices: Float64Array;
}

export function siteColumns(problem: PlanProblem, limits: SlotLimits): SiteColumns {
  const slotCount = problem.slotSec.length;
  const { connection, phaseCount } = problem;
  const peakKey = KINDS_PER_SLOT * slotCount;
  const upper = new Float64Array(peakKey + 1);
  const cost = new Float64Array(peakKey + 1);
  const site = siteVariables(problem, limits);
  for (const [kind, name] of SITE_KINDS.entries()) {
    upper.set(site[name].upper, kind * slotCount);
    cost.set(site[name].cost, kind * slotCount);
  }
  for (let at = 0; phaseCount === 3 && at < 3 * slotCount; at += 1) {
    const slot = Math.floor(at / 3);
    upper[PHASE_ROOM * slotCount + at] = (2 * connection.phaseMaxW) / 1000;
    upper[PHASE_SLACK * slotCount + at] = limits.phaseSlackKw[slot] as number;
    cost[PHASE_SLACK * slotCount + at] =
      problem.weights.siteLimitPerKwh * (limits.hours[slot] as number);
  }
  upper[peakKey] = limits.peakMaxKw - connection.peakSoFarW / 1000;
  cost[peakKey] = connection.demandChargePerKw;
  const efficiency = connection.storage?.oneWayEfficiency ?? 1;
  return {
    slotCount,
    phaseCount,
    keys: keysOf(upper),
    upper,
    cost,
    peakKey,
    storedPerKw: limits.hours.map((hours) => hours * efficiency),
    takenPerKw: limits.hours.map((hours) => hours / efficiency),
    values: new Float64Array(peakKey + 1),
    prices: new Float64Array(peakKey + 1),
  };
}

/** Where there is a variable. */
function keysOf(upper: Float64Array): Int32Array {
  const keys = new Int32Array(upper.length);
  let count = 0;
  for (let key = 0; key < upper.length; key += 1) {
    if (!((upper[key] as number) > NOTHING)) continue;
    keys[count] = key;
    count += 1;
  }
  return keys.slice(0, count);
}

/** values by key := flat values from `start` on. */
export function spread(columns: SiteColumns, flat: Float64Array, start: number): void {
  const { keys, values } = columns;
  for (let at = 0; at < keys.length; at += 1)
    values[keys[at] as number] = flat[start + at] as number;
}

/** rows -= A values, for the site's variables in `columns.values` and the peak's slack. */
export function subtractSite(
  columns: SiteColumns,
  flat: Float64Array,
  peakSlackStart: number,
  rows: Rows,
): void {
  const { slotCount: n, phaseCount, values: v, storedPerKw, takenPerKw } = columns;
  const peak = v[columns.peakKey] as number;
  for (let t = 0; t < n; t += 1) {
    const charge = v[CHARGE * n + t] as number;
    const discharge = v[DISCHARGE * n + t] as number;
    const drawn = (charge - discharge + (v[CURTAILED * n + t] as number)) / phaseCount;
    const imported =
      (v[IMPORTED * n + t] as number) +
      (v[ORDER_SLACK * n + t] as number) +
      (v[SITE_SLACK * n + t] as number);
    const net = imported - (v[EXPORTED * n + t] as number);
    if (phaseCount === 1) rows.phase[t] = (rows.phase[t] as number) - (drawn - net);
    else {
      let sum = net;
      for (let f = 0; f < 3; f += 1) {
        const room =
          (v[PHASE_ROOM * n + 3 * t + f] as number) - (v[PHASE_SLACK * n + 3 * t + f] as number);
        rows.phase[3 * t + f] = (rows.phase[3 * t + f] as number) - (drawn + room);
        sum += room;
      }
      rows.balance[t] = (rows.balance[t] as number) - sum;
    }
    rows.peak[t] =
      (rows.peak[t] as number) - (imported + (flat[peakSlackStart + t] as number) - peak);
    const stored =
      (v[STORED * n + t] as number) - (t === 0 ? 0 : (v[STORED * n + t - 1] as number));
    rows.storage[t] =
      (rows.storage[t] as number) -
      (stored - (storedPerKw[t] as number) * charge + (takenPerKw[t] as number) * discharge);
  }
}

/** flat price := A' y, for the site's variables and the peak's slack. */
export function priceSite(
  columns: SiteColumns,
  y: Rows,
  { siteStart, peakSlackStart }: { readonly siteStart: number; readonly peakSlackStart: number },
  price: Float64Array,
): void {
  const { slotCount: n, phaseCount, prices: v, keys, storedPerKw, takenPerKw } = columns;
  let peak = 0;
  for (let t = 0; t < n; t += 1) {
    let drawn = 0;
    for (let f = 0; f < phaseCount; f += 1) drawn += y.phase[phaseCount * t + f] as number;
    drawn /= phaseCount;
    const storage = y.storage[t] as number;
    v[CHARGE * n + t] = drawn - (storedPerKw[t] as number) * storage;
    v[DISCHARGE * n + t] = (takenPerKw[t] as number) * storage - drawn;
    v[CURTAILED * n + t] = drawn;
    const net = phaseCount === 3 ? (y.balance[t] as number) : -(y.phase[t] as number);
    const imported = net + (y.peak[t] as number);
    v[IMPORTED * n + t] = imported;
    v[ORDER_SLACK * n + t] = imported;
    v[SITE_SLACK * n + t] = imported;
    v[EXPORTED * n + t] = -net;
    v[STORED * n + t] = storage - (t + 1 < n ? (y.storage[t + 1] as number) : 0);
    for (let f = 0; phaseCount === 3 && f < 3; f += 1) {
      const room = (y.phase[3 * t + f] as number) + net;
      v[PHASE_ROOM * n + 3 * t + f] = room;
      v[PHASE_SLACK * n + 3 * t + f] = -room;
    }
    price[peakSlackStart + t] = y.peak[t] as number;
    peak -= y.peak[t] as number;
  }
  v[columns.peakKey] = peak;
  for (let at = 0; at < keys.length; at += 1)
    price[siteStart + at] = v[keys[at] as number] as number;
}
