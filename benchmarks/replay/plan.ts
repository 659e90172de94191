/** Plans for the vehicles that are plugged in: who should get what now, by the linear program. */
import { type Backend, planThrough } from '../../solver/backends/chain.js';
import {
  dueMs,
  type Plan,
  planFairly,
  type PlanProblem,
  tieCosts,
  type Wanted,
} from '../../solver/index.js';
import { besideOf, withBatteryAs } from './plan-beside.js';
import { givenNowW, planProblem, type SitePrices, type Wish } from './plan-problem.js';
import type { Guest, View } from './policy.js';
import { type ReplaySite, rootMaxW } from './site.js';
import { ONE_WAY_EFFICIENCY } from './surroundings.js';

export interface PlanNow {
  /** One for each guest, A: the mean of the first slot. */
  readonly targetsA: readonly number[];
  /** Power of the vehicles in the first slot that the plan does not exceed, W; only where prices count. */
  readonly capW?: number;
  /** What the battery is to do now, W: positive charges it. */
  readonly batteryW: number;
}

export interface PlannerSettings {
  readonly site: ReplaySite;
  readonly gridSec: number;
  readonly onOffMinSec: number;
  readonly backends: readonly Backend[];
  /** First the largest share of their energy that all can get alike, then the most energy. */
  readonly isFair: boolean;
  readonly prices?: SitePrices;
}

/** Edges after now beside those of the grid, the departures and the prices, h. */
const EDGES_HOURS = [0.5, 1, 2, 4];
/** As far as a battery is planned. */
const DAY_HOURS = 24;
const GRID_SLOTS = 3;
/** Where prices count, energy is served at any price, and ties cost next to nothing. */
const UNMET_AT_ANY_PRICE = 1000;
/** Who said nothing comes after who did. */
const ASSUMED_PRIORITY = 0.5;
const TIE_UNIT = 1;
const PRICED_TIE_UNIT = 1e-4;
/** As the service accepts plans. */
const ACCEPTED = { gapMax: 1e-4, violationMaxKw: 0.01, iterationsMax: 100 };
const MS_PER_HOUR = 3_600_000;
/** What the interior point leaves of a battery that is not to move, W. */
const NOTHING_W = 1;

/** Targets of all guests. Throws where the engine finds no plan: a fault of ours. */
export function planNow(settings: PlannerSettings, view: View): PlanNow {
  const { site, backends, prices } = settings;
  if (view.guests.length === 0 && prices === undefined) {
    return { targetsA: [], batteryW: batteryNowW(settings, view, 0) };
  }
  const ends = view.guests.map((guest) => endOf(settings, view, guest));
  const edgesMs = edgesOf(settings, view, ends);
  const spanMs = (edgesMs.at(-1) as number) - view.nowMs;
  const wishes = view.guests.map((guest, at) =>
    wishOf(settings, view, guest, { toMs: ends[at] as number, spanMs }),
  );
  const solve = (asked: PlanProblem) => {
    const answer = planThrough(backends, asked, ACCEPTED);
    return answer.status === 'none' ? undefined : answer;
  };
  const solved = (asked: PlanProblem, isFair: boolean): Plan => {
    const found = isFair
      ? planFairly(asked, { shareMax: 1, wanted: wantedBy(view, asked) }, solve)
      : solve(asked);
    if (found === undefined) throw new Error(`no plan at ${new Date(view.nowMs).toISOString()}`);
    return found.plan;
  };
  const horizon = { edgesMs, prices, peakSoFarW: view.peakSoFarW };
  const beside = besideOf(view, edgesMs, prices !== undefined);
  // First what the battery is to do, while the cuts count on all of it; then the vehicles beside that.
  const battery =
    beside?.storage === undefined
      ? undefined
      : solved(planProblem(site, wishes, { ...horizon, beside }), false);
  const fixed = beside && battery ? withBatteryAs(beside, battery) : beside;
  const problem = planProblem(site, wishes, { ...horizon, beside: fixed });
  const plan = solved(problem, settings.isFair);
  const nowW = new Map(
    problem.sessions.map(({ id, firstSlot }, at) => [
      id,
      firstSlot === 0 ? (plan.sessionW[at]?.[0] ?? 0) : 0,
    ]),
  );
  const targetsA = view.guests.map((it) => (nowW.get(it.sessionId) ?? 0) / site.voltageV);
  if (prices === undefined) {
    const givenW = fixed?.held && givenNowW(problem, plan, fixed.held);
    return { targetsA, batteryW: batteryNowW(settings, view, -(givenW ?? 0)) };
  }
  const netW = battery && (battery.chargeW[0] ?? 0) - (battery.dischargeW[0] ?? 0);
  return {
    targetsA,
    capW: vehiclesW(problem, plan),
    batteryW: netW === undefined ? 0 : batteryNowW(settings, view, netW),
  };
}

/**
 * No more than it can keep up until the next plan, and so little that it alone overloads no conductor
 * however few vehicles are left beside it. Where nothing is paid for energy it takes what is left.
 */
function batteryNowW(
  { site, gridSec, prices }: PlannerSettings,
  { around }: View,
  plannedW: number,
): number {
  const { energyWh = 0, spec } = around?.battery ?? {};
  if (plannedW > -NOTHING_W)
    return prices === undefined ? (spec?.powerMaxW ?? 0) : Math.max(0, plannedW);
  const stockWh = ONE_WAY_EFFICIENCY * energyWh;
  return Math.max(plannedW, -(stockWh * 3600) / gridSec, -rootMaxW(site) / Math.sqrt(3));
}

/** In the order of the problem. */
function wantedBy({ guests }: View, { sessions }: PlanProblem): readonly (Wanted | undefined)[] {
  const byId = new Map(guests.map((it) => [it.sessionId, it]));
  return sessions.map(({ id }) => {
    const guest = byId.get(id);
    if (guest === undefined) return undefined;
    const { deliveredWh, remainingWh } = guest;
    return { deliveredWh, totalWh: deliveredWh + remainingWh };
  });
}

/** What the first slot leaves to the vehicles. */
function vehiclesW({ connection }: PlanProblem, plan: Plan): number {
  const usedPvW = (connection.pvW[0] ?? 0) - (plan.curtailedW[0] ?? 0);
  const besideW = (connection.loadW[0] ?? 0) - usedPvW;
  return Math.max(0, (plan.importW[0] ?? 0) - besideW);
}

const chargeHours = ({ remainingWh, maxA }: Guest, { voltageV }: ReplaySite): number =>
  remainingWh / (maxA * voltageV);

/** When the vehicle is to have its energy. */
function endOf({ site, gridSec, prices }: PlannerSettings, { nowMs }: View, guest: Guest): number {
  const leaveMs = Math.max(guest.departureAtMs, nowMs + gridSec * 1000);
  if (prices === undefined) return leaveMs;
  return Math.max(
    nowMs + gridSec * 1000,
    dueMs(nowMs, leaveMs, chargeHours(guest, site) * MS_PER_HOUR),
  );
}

function edgesOf(
  { gridSec, prices }: PlannerSettings,
  { nowMs, around }: View,
  ends: readonly number[],
): readonly number[] {
  const edges = new Set<number>([nowMs, ...ends]);
  for (let slot = 1; slot <= GRID_SLOTS; slot += 1) edges.add(nowMs + slot * gridSec * 1000);
  for (const hours of EDGES_HOURS) edges.add(nowMs + hours * MS_PER_HOUR);
  const hasBattery = around?.battery !== undefined && prices !== undefined;
  const lastMs = Math.max(...ends, ...(hasBattery ? [nowMs + DAY_HOURS * MS_PER_HOUR] : []));
  if (around !== undefined) for (const edge of hoursOf(nowMs, lastMs)) edges.add(edge);
  for (const edge of prices?.edgesMs(nowMs, lastMs) ?? []) edges.add(edge);
  return [...edges].filter((edge) => edge <= lastMs).sort((a, b) => a - b);
}

/** Load and PV change with the hours. */
function hoursOf(nowMs: number, lastMs: number): readonly number[] {
  const endMs = Math.min(lastMs, nowMs + DAY_HOURS * MS_PER_HOUR);
  const firstMs = (Math.floor(nowMs / MS_PER_HOUR) + 1) * MS_PER_HOUR;
  const count = Math.max(0, Math.ceil((endMs - firstMs) / MS_PER_HOUR));
  return Array.from({ length: count }, (_, hour) => firstMs + hour * MS_PER_HOUR);
}

function wishOf(
  { site, onOffMinSec, prices }: PlannerSettings,
  { nowMs }: View,
  guest: Guest,
  { toMs, spanMs }: { readonly toMs: number; readonly spanMs: number },
): Wish {
  const spareHours = (toMs - nowMs) / MS_PER_HOUR - chargeHours(guest, site);
  const tie = { isOn: guest.pilotA > 0, spareHours };
  const unitPerKwh = prices === undefined ? TIE_UNIT : PRICED_TIE_UNIT;
  return {
    id: guest.sessionId,
    evseIndex: guest.evseIndex,
    fromMs: isResting(guest, nowMs, onOffMinSec) ? guest.sinceMs + onOffMinSec * 1000 : nowMs,
    toMs,
    energyWh: guest.remainingWh,
    maxA: guest.maxA,
    priority:
      (guest.isClaimed ? 1 : ASSUMED_PRIORITY) * (prices === undefined ? 1 : UNMET_AT_ANY_PRICE),
    costPerKwh: (startsMs) =>
      tieCosts(
        tie,
        startsMs.map((it) => (it - nowMs) / MS_PER_HOUR),
        { spanHours: spanMs / MS_PER_HOUR, unitPerKwh },
      ),
  };
}

/** Switched off too recently to be switched on. */
function isResting(guest: Guest, nowMs: number, onOffMinSec: number): boolean {
  const wasOn = guest.pilotA === 0 && guest.sinceMs > guest.arrivedAtMs;
  return wasOn && nowMs - guest.sinceMs < onOffMinSec * 1000;
}
