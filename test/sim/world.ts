/** One seed, from its scenario to its violations: stations, network, gateway, engine and checks. */
import { kindKey } from '../../src/control/kind.js';
import type { SiteEvent } from '../../src/control/state.js';
import { amps, type StationId, watts } from '../../solver/index.js';
import { type Checks, createChecks } from './checks.js';
import { createEngineShell, type EngineShell, type StepTaken } from './engine-shell.js';
import type { Site, SiteEvse } from '../../src/sites/site.js';
import { createEventHeap, type EventHeap } from './event-heap.js';
import { withCopies } from './copies.js';
import { createNetwork, type Network } from './network.js';
import { dice } from './random.js';
import { scheduleBuilding } from './schedule-building.js';
import { scheduleMishaps } from './schedule-mishaps.js';
import { scheduleTests } from './scenario-tests.js';
import { planScenario, type Scenario, type ScenarioOptions, START_MS } from './scenario.js';
import { createSimGateway, type GatewayDamage, type SimGateway } from './sim-gateway.js';
import { createStation, type SimStation } from './sim-station.js';
import { createTrace, type Trace } from './trace.js';
import type { SimViolation } from './violation.js';

export interface RunResult {
  readonly seed: number;
  readonly simulatedMs: number;
  readonly events: number;
  readonly steps: number;
  readonly violations: readonly SimViolation[];
  readonly traceHash: string;
}

export interface RunOptions extends ScenarioOptions {
  readonly write?: (line: string) => void;
  /** Ends at the first violation. */
  readonly untilViolation?: boolean;
  readonly damage?: GatewayDamage;
  /** Smart-charging tests are asked for meanwhile. */
  readonly tests?: true;
}

export function runSeed(seed: number, options: RunOptions = {}): RunResult {
  const scenario = planScenario(seed, options);
  const trace = createTrace(options.write);
  const heap = createEventHeap(START_MS);
  const world = assemble(scenario, heap, trace, options);
  let events = 0;
  try {
    events = heap.runUntil(scenario.endMs, world.checks.after);
    world.checks.atEnd();
  } catch (error) {
    if (!(error instanceof FirstViolation)) world.checks.failed('crash', describe(error));
  }
  return {
    seed,
    simulatedMs: heap.nowMs() - START_MS,
    events,
    steps: world.checks.steps(),
    violations: world.checks.violations(),
    traceHash: trace.hash(),
  };
}

function assemble(scenario: Scenario, heap: EventHeap, trace: Trace, options: RunOptions) {
  const { seed, site, faults, faultsEndMs } = scenario;
  const network = networkOf(scenario, heap);
  const stations = new Map<StationId, SimStation>();
  const stationOf = (id: StationId): SimStation => {
    const station = stations.get(id);
    if (station === undefined) throw new Error(`no station ${id}`);
    return station;
  };
  let shell: EngineShell | undefined;
  const clockMs = (): number => shell?.clockMs() ?? 0;
  const gateway: SimGateway = createSimGateway({
    heap: clockedBy(heap, clockMs),
    network,
    random: dice(seed, 'gateway'),
    callTimeoutMs: faults.callTimeoutMs,
    targetOf: stationOf,
    append: (events) => shell?.append(events) ?? false,
    watch: {
      written: (call) => checks.calls.written(call),
      lost: (call) => checks.calls.lost(call),
      ended: (call, outcome) => checks.calls.ended(call, outcome),
    },
    ...(options.damage === undefined ? {} : { damage: options.damage }),
  });
  const restarts = dice(seed, 'restarts');
  const engine = createEngineShell({
    scenario,
    heap,
    random: dice(seed, 'engine'),
    dispatch: (rows) => gateway.dispatch(rows),
    onStep(taken) {
      record(trace, heap.nowMs(), taken);
      checks.stepped(taken);
    },
    onCrash() {
      trace.note(heap.nowMs(), 'crash', 0);
      checks.engineDown(true);
      gateway.setListening(false);
      for (const station of stations.values()) {
        station.serverGone(restarts.chance(0.6) ? 0 : restarts.int(0, 60_000));
      }
    },
    onRestart() {
      gateway.setListening(true);
      checks.engineDown(false);
    },
    onPause: (untilMs) => gateway.pauseUntil(untilMs),
    onStale: (epoch) => trace.note(heap.nowMs(), 'stale commit refused', epoch),
  });
  shell = engine;
  const checks = createChecks({
    scenario,
    heap,
    clockMs: { now: engine.clockMs, committed: engine.clockCommittedMs },
    state: engine.state,
    honest: (spec) => spec.lie === undefined || options.lie !== undefined,
    stations,
    onViolation(violation) {
      trace.note(heap.nowMs(), violation.invariant, 0, () => violation.detail);
      const { invariant } = violation;
      if (options.untilViolation === true && invariant !== 'crash')
        throw new FirstViolation(violation.detail);
    },
  });
  for (const spec of scenario.stations) {
    const liar = options.lie !== undefined && spec === scenario.stations[0];
    const own = liar ? { ...spec, lie: options.lie, offlineTested: true } : spec;
    const station = createStation(own as typeof spec, {
      site,
      heap,
      network,
      gateway,
      random: dice(seed, `station ${spec.id}`),
      faultsEndMs,
      duplicateFraction: faults.duplicateFraction,
      onDraw(evse) {
        trace.note(heap.nowMs(), `draw ${evse.site.id}`, evse.drawA);
        checks.drew();
      },
    });
    stations.set(spec.id, station);
    station.start();
  }
  scheduleFaults(scenario, heap, stationOf, engine);
  scheduleMishaps(scenario, { heap, stationOf, engine, clockSet: checks.clockSet });
  const edit = siteEditor(engine);
  scheduleTreeEdits(scenario, heap, { edit, treeEdited: checks.treeEdited });
  scheduleOrders(scenario, heap, engine, edit);
  scheduleBuilding(scenario, heap, engine);
  if (scenario.resumesFailed !== undefined) scheduleCards(scenario.resumesFailed, heap, engine);
  if (options.tests === true) scheduleTests(scenario, heap, engine);
  return { checks };
}

function networkOf(scenario: Scenario, heap: EventHeap): Network {
  const { seed, mishaps, faultsEndMs: untilMs } = scenario;
  const network = createNetwork(scenario, heap, dice(seed, 'network'));
  const { copiedFraction: fraction } = mishaps ?? {};
  if (fraction === undefined) return network;
  return withCopies(network, { fraction, untilMs }, dice(seed, 'copies'), heap.nowMs);
}

/** Told again and again, as an engine learns them whenever it starts or a station boots. */
function scheduleCards(model: string, heap: EventHeap, engine: EngineShell): void {
  const kind = kindKey({ vendor: 'Sim', model });
  for (let minute = 1; minute < 60; minute += 2) {
    const asOfMs = START_MS + minute * 60_000;
    heap.at(asOfMs, () => {
      const card = { kind, offlineTested: model === 'tested', resumes: false, asOfMs };
      engine.append([{ type: 'capability.recorded', card }]);
    });
  }
}

function scheduleFaults(
  { faults }: Scenario,
  heap: EventHeap,
  stationOf: (id: StationId) => SimStation,
  engine: EngineShell,
): void {
  for (const { stationId, atMs, ...link } of faults.links) {
    heap.at(atMs, () => {
      const { stationNoticesMs, serverNoticesMs, backOffMs } = link;
      stationOf(stationId).breakLink(stationNoticesMs, serverNoticesMs, backOffMs);
    });
  }
  for (const { stationId, atMs, downMs } of faults.reboots) {
    heap.at(atMs, () => stationOf(stationId).reboot(downMs));
  }
  for (const fault of faults.engine) heap.at(fault.atMs, () => engine.fail(fault));
}

/** True: it is the first one of its version, and in the inbox. Another one of a version is not taken. */
type EditSite = (change: (site: Site) => Site) => boolean;

function siteEditor(engine: EngineShell): EditSite {
  let lastVersion = 0;
  return (change) => {
    const before = engine.state().site;
    const version = before.version + 1;
    const site = { ...change(before), version };
    const isTaken = engine.append([{ type: 'site.edited', site, actor: 'sim' }]);
    const isFirst = version > lastVersion;
    if (isTaken) lastVersion = Math.max(lastVersion, version);
    return isTaken && isFirst;
  };
}

function scheduleOrders(
  scenario: Scenario,
  heap: EventHeap,
  engine: EngineShell,
  edit: EditSite,
): void {
  for (const { atMs, signal } of scenario.orders) {
    heap.at(atMs, () => {
      engine.append([
        { type: 'signal.received', signal: { ...signal, receivedAtMs: atMs + engine.clockMs() } },
      ]);
    });
  }
  for (const { atMs, importLimitW, fallbackIdleA } of scenario.edits) {
    heap.at(atMs, () => {
      edit(({ importLimitW: _old, ...rest }) => {
        const limit = importLimitW === undefined ? {} : { importLimitW: watts(importLimitW) };
        const fallback = fallbackIdleA === undefined ? {} : { fallbackIdleA: amps(fallbackIdleA) };
        return { ...rest, ...limit, settings: { ...rest.settings, ...fallback } };
      });
    });
  }
  scheduleClaims(scenario, heap, engine);
  scheduleOperator(scenario, heap, engine);
}

function scheduleOperator(scenario: Scenario, heap: EventHeap, engine: EngineShell): void {
  scenario.operatorCalls.forEach(({ stationId, atMs, action }, index) => {
    const payload = action === 'Reset' ? { type: 'Soft' } : { key: 'Vendor', value: 'x' };
    const command = { kind: 'call', action, payload } as const;
    const event = { stationId, command, commandId: `o${index}`, actor: 'sim' };
    heap.at(atMs, () => void engine.append([{ type: 'operator.command', ...event }]));
  });
}

function scheduleTreeEdits(
  { treeEdits = [] }: Scenario,
  heap: EventHeap,
  { edit, treeEdited }: { readonly edit: EditSite } & Pick<Checks, 'treeEdited'>,
): void {
  for (const { atMs, circuits, homes } of treeEdits) {
    heap.at(atMs, () => {
      let evses: readonly SiteEvse[] = [];
      const isTaken = edit((before) => {
        evses = before.evses.map((evse) => ({
          ...evse,
          circuitId: homes.get(evse.id) ?? evse.circuitId,
        }));
        return { ...before, circuits, evses };
      });
      if (isTaken) treeEdited(circuits, evses);
    });
  }
}

/** A driver now and then says when to leave and what is needed. */
function scheduleClaims(scenario: Scenario, heap: EventHeap, engine: EngineShell): void {
  const random = dice(scenario.seed, 'claims');
  const count = random.chance(0.4) ? random.int(1, 4) : 0;
  for (let index = 0; index < count; index += 1) {
    const atMs = random.int(START_MS, scenario.faultsEndMs);
    const departureAtMs = atMs + random.int(60_000, 7_200_000);
    const energyWh = random.int(100, 40_000);
    heap.at(atMs, () => {
      const active = [...engine.state().sessions.values()].filter((it) => it.phase === 'active');
      const session = active[index % Math.max(1, active.length)];
      if (session === undefined) return;
      const claim = { departureAtMs, energyWh, setAtMs: atMs, actor: 'sim' };
      engine.append([{ type: 'claim.set', sessionId: session.id, claim }]);
    });
  }
}

function record(trace: Trace, atMs: number, { items, result }: StepTaken): void {
  for (const { seq, event } of items) {
    trace.note(atMs, event.type, seq ?? 0, () => textOf(event));
  }
  for (const effect of result.effects) {
    if (effect.type === 'command') {
      const { seq, stationId, evseId, command, purpose } = effect.command;
      trace.note(atMs, `${purpose} ${evseId ?? stationId}`, seq, () => JSON.stringify(command));
    } else if (effect.type === 'decision') {
      const { evseId, limitA, goalA, boundBy } = effect.decision;
      trace.note(atMs, `decision ${evseId}`, limitA, () => `${goalA} ${JSON.stringify(boundBy)}`);
    } else if (effect.type === 'alarm') {
      trace.note(atMs, `alarm ${effect.code}`, 0, () => JSON.stringify(effect));
    } else if (effect.type === 'form-held') {
      trace.note(atMs, 'form', 0, () => JSON.stringify(effect.form));
    } else if (effect.type === 'test') {
      const { test } = effect;
      trace.note(atMs, `test ${test.status}`, test.number, () => JSON.stringify(test));
    } else trace.note(atMs, effect.type, effect.command.seq, () => JSON.stringify(effect));
  }
}

/** The same time by a clock that is wrong. */
function clockedBy(heap: EventHeap, clockMs: () => number): EventHeap {
  return {
    ...heap,
    nowMs: () => heap.nowMs() + clockMs(),
    at: (atMs, run) => heap.at(atMs - clockMs(), run),
  };
}

function textOf(event: SiteEvent): string {
  return JSON.stringify(event, (key, value: unknown) => (key === 'site' ? undefined : value));
}

/** Ends a run of which nothing more is wanted. */
class FirstViolation extends Error {}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
