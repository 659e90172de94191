/**
 * The shipped loop: the engine of the service, plans as the service makes them, and stations that answer at
 * once. Nothing is decided here.
 */
import type { CircuitId } from '../../../solver/index.js';
import type { KnownHabits } from '../../../src/planning/gather.js';
import { causeOf, planSite } from '../../../src/planning/plan-site.js';
import { PLAN_EVERY_MS } from '../../../src/planning/plan-times.js';
import { solveSite, type SolverChoice } from '../../../src/planning/solve.js';
import type { SitePrices } from '../plan-problem.js';
import type { Decision, Policy, PolicySettings, View } from '../policy.js';
import type { Engine } from './engine.js';
import { openEngine } from './open-engine.js';
import { priceTold } from './prices.js';
import { type MeteredCircuit, meteredCircuits } from './site.js';
import { createStations } from './stations.js';
import { createMetering } from './surroundings.js';
import { measuredStore } from './store.js';
import { createVehicles } from './vehicles.js';
import type { Surroundings } from '../surroundings.js';

export interface ShippedSettings extends PolicySettings {
  readonly timeZone: string;
  readonly solver: SolverChoice;
  readonly isFair: boolean;
  readonly prices: SitePrices | undefined;
  readonly around: Surroundings | undefined;
}

/** As often as meters of vehicles are read where nothing happens, and that of the building. */
const VEHICLES_EVERY_MS = 300_000;
const SITE_EVERY_MS = 60_000;
/** A vehicle that has stopped drawing is looked at again after this. */
const FULL_AGAIN_MS = 60_000;

export function busbarPolicy(settings: ShippedSettings): Policy {
  const { site: replayed, prices, around } = settings;
  const stations = createStations();
  const vehicles = createVehicles(replayed);
  const metered = meteredCircuits(replayed.circuits, replayed.voltageV);
  const metering = createMetering(metered);
  const habits: KnownHabits = new Map();
  const hasBattery = around?.battery !== undefined;
  let now: Pick<View, 'nowMs' | 'peakSoFarW' | 'importSoFarW'> = { nowMs: 0, peakSoFarW: 0 };
  const store = measuredStore(around, rootOf(metered), {
    nowMs: () => now.nowMs,
    peakSoFarW: () => now.peakSoFarW,
    importSoFarW: () => now.importSoFarW,
    reports: metering.reports,
  });
  let opened: Engine | undefined;
  let cause = '';
  let planDueMs = -Infinity;
  let meteredAtMs = -Infinity;
  let batteryW = 0;
  let toldAtMs = -Infinity;

  async function decide(view: View): Promise<Decision> {
    now = view;
    const { nowMs } = view;
    const engine = (opened ??= openEngine(settings, stations, nowMs));
    engine.runTo(nowMs);
    hear(engine, view);
    await plan(engine, nowMs);
    const wasW = batteryW;
    const isTold = hasBattery && (view.isPlanDue || nowMs - toldAtMs >= SITE_EVERY_MS);
    if (isTold) {
      toldAtMs = nowMs;
      batteryW = metering.setPoint(engine.state(), nowMs);
    }
    const ids = view.guests.map((it) => replayed.evses[it.evseIndex]?.id ?? '');
    const pilotsA = ids.map((id) => stations.pilotA(id, nowMs));
    const isMetered = around !== undefined && (hasBattery || view.guests.length > 0);
    const wakeAtMs = Math.min(
      engine.wakeAtMs(),
      planDueMs,
      isAnyUnnoticed(view, engine) ? nowMs + FULL_AGAIN_MS : Infinity,
      isMetered ? nowMs + (batteryW === wasW ? SITE_EVERY_MS : 1) : Infinity,
      ...ids.map((id) => stations.nextMs(id, nowMs)),
    );
    return { pilotsA, wakeAtMs, batteryW };
  }

  /** All that stations, meters, drivers and the market have to say. */
  function hear(engine: Engine, view: View): void {
    const { nowMs, isPlanDue } = view;
    const everyMs = hasBattery ? SITE_EVERY_MS : VEHICLES_EVERY_MS;
    const isOld = nowMs - meteredAtMs >= everyMs;
    const isMetered = isPlanDue || isOld || isAnyUnnoticed(view, engine);
    if (isMetered) meteredAtMs = nowMs;
    engine.take(
      nowMs,
      ...metering.sample(view),
      ...priceTold(engine.state(), prices, nowMs),
      ...vehicles.news(view, isMetered),
    );
    const claims = vehicles.claims(view, engine.state());
    if (claims.length > 0) engine.take(nowMs, ...claims);
  }

  /** As the planner of the service does it. */
  async function plan(engine: Engine, nowMs: number): Promise<void> {
    const causeNow = causeOf(engine.state());
    if (causeNow === cause && nowMs < planDueMs) return;
    cause = causeNow;
    planDueMs = nowMs + PLAN_EVERY_MS;
    const end = await planSite({ store, solve: solveSite }, engine.state(), { nowMs, habits });
    if (end.status === 'unsolved') throw new Error(`no plan at ${new Date(nowMs).toISOString()}`);
    if (end.status === 'made') planDueMs = end.nextAtMs;
    const made = end.status === 'made' ? end.plan : undefined;
    if (made !== undefined || engine.state().plan !== undefined) {
      engine.take(nowMs, { type: 'plan.made', plan: made });
    }
  }

  return { decide, asked: 'always' };
}

/** A vehicle is full, and the service takes it for one that charges. */
function isAnyUnnoticed({ guests, full }: View, engine: Engine): boolean {
  if (full.length === 0) return false;
  let wanting = 0;
  for (const { phase, vehicle } of engine.state().sessions.values()) {
    if (phase === 'active' && !vehicle.satisfied) wanting += 1;
  }
  return wanting > guests.length;
}

function rootOf(circuits: readonly MeteredCircuit[]): CircuitId {
  const root = circuits.find(({ parentId }) => parentId === undefined);
  if (root === undefined) throw new RangeError('a site has a grid connection');
  return root.id;
}
