/** The least that all deliverable energy costs with everything known beforehand. */
import type { Highs } from '../../solver/backends/highs.js';
import { type OfflinePlan, solveOffline } from './offline-plan.js';
import type { SitePrices } from './plan-problem.js';
import { meanPowerW } from './power-series.js';
import type { ReplaySite } from './site.js';
import {
  leastBaseW,
  ONE_WAY_EFFICIENCY,
  STARTS_AT_FRACTION,
  type Surroundings,
} from './surroundings.js';
import { busyPeriods, type Visit } from './visits.js';

export interface Priced {
  readonly of: SitePrices;
  /** The peak of vehicles alone is measured on slots of this length or less. */
  readonly slotSec: number;
  /** The peak of a whole site is measured on these, as in a bill. */
  readonly demandIntervalSec: number;
}

export function optimumBill(
  highs: Highs,
  site: ReplaySite,
  visits: readonly Visit[],
  { of: prices, slotSec, demandIntervalSec }: Priced,
  around: Surroundings | undefined,
): number {
  const found =
    around === undefined
      ? solveOffline(highs, site, visits, { edgesMs: edgesOf(visits, prices, slotSec), prices })
      : solveSite(highs, site, visits, { prices, around, demandIntervalSec });
  return costOf(found, prices);
}

function costOf({ problem, importW }: OfflinePlan, prices: SitePrices): number {
  let cost = 0;
  for (const [slot, w] of importW.entries()) {
    const kwh = (w * (problem.slotSec[slot] as number)) / 3.6e6;
    cost += kwh * (problem.connection.importPricePerKwh[slot] as number);
  }
  return cost + (importW.reduce((a, b) => Math.max(a, b), 0) / 1000) * prices.demandPerKw;
}

function edgesOf(visits: readonly Visit[], prices: SitePrices, slotSec: number): readonly number[] {
  const edges = new Set<number>();
  const slotMs = slotSec * 1000;
  for (const busy of busyPeriods(visits)) {
    const own = busy.flatMap((it) => [it.arrivalAtMs, it.departureAtMs]);
    const fromMs = Math.min(...own);
    const toMs = Math.max(...own);
    for (const edge of [...own, ...prices.edgesMs(fromMs, toMs)]) edges.add(edge);
    for (let edge = Math.ceil(fromMs / slotMs) * slotMs; edge < toMs; edge += slotMs)
      edges.add(edge);
  }
  return [...edges].sort((a, b) => a - b);
}

/**
 * Slots are the intervals of the bill, and every rule is one that the means of any replay keep: vehicles
 * may use the whole interval in which they come or go, the conductors carry the least that the building
 * takes within it, the battery may end empty and charges beside any load.
 */
function solveSite(
  highs: Highs,
  site: ReplaySite,
  visits: readonly Visit[],
  given: {
    readonly prices: SitePrices;
    readonly around: Surroundings;
    readonly demandIntervalSec: number;
  },
): OfflinePlan {
  const { prices, around, demandIntervalSec } = given;
  const { startAtMs, endAtMs, load, pv, battery } = around;
  const stepMs = demandIntervalSec * 1000;
  const count = Math.ceil((endAtMs - startAtMs) / stepMs);
  const edgesMs = Array.from({ length: count + 1 }, (_, at) => startAtMs + at * stepMs);
  const slots = edgesMs.slice(1).map((toMs) => [toMs - stepMs, toMs] as const);
  const slotAt = (atMs: number, round: (x: number) => number): number =>
    startAtMs + round((atMs - startAtMs) / stepMs) * stepMs;
  const wide = visits.map((it) => ({
    ...it,
    windowMs: [slotAt(it.arrivalAtMs, Math.floor), slotAt(it.departureAtMs, Math.ceil)] as const,
  }));
  const beside = {
    loadW: slots.map(([fromMs, toMs]) => meanPowerW(load, fromMs, toMs)),
    pvW: slots.map(([fromMs, toMs]) => meanPowerW(pv, fromMs, toMs)),
    baseW: slots.map(([fromMs, toMs]) => leastBaseW(around, fromMs, toMs)),
    ...(battery === undefined ? {} : { reliefW: slots.map(() => battery.powerMaxW) }),
    storage: battery && {
      energyMaxWh: battery.capacityWh,
      energyStartWh: battery.capacityWh * STARTS_AT_FRACTION,
      energyReserveWh: 0,
      energyEndWh: 0,
      chargeMaxW: battery.powerMaxW,
      dischargeMaxW: battery.powerMaxW,
      oneWayEfficiency: ONE_WAY_EFFICIENCY,
      wearCostPerKwh: 0,
    },
  };
  return solveOffline(highs, site, wide, { edgesMs, prices, beside });
}
