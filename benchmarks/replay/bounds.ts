/**
 * Perfect foresight: one linear program over all visits, whose pilots are continuous and whose
 * phasor limits are cut by tangents, so that no policy can deliver more or pay less.
 */
import type { Highs } from '../../solver/backends/highs.js';
import type { PlanProblem, PlanStorage } from '../../solver/index.js';
import { reachableWh, solveOffline } from './offline-plan.js';
import { optimumBill, type Priced } from './optimum-bill.js';
import { overloadA, type ReplaySite } from './site.js';
import {
  type BatterySpec,
  leastBaseW,
  nextChangeMs,
  ONE_WAY_EFFICIENCY,
  type Surroundings,
} from './surroundings.js';
import { busyPeriods, type Visit } from './visits.js';

export interface Bounds {
  /** What every vehicle could take by itself. */
  readonly perSessionCapPercent: number;
  readonly optimumUpperPercent: number;
  /** The same program's schedule without a battery, scaled in each slot until the network carries it. */
  readonly optimumLowerPercent: number;
  /** null without a tariff. */
  readonly optimumBill: number | null;
}

const HALVINGS = 30;

export function boundsOf(
  highs: Highs,
  site: ReplaySite,
  visits: readonly Visit[],
  prices: Priced | undefined,
  around?: Surroundings,
): Bounds {
  const askedWh = visits.reduce((sum, it) => sum + it.energyWh, 0);
  const capWh = visits.reduce((sum, it) => sum + reachableWh(site, it), 0);
  let upperWh = 0;
  let lowerWh = 0;
  for (const busy of busyPeriods(visits)) {
    const edgesMs = edgesOf(busy, around);
    const baseW = edgesMs
      .slice(1)
      .map((toMs, slot) => baseWithin(around, edgesMs[slot] as number, toMs));
    const none = baseW.map(() => 0);
    const beside = around === undefined ? undefined : { loadW: none, pvW: none, baseW };
    const { problem, sessionW } = solveOffline(highs, site, busy, { edgesMs, beside });
    lowerWh += scaledWh({ site, visits: busy, problem, sessionW, baseW });
    const storage = around?.battery && fullBattery(around.battery);
    if (beside === undefined || storage === undefined) {
      upperWh += sumWh(problem, sessionW);
      continue;
    }
    const reliefW = baseW.map(() => storage.dischargeMaxW);
    const relieved = { ...beside, loadW: baseW, reliefW, storage };
    const eased = solveOffline(highs, site, busy, { edgesMs, beside: relieved });
    upperWh += sumWh(eased.problem, eased.sessionW);
  }
  const percent = (wh: number): number => (100 * wh) / askedWh;
  return {
    perSessionCapPercent: percent(capWh),
    optimumUpperPercent: percent(upperWh),
    optimumLowerPercent: percent(lowerWh),
    optimumBill: prices === undefined ? null : optimumBill(highs, site, visits, prices, around),
  };
}

/** Between two arrivals, departures or steps of the load nothing changes: constant currents lose nothing. */
function edgesOf(visits: readonly Visit[], around: Surroundings | undefined): readonly number[] {
  const edges = new Set(visits.flatMap((it) => [it.arrivalAtMs, it.departureAtMs]));
  const toMs = Math.max(...edges);
  if (around !== undefined) {
    const next = (atMs: number): number => nextChangeMs(around, atMs);
    for (let atMs = next(Math.min(...edges)); atMs < toMs; atMs = next(atMs)) edges.add(atMs);
  }
  return [...edges].sort((a, b) => a - b);
}

const baseWithin = (around: Surroundings | undefined, fromMs: number, toMs: number): number =>
  around === undefined ? 0 : leastBaseW(around, fromMs, toMs);

/** As no battery is: full whenever somebody comes, and all of its power of use on any conductor. */
const fullBattery = ({ capacityWh, powerMaxW }: BatterySpec): PlanStorage => ({
  energyMaxWh: capacityWh,
  energyStartWh: capacityWh,
  energyReserveWh: 0,
  energyEndWh: 0,
  chargeMaxW: powerMaxW,
  dischargeMaxW: powerMaxW,
  oneWayEfficiency: ONE_WAY_EFFICIENCY,
  wearCostPerKwh: 0,
});

const sumWh = (problem: PlanProblem, sessionW: readonly Float64Array[]): number =>
  sessionW.reduce((sum, power, at) => sum + whOf(problem, at, power), 0);

function whOf(problem: PlanProblem, at: number, powerW: Float64Array): number {
  const first = problem.sessions[at]?.firstSlot ?? 0;
  return powerW.reduce(
    (sum, w, slot) => sum + (w * (problem.slotSec[first + slot] as number)) / 3600,
    0,
  );
}

interface Schedule {
  readonly site: ReplaySite;
  readonly visits: readonly Visit[];
  readonly problem: PlanProblem;
  readonly sessionW: readonly Float64Array[];
  /** Of each slot. */
  readonly baseW: readonly number[];
}

/** What is left of the schedule when each slot is scaled down until no conductor is overloaded. */
function scaledWh({ site, visits, problem, sessionW, baseW }: Schedule): number {
  const currentsA = new Float64Array(site.evses.length);
  let wh = 0;
  for (const [slot, sec] of problem.slotSec.entries()) {
    const load = (factor: number): number => {
      currentsA.fill(0);
      let sumW = 0;
      for (const [at, it] of problem.sessions.entries()) {
        if (slot < it.firstSlot || slot >= it.endSlot) continue;
        const w = factor * (sessionW[at]?.[slot - it.firstSlot] ?? 0);
        const { evseIndex } = visits[Number(it.id)] as Visit;
        currentsA[evseIndex] = w / site.voltageV;
        sumW += w;
      }
      return sumW;
    };
    const base = baseW[slot] ?? 0;
    const overload = (): number => overloadA(site, currentsA, { allW: base, baseW: base });
    wh += (load(feasibleFactor(overload, load)) * sec) / 3600;
  }
  return wh;
}

function feasibleFactor(overload: () => number, load: (factor: number) => number): number {
  load(1);
  if (overload() === 0) return 1;
  let low = 0;
  let high = 1;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    load(middle);
    if (overload() === 0) low = middle;
    else high = middle;
  }
  return low;
}
