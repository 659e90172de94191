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
import { besideOf } from './plan-beside.js';
import { planProblem, type SitePrices, type Wish } from './plan-problem.js';
import type { Guest, View } from './policy.js';
import type { ReplaySite } from './site.js';

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

/** Targets of all guests. Throws where the engine finds no plan: a fault of ours. */
export function planNow(settings: PlannerSettings, view: View): PlanNow {
  const { site, backends, prices } = settings;
  const ends = view.guests.map((guest) => endOf(settings, view, guest));
  const edgesMs = edgesOf(settings, view, ends);
  const spanMs = (edgesMs.at(-1) as number) - view.nowMs;
  const wishes = view.guests.map((guest, at) =>
    wishOf(settings, view, guest, { toMs: ends[at] as number, spanMs }),
  );
  const beside = besideOf(view, edgesMs);
  const horizon = { edgesMs, prices, peakSoFarW: view.peakSoFarW, beside };
  const problem = planProblem(site, wishes, horizon);
  const solve = (asked: PlanProblem) => {
    const answer = planThrough(backends, asked, ACCEPTED);
    return answer.status === 'none' ? undefined : answer;
  };
  const found = settings.isFair
    ? planFairly(problem, { shareMax: 1, wanted: wantedBy(view, problem) }, solve)
    : solve(problem);
  if (found === undefined) throw new Error(`no plan at ${new Date(view.nowMs).toISOString()}`);
  const { plan } = found;
  const nowW = new Map(
    problem.sessions.map(({ id, firstSlot }, at) => [
      id,
      firstSlot === 0 ? (plan.sessionW[at]?.[0] ?? 0) : 0,
    ]),
  );
  const targetsA = view.guests.map((it) => (nowW.get(it.sessionId) ?? 0) / site.voltageV);
  // Without prices there is nothing that moving a battery would save.
  if (prices === undefined) return { targetsA, batteryW: 0 };
  const batteryW = (plan.chargeW[0] ?? 0) - (plan.dischargeW[0] ?? 0);
  return { targetsA, capW: vehiclesW(problem, plan, batteryW), batteryW };
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
function vehiclesW({ connection }: PlanProblem, plan: Plan, batteryW: number): number {
  const usedPvW = (connection.pvW[0] ?? 0) - (plan.curtailedW[0] ?? 0);
  const besideW = (connection.loadW[0] ?? 0) + batteryW - usedPvW;
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
