/**
 * Perfect foresight: one linear program over all visits, whose pilots are continuous and whose
 * phasor limits are cut by tangents, so that no policy can deliver more or pay less.
 */
import { type Highs, solveWithHighs } from '../../solver/backends/highs.js';
import type { PlanProblem } from '../../solver/index.js';
import { planProblem, type SitePrices, type Wish } from './plan-problem.js';
import { overloadA, type ReplaySite } from './site.js';
import type { Visit } from './visits.js';

export interface Bounds {
  /** What every vehicle could take by itself. */
  readonly perSessionCapPercent: number;
  readonly optimumUpperPercent: number;
  /** The same program's schedule, scaled in each slot until the network carries it. */
  readonly optimumLowerPercent: number;
  /** null without a tariff. */
  readonly optimumBill: number | null;
}

const MS_PER_HOUR = 3_600_000;
const UNMET_AT_ANY_PRICE = 1000;
const HALVINGS = 30;

export function boundsOf(
  highs: Highs,
  site: ReplaySite,
  visits: readonly Visit[],
  prices: { readonly of: SitePrices; readonly slotSec: number } | undefined,
): Bounds {
  const askedWh = visits.reduce((sum, it) => sum + it.energyWh, 0);
  const capWh = visits.reduce((sum, it) => sum + reachableWh(site, it), 0);
  let upperWh = 0;
  let lowerWh = 0;
  for (const busy of busyPeriods(visits)) {
    const { problem, sessionW } = solve(highs, site, busy, edgesOf(busy));
    for (const [at, power] of sessionW.entries()) upperWh += whOf(problem, at, power);
    lowerWh += scaledWh(site, busy, problem, sessionW);
  }
  const percent = (wh: number): number => (100 * wh) / askedWh;
  return {
    perSessionCapPercent: percent(capWh),
    optimumUpperPercent: percent(upperWh),
    optimumLowerPercent: percent(lowerWh),
    optimumBill: prices === undefined ? null : optimumBill(highs, site, visits, prices),
  };
}

const reachableWh = ({ voltageV }: ReplaySite, it: Visit): number =>
  Math.min(it.energyWh, (it.maxA * voltageV * (it.departureAtMs - it.arrivalAtMs)) / MS_PER_HOUR);

/** Visits that are connected through times at which somebody is there. */
function busyPeriods(visits: readonly Visit[]): readonly (readonly Visit[])[] {
  const periods: Visit[][] = [];
  let endMs = -Infinity;
  for (const visit of visits) {
    if (visit.arrivalAtMs >= endMs) periods.push([]);
    periods.at(-1)?.push(visit);
    endMs = Math.max(endMs, visit.departureAtMs);
  }
  return periods;
}

/** Between two arrivals or departures nothing changes: constant currents lose nothing. */
const edgesOf = (visits: readonly Visit[]): readonly number[] =>
  [...new Set(visits.flatMap((it) => [it.arrivalAtMs, it.departureAtMs]))].sort((a, b) => a - b);

interface Solved {
  readonly problem: PlanProblem;
  readonly sessionW: readonly Float64Array[];
  readonly importW: Float64Array;
}

function solve(
  highs: Highs,
  site: ReplaySite,
  visits: readonly Visit[],
  edgesMs: readonly number[],
  prices?: SitePrices,
): Solved {
  const wishes = visits.map(
    (it, at): Wish => ({
      id: `${at}`,
      evseIndex: it.evseIndex,
      fromMs: it.arrivalAtMs,
      toMs: it.departureAtMs,
      energyWh: reachableWh(site, it),
      maxA: it.maxA,
      priority: prices === undefined ? 1 : UNMET_AT_ANY_PRICE,
      costPerKwh: (startsMs) => startsMs.map(() => 0),
    }),
  );
  const problem = planProblem(site, wishes, { edgesMs, prices });
  const { plan } = solveWithHighs(highs, problem, { mode: 'simplex', gapMax: 1e-6 });
  if (plan === undefined) throw new Error('the offline bound has no solution');
  return { problem, sessionW: plan.sessionW, importW: plan.importW };
}

function whOf(problem: PlanProblem, at: number, powerW: Float64Array): number {
  const first = problem.sessions[at]?.firstSlot ?? 0;
  return powerW.reduce(
    (sum, w, slot) => sum + (w * (problem.slotSec[first + slot] as number)) / 3600,
    0,
  );
}

/** What is left of the schedule when each slot is scaled down until no conductor is overloaded. */
function scaledWh(
  site: ReplaySite,
  visits: readonly Visit[],
  problem: PlanProblem,
  sessionW: readonly Float64Array[],
): number {
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
    wh += (load(feasibleFactor(() => overloadA(site, currentsA), load)) * sec) / 3600;
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

/** The least that all deliverable energy costs, the peak measured on slots of `slotSec` or less. */
function optimumBill(
  highs: Highs,
  site: ReplaySite,
  visits: readonly Visit[],
  { of: prices, slotSec }: { readonly of: SitePrices; readonly slotSec: number },
): number {
  const edges = new Set<number>();
  for (const busy of busyPeriods(visits)) {
    const own = edgesOf(busy);
    const fromMs = own[0] as number;
    const toMs = own.at(-1) as number;
    for (const edge of [...own, ...prices.edgesMs(fromMs, toMs)]) edges.add(edge);
    const slotMs = slotSec * 1000;
    for (let edge = Math.ceil(fromMs / slotMs) * slotMs; edge < toMs; edge += slotMs)
      edges.add(edge);
  }
  const edgesMs = [...edges].sort((a, b) => a - b);
  const { problem, importW } = solve(highs, site, visits, edgesMs, prices);
  let cost = 0;
  for (const [slot, w] of importW.entries()) {
    const kwh = (w * (problem.slotSec[slot] as number)) / 3.6e6;
    cost += kwh * (problem.connection.importPricePerKwh[slot] as number);
  }
  return cost + (importW.reduce((a, b) => Math.max(a, b), 0) / 1000) * prices.demandPerKw;
}
