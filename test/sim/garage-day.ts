/**
 * A day of a garage in the deterministic world: the production step and gateway queue, honest stations
 * whose link is good, no faults. What the ledger keeps back, and what is sent for it.
 */
import { inForce, reserveCause, worstCaseAt } from '../../ledger/index.js';
import { type PlanProblem, stationId, type StationId } from '../../solver/index.js';
import type { SiteState } from '../../src/control/state.js';
import { buildPlan } from '../../src/planning/build-problem.js';
import { readPlan } from '../../src/planning/read-plan.js';
import type { SolvedPlan } from '../../src/planning/solve.js';
import { reserves } from '../../src/sites/reserve.js';
import type { Site } from '../../src/sites/site.js';
import { standings } from '../../src/sites/snapshot.js';
import { callKind } from './call-kinds.js';
import { createEngineShell, type EngineShell, type StepTaken } from './engine-shell.js';
import { createEventHeap, type EventHeap } from './event-heap.js';
import { createNetwork } from './network.js';
import { dice } from './random.js';
import {
  type BuildingStep,
  type Scenario,
  START_MS,
  type StationSpec,
  type Visit,
} from './scenario.js';
import type { LinkFault } from './scenario-faults.js';
import { scheduleBuilding } from './schedule-building.js';
import { fullPowerW } from './scenario-orders.js';
import { createSimGateway, type SimGateway } from './sim-gateway.js';
import { phaseCountOf } from './sim-evse.js';
import { createStation, type SimStation } from './sim-station.js';

/** A vehicle of the day; instants from the start of the day. */
export interface DayVisit {
  readonly stationId: string;
  readonly arriveMs: number;
  readonly leaveMs: number;
  readonly energyWh: number;
  readonly currentMaxA: number;
  /** Absent: it draws over one channel. */
  readonly isPolyphase?: boolean;
}

export interface GarageDay {
  readonly site: Site;
  /** What the site's grid connection carries, W. */
  readonly capacityW: number;
  /** Over one channel. */
  readonly voltageV: number;
  readonly visits: readonly DayVisit[];
  readonly durationMs: number;
  /** Drivers say when they leave and what they need. */
  readonly claims: boolean;
  /** Plans as the service does, with who solves; absent: the allocator decides alone. */
  readonly solve?: (problem: PlanProblem) => SolvedPlan | undefined;
  /** The highest quarter hour of import so far, W; absent: 0. */
  readonly peakSoFarW?: () => number;
  readonly seed: number;
  /** What the building draws and its meter shows, from the start of the day; absent: it has no meter. */
  readonly building?: readonly BuildingStep[];
  /** Absent: nothing is lost and no link breaks. */
  readonly weather?: Weather;
  /** Every ten seconds of the day. */
  readonly onLook?: (stations: readonly SimStation[], state: SiteState, nowMs: number) => void;
}

/** What the network does to frames and links, once first contact is over. */
export interface Weather {
  /** Of frames, each direction. */
  readonly lossFraction: number;
  /** Between two breaks of one link on average, ms. */
  readonly breakEveryMs: number;
  /** The longest absence after a break, ms. */
  readonly pauseMaxMs: number;
  readonly callTimeoutMs: number;
}

export interface DayFigures {
  /** Hours with a running transaction, over all EVSEs. */
  readonly pluggedHours: number;
  /** Of the day, how long a vehicle wanted more than it was allowed. */
  readonly wantingHours: number;
  /**
   * While a vehicle wants more: the time mean of (capacity - W above what is in force) / capacity.
   */
  readonly usableFraction: number;
  /** The same instants: reserve over capacity, by its cause. */
  readonly reservedFraction: Readonly<Record<string, number>>;
  /** The same instants: limits in force over the allocator's goals. */
  readonly grantedFraction: number;
  /** The same instants, drawn over capacity. */
  readonly drawnFraction: number;
  /** By kind, per hour with a running transaction. */
  readonly callsPerHour: Readonly<Record<string, number>>;
  readonly deliveredFraction: number;
  /** Looks at which something was reserved that the page has no words for. */
  readonly unexplained: number;
}

const SAMPLE_EVERY_MS = 10_000;
/** First contact of all stations, before anybody arrives. */
export const CONTACT_MS = 900_000;
const HOUR_MS = 3_600_000;
const SETTLE_MAX_MS = 11_000;
const PLAN_EVERY_MS = 300_000;
const PLAN_SOON_MS = 1000;
const CLAIM_AGAIN_MS = 5000;

export function runDay(day: GarageDay): DayFigures {
  const heap = createEventHeap(START_MS);
  const scenario = scenarioOf(day);
  const network = createNetwork(scenario, heap, dice(day.seed, 'network'));
  const stations = new Map<StationId, SimStation>();
  let shell: EngineShell | undefined;
  const gateway: SimGateway = createSimGateway({
    heap,
    network,
    random: dice(day.seed, 'gateway'),
    callTimeoutMs: scenario.faults.callTimeoutMs,
    targetOf: (id) => stations.get(id) as SimStation,
    append: (events) => shell?.append(events) ?? false,
    watch: { written: () => undefined, lost: () => undefined, ended: () => undefined },
  });
  const tally = createTally(day);
  const engine = createEngineShell({
    scenario,
    heap,
    random: dice(day.seed, 'engine'),
    dispatch: (rows) => gateway.dispatch(rows),
    onStep: (taken) => tally.sent(taken),
    onCrash: () => undefined,
    onRestart: () => undefined,
    onPause: () => undefined,
  });
  shell = engine;
  for (const spec of scenario.stations) {
    const station = createStation(spec, {
      site: day.site,
      heap,
      network,
      gateway,
      random: dice(day.seed, `station ${spec.id}`),
      faultsEndMs: faultsEndOf(day),
      duplicateFraction: 0,
      onDraw: () => undefined,
    });
    stations.set(spec.id, station);
    station.start();
  }
  const replan =
    day.solve === undefined ? () => undefined : plannerOf(day, day.solve, heap, engine);
  scheduleBuilding(scenario, heap, engine);
  if (day.claims) claimOnArrival(day, heap, engine, replan);
  const look = (): void => {
    tally.look(engine.state(), heap.nowMs(), stations);
    day.onLook?.([...stations.values()], engine.state(), heap.nowMs());
    heap.at(heap.nowMs() + SAMPLE_EVERY_MS, look);
  };
  heap.at(START_MS + CONTACT_MS, look);
  heap.runUntil(scenario.endMs, () => undefined);
  const deliveredWh = [...stations.values()].reduce((sum, it) => sum + registerWh(it), 0);
  return tally.figures(deliveredWh);
}

function registerWh({ evses }: SimStation): number {
  for (const control of evses) control.meter();
  return evses.reduce((sum, { evse }) => sum + evse.registerWh, 0);
}

function scenarioOf(day: GarageDay): Scenario {
  const { site, seed } = day;
  const endMs = START_MS + CONTACT_MS + day.durationMs;
  return {
    seed,
    site,
    siteBelieved: site,
    stations: site.stations.map(({ id }, index) => honest(day, id, index)),
    faults: {
      lossFraction: day.weather?.lossFraction ?? 0,
      lossFromMs: START_MS + CONTACT_MS,
      duplicateFraction: 0,
      stallFraction: 0,
      stallMaxMs: 0,
      callTimeoutMs: day.weather?.callTimeoutMs ?? 10_000,
      links: day.weather === undefined ? [] : breaksOf(day, day.weather, endMs),
      reboots: [],
      engine: [],
    },
    faultsEndMs: faultsEndOf(day),
    endMs,
    operatorCalls: [],
    orders: [],
    edits: [],
    fullPowerW: fullPowerW(site),
    building: (day.building ?? []).map((it) => ({ ...it, atMs: START_MS + CONTACT_MS + it.atMs })),
  };
}

const faultsEndOf = ({ weather, durationMs }: GarageDay): number =>
  weather === undefined ? START_MS : START_MS + CONTACT_MS + durationMs;

function breaksOf(
  { site, seed }: GarageDay,
  { breakEveryMs, pauseMaxMs }: Weather,
  endMs: number,
): readonly LinkFault[] {
  return site.stations.flatMap(({ id }) => {
    const random = dice(seed, `breaks ${id}`);
    const breaks: LinkFault[] = [];
    const pauseMs = (): number => -Math.log(1 - random.next()) * breakEveryMs;
    for (let atMs = START_MS + CONTACT_MS + pauseMs(); atMs < endMs; atMs += pauseMs()) {
      const backOffMs = random.int(500, pauseMaxMs);
      breaks.push({ stationId: id, atMs, stationNoticesMs: 0, serverNoticesMs: 0, backOffMs });
    }
    return breaks;
  });
}

function honest(day: GarageDay, id: StationId, index: number): StationSpec {
  const random = dice(day.seed, `spec ${id}`);
  return {
    id,
    version: index % 2 === 0 ? 'ocpp1.6' : 'ocpp2.0.1',
    offlineTested: true,
    takesAmps: true,
    takesWatts: false,
    stackLevelMax: 8,
    composite: 'works',
    rounding: 'down',
    skewMs: random.int(-2000, 2000),
    settleMaxMs: SETTLE_MAX_MS,
    parallel: false,
    lateFraction: 0,
    rejectFraction: 0,
    onReject: 'keeps',
    amnesia: false,
    unboundOffline: false,
    resumes: true,
    startsOffline: false,
    voltageV: day.voltageV,
    meters: 'currents',
    registerStepWh: 1,
    ...(day.weather === undefined ? {} : { repeatsSamples: true as const }),
    visits: [visitsOf(day, id)],
  };
}

/** One after the other: a plug is free for a minute before the next vehicle takes it. */
function visitsOf({ visits }: GarageDay, id: StationId): readonly Visit[] {
  const own = visits.filter((it) => stationId(it.stationId) === id);
  return own.flatMap((it, index): Visit[] => {
    const nextMs = (own[index + 1]?.arriveMs ?? Number.POSITIVE_INFINITY) - 60_000;
    const leaveMs = Math.min(it.leaveMs, nextMs);
    if (leaveMs <= it.arriveMs) return [];
    const fromMs = START_MS + CONTACT_MS;
    const { energyWh, currentMaxA } = it;
    const arriveMs = fromMs + it.arriveMs;
    const quick = { authorizeMs: 5000, lingerMs: 10_000, singlePhase: it.isPolyphase !== true };
    return [{ arriveMs, leaveMs: fromMs + leaveMs, ...quick, currentMaxA, energyWh }];
  });
}

/** A plan every five minutes, and soon after it is asked for. */
function plannerOf(
  { peakSoFarW = () => 0 }: GarageDay,
  solve: NonNullable<GarageDay['solve']>,
  heap: EventHeap,
  engine: EngineShell,
): () => void {
  const plan = (): void => {
    const state = engine.state();
    const none = { loadAt: () => 0, pvAt: () => 0, habits: new Map(), storage: [] };
    const built = buildPlan({ state, nowMs: heap.nowMs(), ...none, peakSoFarW: peakSoFarW() });
    const solved = built === undefined ? undefined : solve(built.problem);
    if (built !== undefined && solved !== undefined) {
      const made = readPlan(built, solved.plan, solved.engine);
      engine.append([{ type: 'plan.made', plan: made }]);
    } else if (built === undefined && state.plan !== undefined) {
      engine.append([{ type: 'plan.made', plan: undefined }]);
    }
  };
  const regular = (): void => {
    plan();
    heap.at(heap.nowMs() + PLAN_EVERY_MS, regular);
  };
  heap.at(START_MS + CONTACT_MS, regular);
  return () => heap.at(heap.nowMs() + PLAN_SOON_MS, plan);
}

function claimOnArrival(
  day: GarageDay,
  heap: EventHeap,
  engine: EngineShell,
  replan: () => void,
): void {
  const fromMs = START_MS + CONTACT_MS;
  /** Tried again until the start of the transaction has arrived. */
  const claim = (visit: DayVisit): void => {
    const departureAtMs = fromMs + visit.leaveMs;
    if (heap.nowMs() >= departureAtMs) return;
    const session = [...engine.state().sessions.values()].find(
      (it) => it.stationId === visit.stationId && it.phase === 'active' && it.claim === undefined,
    );
    if (session === undefined) {
      heap.at(heap.nowMs() + CLAIM_AGAIN_MS, () => claim(visit));
      return;
    }
    const { energyWh } = visit;
    const given = { departureAtMs, energyWh, setAtMs: heap.nowMs(), actor: 'driver' };
    engine.append([{ type: 'claim.set', sessionId: session.id, claim: given }]);
    replan();
  };
  for (const visit of day.visits) heap.at(fromMs + visit.arriveMs + 8000, () => claim(visit));
}

function createTally(day: GarageDay) {
  const { site, voltageV, capacityW } = day;
  let pluggedMs = 0;
  let wantingMs = 0;
  let reservedWMs = 0;
  let inForceAMs = 0;
  let goalAMs = 0;
  let drawnWMs = 0;
  const byCause = new Map<string, number>();
  const calls = new Map<string, number>();
  let counting = false;
  let unexplained = 0;

  function look(
    state: SiteState,
    nowMs: number,
    stations: ReadonlyMap<StationId, SimStation>,
  ): void {
    counting = true;
    const active = [...state.evses.values()].filter((it) => it.transactionId !== undefined);
    pluggedMs += active.length * SAMPLE_EVERY_MS;
    const truth = [...stations.values()].flatMap((it) => it.evses.map(({ evse }) => evse));
    const wants = active.some(({ id, ledger, sessionId }) => {
      const vehicle = truth.find((it) => it.site.id === id);
      const session = sessionId === undefined ? undefined : state.sessions.get(sessionId);
      const isFull = session?.vehicle.satisfied === true;
      const maxA = Math.min(vehicle?.visit?.currentMaxA ?? 0, vehicle?.site.currentMaxA ?? 0);
      return !isFull && Math.floor(maxA) > inForce(ledger, nowMs);
    });
    if (!wants) return;
    const kept = reserves(state, standings(state), nowMs).filter((it) => it.reservedA > 0);
    unexplained += kept.filter((it) => it.text === undefined).length;
    wantingMs += SAMPLE_EVERY_MS;
    for (const { ledger, decision } of state.evses.values()) {
      const nowA = inForce(ledger, nowMs);
      const reservedW = (worstCaseAt(ledger, nowMs, site.settings) - nowA) * voltageV;
      inForceAMs += Math.min(nowA, decision?.goalA ?? 0) * SAMPLE_EVERY_MS;
      goalAMs += (decision?.goalA ?? 0) * SAMPLE_EVERY_MS;
      if (reservedW <= 0) continue;
      reservedWMs += reservedW * SAMPLE_EVERY_MS;
      add(byCause, reserveCause(ledger, nowMs, site.settings), reservedW * SAMPLE_EVERY_MS);
    }
    const drawnA = truth.reduce((sum, it) => sum + it.drawA * phaseCountOf(it), 0);
    drawnWMs += drawnA * voltageV * SAMPLE_EVERY_MS;
  }

  return {
    look,
    sent({ before, result }: StepTaken): void {
      if (!counting) return;
      for (const effect of result.effects) {
        if (effect.type === 'command') add(calls, callKind(before, effect.command), 1);
      }
    },
    figures(deliveredWh: number): DayFigures {
      const perCapacity = (wMs: number) => wMs / (wantingMs * capacityW);
      const pluggedHours = pluggedMs / HOUR_MS;
      const wantedWh = day.visits.reduce((sum, it) => sum + it.energyWh, 0);
      return {
        pluggedHours,
        wantingHours: wantingMs / HOUR_MS,
        usableFraction: 1 - perCapacity(reservedWMs),
        reservedFraction: mapped(byCause, perCapacity),
        grantedFraction: inForceAMs / goalAMs,
        drawnFraction: perCapacity(drawnWMs),
        callsPerHour: mapped(calls, (count) => count / pluggedHours),
        deliveredFraction: deliveredWh / wantedWh,
        unexplained,
      };
    },
  };
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function mapped(
  values: ReadonlyMap<string, number>,
  of: (value: number) => number,
): Readonly<Record<string, number>> {
  return Object.fromEntries([...values].sort().map(([key, value]) => [key, of(value)]));
}
