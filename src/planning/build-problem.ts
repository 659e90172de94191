/**
 * A site and what is expected of it as the planning problem of the solver. Pure: the same state, prices
 * and forecasts give the same problem.
 */
import type { Tier } from '../../ledger/types.js';
import {
  dueMs,
  type FairShare,
  type PlanConnection,
  type PlanProblem,
  type PlanSession,
  type SiteProblem,
  tieCosts,
  type Wanted,
} from '../../solver/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import { energyDeliveredWh } from '../sessions/session.js';
import { FAILSAFE_ID } from '../signals/grid-link.js';
import { priceEdgesMs } from '../signals/prices.js';
import { siteTiers, snapshot, standings } from '../sites/snapshot.js';
import { rootCapacity, UNLIMITED_W } from './capacity.js';
import { keptForFailures, loadAhead } from './load-ahead.js';
import {
  earlinessPerKwh,
  type Money,
  moneyOf,
  type Prices,
  tieUnitPerKwh,
  weightsOf,
} from './money.js';
import { type PlannedNeed, plannedNeeds } from './needs.js';
import { hasOrder, ordersOf } from './orders.js';
import type { PlanInput, PlannedVisit } from './plan-input.js';
import { type Reserve, reserveOf } from './reserve-load.js';
import { isScarce } from './scarce.js';
import { siteRoom } from './site-room.js';
import { FIRST_SLOT_MS, planSlots, type Slot, slotsWithin } from './slots.js';
import { joinedStorage } from './storage-plan.js';

export interface BuiltPlan extends Omit<Money, 'prices'> {
  readonly input: PlanInput;
  readonly problem: PlanProblem;
  readonly slots: readonly Slot[];
  /** The grid orders something within the horizon. */
  readonly hasOrder: boolean;
  /** In the order of the sessions of the problem; after them come the visits. */
  readonly needs: readonly PlannedNeed[];
  readonly voltageV: number;
  /** The owner wants equal shares first. */
  readonly fair: FairShare | undefined;
}

const HOUR_MS = 3_600_000;
const HORIZON_MIN_MS = 12 * HOUR_MS;
const HORIZON_MAX_MS = 36 * HOUR_MS;
/** Departures farther ahead than this fall to coarser edges. */
const NEAR_MS = HOUR_MS / 2;
const NEAR_EDGE_MS = 60_000;
const FAR_EDGE_MS = 300_000;
const CHANNELS = [0, 1, 2] as const;

/** Undefined: there is nothing that a plan could save, avoid or divide better. */
export function buildPlan(input: PlanInput): BuiltPlan | undefined {
  const built = buildAnyPlan(input);
  const hasStorage = input.storage.length > 0;
  const { demandChargePerKw } = built.problem.connection;
  const hasMatter =
    hasStorage || built.needs.some((it) => it.source !== 'assumed' || demandChargePerKw > 0);
  if (!hasMatter) return undefined;
  const hasReason = hasStorage || built.saves || built.hasOrder || isScarce(built.problem);
  return hasReason ? built : undefined;
}

/** Also where nothing could be saved: for questions. */
export function buildAnyPlan(asked: PlanInput): BuiltPlan {
  const { state, nowMs, visits = [] } = asked;
  const all = standings(state);
  const tiers = siteTiers(state, nowMs, HORIZON_MAX_MS);
  const now = snapshot(state, all, { tiers, nowMs, assumed: 'reserve' });
  const site = keptForFailures(asked, all, now);
  const input = { ...asked, loadAt: loadAhead(asked, now, site) };
  const voltageV = channelVoltageV(state.site);
  const found = plannedNeeds(input, all, site.evses, voltageV);
  const slots = slotsOf(input, found, { tiers, site });
  const money = moneyOf(input, slots);
  const windows = found.map((it) => {
    const untilMs = dueEdge(it, nowMs, money);
    const within = slotsWithin(slots, { fromMs: startOf(it, site, nowMs), untilMs });
    return { need: it, ...(leavesWithin(slots, it) ? FIRST_SLOT : within) };
  });
  const planned = windows.filter((it) => it.endSlot > it.firstSlot);
  const panels = panelIds([...planned.map((it) => it.need.evse), ...visits]);
  const reserve = reserveOf(state, all, { site, slots });
  const orders = ordersOf(input, {
    slots,
    tiers,
    reserve,
    importMaxW: rootCapacity(site).importMaxW,
  });
  const ties = {
    nowMs,
    slots,
    unitPerKwh: tieUnitPerKwh(money, input.storage.length > 0),
    laterPerKwh: earlinessPerKwh(money),
  };
  const visiting = visits.flatMap((it, index) => visitOf(it, index, panels, ties));
  const sessions = [...planned.map((it): PlanSession => sessionOf(it, panels, ties)), ...visiting];
  return {
    hasOrder: hasOrder(tiers),
    input,
    slots,
    needs: planned.map((it) => it.need),
    voltageV,
    fair: fairShareOf(state.site.settings.fairness, [
      ...planned.map((it) => wantedBy(it.need)),
      ...visiting.map((it) => ({ deliveredWh: 0, totalWh: it.energyWh })),
    ]),
    ...money,
    problem: {
      slotSec: slots.map(lengthSec),
      phaseCount: 3,
      sessions,
      ...siteRoom(input, { slots, panels, reserve, site }),
      connection: {
        ...connectionOf(input, { slots, site, reserve, money }),
        ...money.prices,
        orders,
      },
      weights: weightsOf(money, hoursLeast(sessions, slots)),
    },
  };
}

function fairShareOf(
  shareMax: number | undefined,
  wanted: FairShare['wanted'],
): FairShare | undefined {
  return shareMax === undefined || shareMax <= 0 ? undefined : { shareMax, wanted };
}

function wantedBy({ source, session, energyWh }: PlannedNeed): Wanted | undefined {
  if (source === 'assumed') return undefined;
  const deliveredWh = energyDeliveredWh(session) ?? 0;
  return { deliveredWh, totalWh: deliveredWh + energyWh };
}

/** The shortest time in which a session may charge; Infinity without any. */
function hoursLeast(sessions: readonly PlanSession[], slots: readonly Slot[]): number {
  const hours = sessions.map(({ firstSlot, endSlot }) =>
    slots.slice(firstSlot, endSlot).reduce((sum, it) => sum + lengthSec(it) / 3600, 0),
  );
  return Math.min(...hours);
}

const lengthSec = ({ startMs, endMs }: Slot): number => (endMs - startMs) / 1000;

/** Of departures only so many are told apart that the number of slots stays small. */
function edgeBefore(atMs: number, nowMs: number): number {
  const gridMs = atMs - nowMs < NEAR_MS ? NEAR_EDGE_MS : FAR_EDGE_MS;
  return Math.floor(atMs / gridMs) * gridMs;
}

function slotsOf(
  { state, nowMs, visits = [], horizonMs = 0 }: PlanInput,
  needs: readonly PlannedNeed[],
  { tiers, site }: { readonly tiers: readonly Tier[]; readonly site: SiteProblem },
): readonly Slot[] {
  const ends = [...needs, ...visits].map((it) => it.departureAtMs);
  const latestMs = Math.max(nowMs, horizonMs, ...ends);
  const aheadMs = Math.min(HORIZON_MAX_MS, Math.max(HORIZON_MIN_MS, latestMs - nowMs));
  const endMs = Math.ceil((nowMs + aheadMs) / HOUR_MS) * HOUR_MS;
  const prices = priceEdgesMs(state.signals.values(), { fromMs: nowMs, toMs: endMs });
  // Where nothing can be saved nobody is held back before the departure.
  const margins = mayCost(state) ? needs.map((it) => dueEdge(it, nowMs, { saves: true })) : [];
  const comings = [
    ...ends.map((it) => edgeBefore(it, nowMs)),
    ...margins,
    ...needs.map((it) => startOf(it, site, nowMs)),
    ...visits.map((it) => it.arrivalAtMs),
    // The reach of a meter's reading and the failsafe, which move on with the clock.
    ...tiers.map((it) => it.fromMs),
  ];
  const orders = [...state.signals.values()].filter(
    ({ id, type }) => type === 'import-limit' && id !== FAILSAFE_ID,
  );
  return planSlots(nowMs, endMs, [
    ...prices,
    // What comes and goes within the first slot is not worth a second one: the next plan knows.
    ...comings.filter((atMs) => atMs >= nowMs + FIRST_SLOT_MS),
    ...orders.flatMap(({ series, endsAtMs }) => [...series.map((it) => it.atMs), endsAtMs]),
  ]);
}

const mayCost = ({ site, signals }: PlanInput['state']): boolean =>
  Boolean(site.settings.demandCharge) || [...signals.values()].some(({ type }) => type === 'price');

const FIRST_SLOT = { firstSlot: 0, endSlot: 1 };

/** It leaves before the next plan: what it can still have is in the first slot. */
function leavesWithin(slots: readonly Slot[], { departureAtMs }: PlannedNeed): boolean {
  const [first] = slots;
  return first !== undefined && departureAtMs > first.startMs && departureAtMs < first.endMs;
}

function panelIds(served: readonly { readonly circuitId: string }[]): readonly string[] {
  return [...new Set(served.map((it) => it.circuitId))].sort();
}

interface Ties {
  readonly nowMs: number;
  readonly slots: readonly Slot[];
  readonly unitPerKwh: number;
  /** For each hour. */
  readonly laterPerKwh: number;
}

/** A plan that may hold energy back for money leaves some time before the departure. */
function endOf(
  { energyWh, powerMaxW, departureAtMs }: PlannedNeed,
  nowMs: number,
  { saves }: Pick<Money, 'saves'>,
): number {
  if (!saves) return departureAtMs;
  return dueMs(nowMs, departureAtMs, (energyWh / powerMaxW) * HOUR_MS);
}

/** The margin before a departure is worth no second one: the edge that is nearest, and never later than it. */
function dueEdge(need: PlannedNeed, nowMs: number, money: Pick<Money, 'saves'>): number {
  const endMs = endOf(need, nowMs, money);
  const gridMs = endMs - nowMs < NEAR_MS ? NEAR_EDGE_MS : FAR_EDGE_MS;
  const nearestMs = Math.round(endMs / gridMs) * gridMs;
  return nearestMs <= need.departureAtMs ? nearestMs : edgeBefore(endMs, nowMs);
}

/** Who was switched off a moment ago stays off for a while, whatever is planned. */
function startOf(
  { evse: { claim } }: PlannedNeed,
  { allocator }: SiteProblem,
  nowMs: number,
): number {
  const wasOn = claim.lastLimitA === 0 && claim.sinceMs > claim.pluggedInAtMs;
  return wasOn ? Math.max(nowMs, claim.sinceMs + allocator.offMinSec * 1000) : nowMs;
}

function sessionOf(
  at: { readonly need: PlannedNeed; readonly firstSlot: number; readonly endSlot: number },
  panels: readonly string[],
  ties: Ties,
): PlanSession {
  const { need, firstSlot, endSlot } = at;
  const { nowMs, slots, unitPerKwh } = ties;
  const own = slots.slice(firstSlot, endSlot);
  const isOn = need.evse.claim.lastLimitA > 0;
  const isLeaving = leavesWithin(slots, need);
  const stayHours = (need.departureAtMs - nowMs) / HOUR_MS;
  const hours = isLeaving ? stayHours : own.reduce((sum, it) => sum + lengthSec(it) / 3600, 0);
  const endMs = slots.at(-1)?.endMs ?? nowMs;
  const later = laterCosts(own, ties);
  // Nobody is switched on for the last minutes before it leaves, unless there is room.
  const spareHours =
    isLeaving && !isOn
      ? Number.POSITIVE_INFINITY
      : ((own.at(-1)?.endMs ?? nowMs) - nowMs) / HOUR_MS - need.energyWh / need.powerMaxW;
  return {
    id: need.session.id,
    panelIndex: panels.indexOf(need.evse.circuitId),
    phases: CHANNELS.filter((channel) => need.evse.channels[channel]),
    firstSlot,
    endSlot,
    // What cannot be had in the time is not to drown what can be decided.
    energyWh: Math.min(need.energyWh, need.powerMaxW * hours),
    powerMaxW: need.powerMaxW,
    priority: need.source === 'assumed' ? 0.5 : need.evse.claim.priority,
    costPerKwh: tieCosts(
      { isOn, spareHours },
      own.map(({ startMs }) => (startMs - nowMs) / HOUR_MS),
      { spanHours: (endMs - nowMs) / HOUR_MS, unitPerKwh },
    ).map((cost, slot) => cost + (later[slot] ?? 0)),
  };
}

const laterCosts = (own: readonly Slot[], { nowMs, laterPerKwh }: Ties): readonly number[] =>
  own.map(({ startMs }) => (laterPerKwh * (startMs - nowMs)) / HOUR_MS);

/** Empty: it is too short for any slot. */
function visitOf(
  visit: PlannedVisit,
  index: number,
  panels: readonly string[],
  ties: Ties,
): readonly PlanSession[] {
  const { arrivalAtMs, departureAtMs, energyWh, powerMaxW, circuitId } = visit;
  const { slots } = ties;
  const window = slotsWithin(slots, { fromMs: arrivalAtMs, untilMs: departureAtMs });
  if (window.endSlot <= window.firstSlot) return [];
  const panelIndex = panels.indexOf(circuitId);
  const own = { id: `visit ${index}`, panelIndex, phases: CHANNELS, energyWh, powerMaxW };
  const costPerKwh = laterCosts(slots.slice(window.firstSlot, window.endSlot), ties);
  return [{ ...own, priority: 1, ...window, costPerKwh }];
}

function connectionOf(
  input: PlanInput,
  from: {
    readonly slots: readonly Slot[];
    readonly site: SiteProblem;
    readonly reserve: Reserve;
    readonly money: Money;
  },
): Omit<PlanConnection, 'orders' | keyof Prices> {
  const { slots, site, reserve, money } = from;
  const { importMaxW, phaseMaxW } = rootCapacity(site);
  // The channels of a delta supply are pairs of lines, whose limits are cuts.
  const isWye = site.supply === 'wye';
  const loadW = slots.map(
    ({ startMs }, slot) => Math.max(0, input.loadAt(startMs)) + reserve.drawnW(slot),
  );
  const pvW = slots.map(({ startMs }) => Math.max(0, input.pvAt(startMs)));
  const storage = joinedStorage(input, { slots, money, loadW, pvW });
  return {
    importMaxW,
    phaseMaxW: isWye ? phaseMaxW : UNLIMITED_W,
    exportMaxW: exportMaxW(input, importMaxW),
    loadW,
    pvW,
    peakSoFarW: Math.max(input.peakSoFarW, input.peakHintW ?? 0),
    ...(storage === undefined ? {} : { storage }),
  };
}

/** The lowest export limit that holds at any time: the problem has one for all of it. */
function exportMaxW({ state, nowMs }: PlanInput, importMaxW: number): number {
  let leastW = importMaxW;
  for (const { type, series, endsAtMs } of state.signals.values()) {
    if (type !== 'export-limit' || endsAtMs <= nowMs) continue;
    leastW = Math.min(leastW, ...series.map((it) => it.value));
  }
  return leastW;
}
