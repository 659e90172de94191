/**
 * A site and what is expected of it as the planning problem of the solver. Pure: the same state, prices
 * and forecasts give the same problem.
 */
import type { Tier } from '../../ledger/types.js';
import type {
  PlanConnection,
  PlanOrder,
  PlanPanel,
  PlanProblem,
  PlanSession,
  SiteProblem,
} from '../../solver/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import { microsOf } from '../signals/money.js';
import { currencyOf, priceEdgesMs } from '../signals/prices.js';
import { siteTiers, snapshot, standings } from '../sites/snapshot.js';
import { orderedW, panelCapacityW, rootCapacity, type WhichOrders } from './capacity.js';
import { type PlannedNeed, plannedNeeds } from './needs.js';
import type { PlanInput, PlannedVisit } from './plan-input.js';
import { priceOutlook } from './price-outlook.js';
import { type Reserve, reserveOf } from './reserve-load.js';
import { planSlots, type Slot, slotsWithin } from './slots.js';
import { joinedStorage } from './storage-plan.js';

export interface BuiltPlan {
  readonly input: PlanInput;
  readonly problem: PlanProblem;
  readonly slots: readonly Slot[];
  /** The grid orders something within the horizon. */
  readonly hasOrder: boolean;
  /** In the order of the sessions of the problem; after them come the visits. */
  readonly needs: readonly PlannedNeed[];
  readonly voltageV: number;
  /** More than what is planned would cost more: prices differ, or peaks cost. */
  readonly saves: boolean;
  readonly currency: string | undefined;
  /** What a kWh really costs in each slot; absent: no prices are known. */
  readonly importPerKwh: readonly number[] | undefined;
}

const HOUR_MS = 3_600_000;
const HORIZON_MIN_MS = 12 * HOUR_MS;
const HORIZON_MAX_MS = 36 * HOUR_MS;
/** Departures farther ahead than this fall to coarser edges. */
const NEAR_MS = HOUR_MS / 2;
const NEAR_EDGE_MS = 60_000;
const FAR_EDGE_MS = 300_000;
/** Sooner is better than later unless an hour saves more than this share of the dearest price. */
const EARLINESS_FRACTION_PER_HOUR = 0.002;
/** What a kWh counts where no price is known: peaks and orders alone are planned by. */
const PRICE_UNKNOWN = 0.1;
/** Unmet energy costs this many times the dearest kWh, and more. */
const UNMET_FACTOR = 10;
const MICROS = 1_000_000;

/** Undefined: there is nothing that a plan could save or avoid. */
export function buildPlan(input: PlanInput): BuiltPlan | undefined {
  const built = buildAnyPlan(input);
  const hasStorage = input.storage.length > 0;
  const hasMatter = hasStorage || built.needs.some((it) => it.source !== 'assumed');
  const hasReason = hasStorage || built.saves || built.hasOrder;
  return hasMatter && hasReason ? built : undefined;
}

/** Also where nothing could be saved: for questions. */
export function buildAnyPlan(input: PlanInput): BuiltPlan {
  const { state, nowMs, visits = [] } = input;
  const all = standings(state);
  const tiers = siteTiers(state, nowMs, HORIZON_MAX_MS);
  const site = snapshot(state, all, { tiers, nowMs, assumed: 'reserve' });
  const voltageV = channelVoltageV(state.site);
  const found = plannedNeeds(input, all, site.evses, voltageV);
  const slots = slotsOf(input, found, tiers);
  const windows = found.map((it) => {
    const untilMs = edgeBefore(it.untilMs, nowMs);
    return { need: it, ...slotsWithin(slots, { fromMs: nowMs, untilMs }) };
  });
  const needs = windows.filter((it) => it.endSlot > it.firstSlot);
  const panels = panelIds([...needs.map((it) => it.need.evse), ...visits]);
  const money = moneyOf(input, slots);
  const reserve = reserveOf(state, all, site);
  const orders = ordersOf(input, {
    slots,
    tiers,
    reserve,
    importMaxW: rootCapacity(site).importMaxW,
  });
  const sessions = [
    ...needs.map((it): PlanSession => sessionOf(it, slots, panels, site)),
    ...visits.flatMap((it, index) => visitOf(it, index, { slots, panels, site })),
  ];
  return {
    hasOrder: hasOrder(tiers),
    input,
    slots,
    needs: needs.map((it) => it.need),
    voltageV,
    ...money,
    problem: {
      slotSec: slots.map(lengthSec),
      phaseCount: site.supply === 'wye' ? 3 : 1,
      sessions,
      panels: panels.map((id) => panelOf(id, { slots, reserve, site })),
      connection: { ...connectionOf(input, { slots, site, reserve }), ...money.prices, orders },
      weights: weightsOf(money),
    },
  };
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
  tiers: readonly Tier[],
): readonly Slot[] {
  const ends = [...needs.map((it) => it.untilMs), ...visits.map((it) => it.departureAtMs)];
  const latestMs = Math.max(nowMs, horizonMs, ...ends);
  const aheadMs = Math.min(HORIZON_MAX_MS, Math.max(HORIZON_MIN_MS, latestMs - nowMs));
  const endMs = Math.ceil((nowMs + aheadMs) / HOUR_MS) * HOUR_MS;
  const prices = priceEdgesMs(state.signals.values(), { fromMs: nowMs, toMs: endMs });
  const departures = ends.map((it) => edgeBefore(it, nowMs));
  return planSlots(nowMs, endMs, [
    ...prices,
    ...departures,
    ...visits.map((it) => it.arrivalAtMs),
    ...tiers.map((it) => it.fromMs).filter((atMs) => atMs > nowMs),
  ]);
}

function panelIds(served: readonly { readonly circuitId: string }[]): readonly string[] {
  return [...new Set(served.map((it) => it.circuitId))].sort();
}

function sessionOf(
  at: { readonly need: PlannedNeed; readonly firstSlot: number; readonly endSlot: number },
  slots: readonly Slot[],
  panels: readonly string[],
  { supply }: SiteProblem,
): PlanSession {
  const { need, firstSlot, endSlot } = at;
  const hours = slots.slice(firstSlot, endSlot).reduce((sum, it) => sum + lengthSec(it) / 3600, 0);
  const loaded = [0, 1, 2].filter((channel) => need.evse.channels[channel as 0 | 1 | 2]);
  return {
    id: need.session.id,
    panelIndex: panels.indexOf(need.evse.circuitId),
    phases: supply === 'wye' ? loaded : [0],
    firstSlot,
    endSlot,
    // What cannot be had in the time is not to drown what can be decided.
    energyWh: Math.min(need.energyWh, need.powerMaxW * hours),
    powerMaxW: need.powerMaxW,
    priority: need.source === 'assumed' ? 0.5 : need.evse.claim.priority,
  };
}

/** Empty: it is too short for any slot. */
function visitOf(
  visit: PlannedVisit,
  index: number,
  from: {
    readonly slots: readonly Slot[];
    readonly panels: readonly string[];
    readonly site: SiteProblem;
  },
): readonly PlanSession[] {
  const { arrivalAtMs, departureAtMs, energyWh, powerMaxW, circuitId } = visit;
  const window = slotsWithin(from.slots, { fromMs: arrivalAtMs, untilMs: departureAtMs });
  if (window.endSlot <= window.firstSlot) return [];
  const panelIndex = from.panels.indexOf(circuitId);
  const phases = from.site.supply === 'wye' ? [0, 1, 2] : [0];
  const own = { id: `visit ${index}`, panelIndex, phases, energyWh, powerMaxW, priority: 1 };
  return [{ ...own, ...window }];
}

/** What is reserved on a panel is load to it. */
function panelOf(
  id: string,
  from: { readonly slots: readonly Slot[]; readonly reserve: Reserve; readonly site: SiteProblem },
): PlanPanel {
  const { slots, reserve, site } = from;
  const limitW = panelCapacityW(site, id);
  const voltageV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  const channelsOf = (phase: number): readonly number[] =>
    site.supply === 'wye' ? [phase] : [0, 1, 2];
  const loadW = limitW.map((_, phase) =>
    slots.map(({ startMs }) =>
      channelsOf(phase).reduce(
        (sum, channel) => sum + voltageV * reserve.currentA(id, channel, startMs),
        0,
      ),
    ),
  );
  return { id, limitW, loadW };
}

/**
 * Orders of the grid. What is kept back and not drawn is no import, and yet nobody else may have it: it
 * lowers what may be imported in its time.
 */
function ordersOf(
  { loadAt, pvAt }: PlanInput,
  from: {
    readonly slots: readonly Slot[];
    readonly tiers: readonly Tier[];
    readonly reserve: Reserve;
    readonly importMaxW: number;
  },
): readonly PlanOrder[] {
  const orders: PlanOrder[] = [];
  const which = whichOrders(from.tiers);
  for (const [slot, { startMs }] of from.slots.entries()) {
    const tier = from.tiers.findLast(({ fromMs }) => fromMs <= startMs) ?? from.tiers[0];
    const otherLoadW = Math.max(0, loadAt(startMs) - pvAt(startMs));
    const orderW = orderedW(tier?.circuits ?? [], otherLoadW, which);
    const keptW = from.reserve.undrawnW(startMs);
    if (orderW === undefined && keptW <= 0) continue;
    const freeW = Math.min(from.importMaxW, orderW ?? Number.POSITIVE_INFINITY) - keptW;
    const importMaxW = Math.max(0, freeW);
    const last = orders.at(-1);
    if (last?.endSlot === slot && last.importMaxW === importMaxW) {
      orders[orders.length - 1] = { ...last, endSlot: slot + 1 };
    } else orders.push({ firstSlot: slot, endSlot: slot + 1, importMaxW });
  }
  return orders;
}

/** The failsafe moves on with each heartbeat: it is an order only once it holds. */
function whichOrders(tiers: readonly Tier[]): WhichOrders {
  const isHeld = orderedW(tiers[0]?.circuits ?? [], 0, 'failsafe') !== undefined;
  return isHeld ? 'all' : 'without-failsafe';
}

function hasOrder(tiers: readonly Tier[]): boolean {
  const which = whichOrders(tiers);
  return tiers.some(({ circuits }) => orderedW(circuits, 0, which) !== undefined);
}

type Prices = Pick<PlanConnection, 'importPricePerKwh' | 'exportPricePerKwh' | 'demandChargePerKw'>;

interface Money extends Pick<BuiltPlan, 'saves' | 'currency' | 'importPerKwh'> {
  readonly prices: Prices;
}

function moneyOf({ state, nowMs }: PlanInput, slots: readonly Slot[]): Money {
  const signals = [...state.signals.values()];
  const imported = priceOutlook(signals, 'price');
  const exported = priceOutlook(signals, 'export-price');
  const known = slots.map(({ startMs }) => imported(startMs));
  const isKnown = known.every((it) => it !== undefined);
  const importPerKwh = isKnown ? known.map((it) => (it ?? 0) / MICROS) : undefined;
  const dearest = Math.max(PRICE_UNKNOWN, ...(importPerKwh ?? []).map(Math.abs));
  const perHour = EARLINESS_FRACTION_PER_HOUR * dearest;
  const importPricePerKwh = slots.map(({ startMs }, index) => {
    const laterHours = (startMs - nowMs) / HOUR_MS;
    return (importPerKwh?.[index] ?? PRICE_UNKNOWN) + perHour * laterHours;
  });
  const { demandCharge } = state.site.settings;
  const currency = currencyOf(signals) ?? demandCharge?.currency;
  // What is told in another currency cannot be compared.
  const isSame = demandCharge?.currency === currency;
  const perKw = isSame ? (demandCharge?.pricePerKw ?? '0') : '0';
  const demandChargePerKw = Math.max(0, microsOf(perKw) / MICROS);
  const differs = new Set(importPerKwh ?? []).size > 1;
  return {
    saves: differs || demandChargePerKw > 0,
    currency,
    importPerKwh,
    prices: {
      importPricePerKwh,
      exportPricePerKwh: slots.map(({ startMs }, index) =>
        // More for export than for import would make both run at once.
        Math.min((exported(startMs) ?? 0) / MICROS, importPricePerKwh[index] ?? 0),
      ),
      demandChargePerKw,
    },
  };
}

/** Energy that a vehicle misses is worth more than any price and any peak that it could save. */
function weightsOf({ prices }: Money): PlanProblem['weights'] {
  const dearest = Math.max(PRICE_UNKNOWN, ...prices.importPricePerKwh.map(Math.abs));
  const unmetPerKwh = UNMET_FACTOR * dearest + 4 * prices.demandChargePerKw;
  return { unmetPerKwh, orderPerKwh: 5 * unmetPerKwh, siteLimitPerKwh: 20 * unmetPerKwh };
}

function connectionOf(
  input: PlanInput,
  from: { readonly slots: readonly Slot[]; readonly site: SiteProblem; readonly reserve: Reserve },
): Omit<PlanConnection, 'orders' | keyof Prices> {
  const { slots, site, reserve } = from;
  const { importMaxW, phaseMaxW } = rootCapacity(site);
  const storage = joinedStorage(input);
  return {
    importMaxW,
    phaseMaxW,
    exportMaxW: exportMaxW(input, importMaxW),
    loadW: slots.map(({ startMs }) => Math.max(0, input.loadAt(startMs)) + reserve.drawnW(startMs)),
    pvW: slots.map(({ startMs }) => Math.max(0, input.pvAt(startMs))),
    peakSoFarW: input.peakSoFarW,
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
