/** The invariants, looked at after every simulated event on the state of the production code. */
import { type ChannelLoad, channelLoads, worstOthers } from '../../ledger/index.js';
import { isCredited, stepAt, told, worstCase } from '../../ledger/worst-case.js';
import type { EvseLedger, PhaseCredit, Step } from '../../ledger/types.js';
import type { SiteState } from '../../src/control/state.js';
import type { SiteCircuit, SiteEvse } from '../../src/sites/site.js';
import type { EvseId, PerChannel, StationId } from '../../solver/index.js';
import { increaseProblems } from './check-increase.js';
import { livenessProblems } from './check-liveness.js';
import { createEpochs } from './check-epoch.js';
import { createFailsafe } from './check-failsafe.js';
import { createLimitDrops } from './check-limit-drop.js';
import { createOneCall } from './check-one-call.js';
import { operatorProblems } from './check-operator.js';
import { createOverdraw } from './check-overdraw.js';
import { pauseProblems } from './check-pause.js';
import { retryProblems } from './check-retry.js';
import { createContactCalls } from './check-contact-calls.js';
import { createSanity } from './check-sanity.js';
import { createSignalTruth } from './check-signals.js';
import { createBuildingTruth } from './building-truth.js';
import type { StepTaken } from './engine-shell.js';
import type { EventHeap } from './event-heap.js';
import { createMishapTruth } from './mishap-truth.js';
import { isQuiet, isUnseen, loadedChannels, unseenBounds } from './phase-truth.js';
import { excessOverWorst, TOLERANCE_A } from './possible-draw.js';
import { type Exposed, failuresOf, reserveOn } from './policy-reserve.js';
import { type Scenario, START_MS, type StationSpec } from './scenario.js';
import type { SimEvse } from './sim-evse.js';
import type { CallWatch } from './sim-gateway.js';
import { FLIGHT_MAX_MS, type SimStation } from './sim-station.js';
import { nodesOf, plus, type SiteNode, type Sums, worstExcessA } from './site-load.js';
import { standbySums } from './standby.js';
import type { Invariant, SimViolation } from './violation.js';

export interface Checks {
  /** After every event. */
  after(): void;
  stepped(taken: StepTaken): void;
  /** A current changed. */
  drew(): void;
  readonly calls: CallWatch;
  /** The installer has changed the tree, and our side has taken it. */
  treeEdited(circuits: readonly SiteCircuit[], evses: readonly SiteEvse[]): void;
  /** A station's clock was set. */
  clockSet(stationId: StationId): void;
  /** Our process has died, or lives again. */
  engineDown(isDown: boolean): void;
  atEnd(): void;
  failed(invariant: Invariant, detail: string): void;
  readonly violations: () => readonly SimViolation[];
  readonly steps: () => number;
}

export interface CheckDeps {
  readonly scenario: Scenario;
  readonly heap: EventHeap;
  /** Our clock minus true time: of the process, and as the state in force was made by. */
  readonly clockMs: { readonly now: () => number; readonly committed: () => number };
  readonly state: () => SiteState;
  readonly honest: (spec: StationSpec) => boolean;
  readonly stations: ReadonlyMap<StationId, SimStation>;
  readonly onViolation: (violation: SimViolation) => void;
}

interface Watched {
  readonly id: EvseId;
  readonly station: SimStation;
  readonly sim: SimEvse;
  readonly channels: PerChannel<boolean>;
  ledger: EvseLedger | undefined;
  worst: readonly Step[];
  /** The same on the channels on which it counts. */
  worstOn: readonly ChannelLoad[];
  /** The least W of any channel now, A; it holds until a step of W is due. */
  lowestA: number;
  lowestUntilMs: number;
  /** W but for what a named cause reserves: not read back, lease not shown, untested, distrusted. */
  named: readonly ChannelLoad[];
  /** A credit for fewer phases that was taken back, since when: what leaves after it counts without. */
  revoked: { readonly credit: PhaseCredit; readonly sinceMs: number } | undefined;
}

const HORIZON_MS = 3_600_000;
/**
 * Nothing granted beside the meter outlives this: its lease, skew and settle, granted on a reading
 * that was a stale minute old, one tick late.
 */
const METERED_LATE_MS = 180_000;
/** An energy register proves what was drawn above W a few readings later, while it stays near W. */
const SHOWN_WITHIN_MS = 600_000;

export function createChecks(deps: CheckDeps): Checks {
  const { scenario, clockMs } = deps;
  /** By our clock, in which W is told. */
  const heap = { nowMs: (): number => deps.heap.nowMs() + clockMs.committed() };
  const { site, seed } = scenario;
  const violations: SimViolation[] = [];
  let nodes = nodesOf(site.circuits, site.evses);
  const standby = (node: SiteNode): Sums => standbySums(site, node);
  /** Since when the tree is what it is; what was granted under the one before may last. */
  let treeSinceMs = Number.NEGATIVE_INFINITY;
  const building = createBuildingTruth(site.circuits[0]?.id, METERED_LATE_MS);
  const mishaps = createMishapTruth(scenario, deps.stations, deps.heap);
  const signals = createSignalTruth();
  const sanity = createSanity();
  const contactCalls = createContactCalls();
  const failsafe = createFailsafe();
  const oneCall = createOneCall();
  const epochs = createEpochs();
  const stationsNow = () => [...deps.stations.values()];
  const bounds = unseenBounds(scenario);
  const roomMs = (site.settings.settleSec + 1) * 1000 + 3 * scenario.faults.callTimeoutMs;
  const overdraw = createOverdraw(scenario, stationsNow, deps.state, heap);
  /** Whoever follows another's limit, or tells for ever what it drew once, is found out as if it lied. */
  const suspects = new Set(
    [...(scenario.mishaps?.foreignTx ?? []), ...(scenario.mishaps?.stuckMeters ?? [])].map(
      ({ stationId }) => stationId,
    ),
  );
  /** Whoever draws above W by a clock that nobody could know to be wrong is accused with reason. */
  const drewAboveAtMs = new Map<EvseId | undefined, number>();
  let watched: readonly Watched[] | undefined;
  let lastState: SiteState | undefined;
  let lastClockMs = 0;
  /** By whichever clock of ours was ahead: what was over by it others may have been given since. */
  let latestMs = Number.NEGATIVE_INFINITY;
  let isDrawDirty = true;
  let stepCount = 0;

  /** Once per invariant: what follows may follow from it. */
  function failed(invariant: Invariant, detail: string): void {
    if (violations.some((it) => it.invariant === invariant)) return;
    const violation = { seed, invariant, atMs: deps.heap.nowMs() - START_MS, detail };
    violations.push(violation);
    deps.onViolation(violation);
  }

  function watch(): readonly Watched[] {
    watched ??= site.evses.map((evse): Watched => {
      const station = deps.stations.get(evse.stationId);
      const sim = station?.evses.find((it) => it.evse.site.id === evse.id)?.evse;
      if (station === undefined || sim === undefined) throw new Error(`no station of ${evse.id}`);
      const { id, channels } = evse;
      return {
        id,
        station,
        sim,
        channels,
        ledger: undefined,
        worst: [],
        worstOn: [],
        lowestA: 0,
        lowestUntilMs: 0,
        named: [],
        revoked: undefined,
      };
    });
    return watched;
  }

  /** A rating that fell is met once every lease of before has ended, or its circuit is named. */
  function isSettling({ circuit }: SiteNode): boolean {
    if (treeSinceMs === Number.NEGATIVE_INFINITY) return false;
    const { leaseSec, skewSec, settleSec } = site.settings;
    const overMs = treeSinceMs + (leaseSec + skewSec + settleSec) * 1000 + FLIGHT_MAX_MS;
    if (heap.nowMs() < overMs) return true;
    return deps.state().control.notGuaranteed.some((it) => it.circuitId === circuit.id);
  }

  /** Takes over changed ledgers, or all where our clock was set. True when there was one. */
  function refresh(state: SiteState): boolean {
    const isSet = clockMs.committed() !== lastClockMs;
    lastClockMs = clockMs.committed();
    let changed = false;
    for (const it of watch()) {
      const ledger = state.evses.get(it.id)?.ledger;
      if (ledger === undefined || (ledger === it.ledger && !isSet)) continue;
      changed = true;
      const nowMs = heap.nowMs();
      it.revoked = revokedOf(it, ledger, nowMs);
      it.ledger = ledger;
      it.sim.dirty = true;
      it.worst = worstCase(ledger, nowMs, site.settings);
      const others = worstOthers(ledger, nowMs, site.settings);
      it.worstOn = channelLoads(ledger, it.channels, it.worst, others);
      it.lowestUntilMs = nowMs;
      const lasting = isBounded(ledger, nowMs) ? ledger : told(ledger);
      const named = worstCase(lasting, nowMs, site.settings);
      const credit = ledger.phaseCredit ?? it.revoked?.credit;
      const namedOthers = worstOthers(lasting, nowMs, site.settings);
      const credited = { ...lasting, phaseCredit: credit };
      it.named = channelLoads(credited, it.channels, named, namedOthers);
    }
    return changed;
  }

  function checkDraws(): void {
    const nowMs = heap.nowMs();
    for (const it of watch()) {
      const { sim, station, id, ledger } = it;
      if (!sim.dirty && sim.drawA <= lowestNow(it, nowMs) + TOLERANCE_A) continue;
      if (!deps.honest(station.spec) || mayFail(it, deps.state())) continue;
      if (mishaps.isUnforeseen(sim)) {
        if (sim.drawA > stepAt(it.worst, nowMs) + TOLERANCE_A) drewAboveAtMs.set(id, heap.nowMs());
        continue;
      }
      const wOf = worstWhereLoaded(
        it,
        isUnseen(sim, deps.state().evses.get(id), { nowMs, ...bounds }),
      );
      const worstA = Math.min(...wOf.map((worst) => stepAt(worst, nowMs)));
      if (sim.drawA > worstA + TOLERANCE_A) {
        failed('I1', `${id} draws ${sim.drawA} A, W is ${worstA} A`);
      }
      if (!sim.dirty) continue;
      sim.dirty = false;
      const found = firstExcess(switched(it) ?? wOf, (worst, on) =>
        excessOverWorst(sim, station.holds(), later(worst, -clockMs.committed()), {
          nowMs: deps.heap.nowMs(),
          link: ledger?.countsAsTold === true ? 'kept' : 'may-end',
          ...(on === 'any' ? {} : { onOthersThan: ledger?.onePhase?.phaseToUse ?? 1 }),
        }),
      );
      if (found === undefined) continue;
      const aheadSec = (found.atMs - deps.heap.nowMs()) / 1000;
      failed(
        'I1',
        `${id} may draw ${found.drawA} A in ${aheadSec} s (${found.why}), W is ` +
          `${found.worstA} A: ${JSON.stringify(ledger)}`,
      );
    }
  }

  /** The least that the building may have been taken for, or what is declared where it has no meter. */
  function baseA(declared: PerChannel<number>): PerChannel<number> {
    return scenario.building.length === 0 ? declared : building.leastA(declared, heap.nowMs());
  }

  function checkCeiling(): void {
    latestMs = Math.max(latestMs, heap.nowMs());
    const nowMs = latestMs;
    for (const node of nodes) {
      const { circuit } = node;
      if (isSettling(node)) continue;
      const near = node === nodes[0] ? baseA(circuit.baseLoadMaxA) : circuit.baseLoadMaxA;
      for (const atMs of instantsOf(node, watch(), nowMs)) {
        const base = atMs < nowMs + METERED_LATE_MS ? near : circuit.baseLoadMaxA;
        const sums = sumsAt(node, watch(), atMs);
        const kept = keptFor(node, atMs);
        const withKept = plus(plus(sums, kept), standby(node));
        const excess = worstExcessA(circuit.limits, withKept, base, 'ratings');
        if (excess <= TOLERANCE_A) continue;
        const aheadSec = (atMs - nowMs) / 1000;
        const parts = node.below.map((index) => partOf(watch()[index], atMs)).join(', ');
        failed(
          'I2',
          `${circuit.id} is ${excess.toFixed(3)} A over its rating in ${aheadSec} s: ${parts}`,
        );
        break;
      }
    }
  }

  /**
   * R0: kept free now for untested stations that fail; where there is no room the circuit is named. Later
   * there may be none: a station that is linked again counts as told, and another one may fail.
   */
  function keptFor({ circuit, below }: SiteNode, atMs: number): Sums {
    const state = deps.state();
    const failures = failuresOf(state);
    if (failures === 0 || atMs > latestMs) return [0, 0, 0];
    const isNamed = state.control.notGuaranteed.some(({ circuitId }) => circuitId === circuit.id);
    if (isNamed) return [0, 0, 0];
    const exposed = below.flatMap((index) => exposedAt(watch()[index], atMs));
    return reserveOn(exposed, failures);
  }

  function checkTruth(): void {
    for (const node of nodes) {
      const { circuit, below } = node;
      if (isSettling(node)) continue;
      const all = below.map((index) => watch()[index]);
      if (!all.every((it) => it !== undefined && isTrusted(it, deps.honest, heap.nowMs())))
        continue;
      if (!isWithinPolicy(circuit.id, all)) continue;
      if (all.some((it) => it !== undefined && isSurprised(it))) continue;
      const near = node === nodes[0] ? baseA(circuit.baseLoadMaxA) : circuit.baseLoadMaxA;
      const sums = plus(trueSums(node, watch()), standby(node));
      const excess = worstExcessA(circuit.limits, sums, near, 'ratings');
      if (excess > TOLERANCE_A)
        failed('truth', `${circuit.id} carries ${excess.toFixed(3)} A more`);
    }
  }

  /** No more stations fail than room is kept for. */
  function isWithinPolicy(circuitId: string, all: readonly (Watched | undefined)[]): boolean {
    const state = deps.state();
    const failing = all.filter((it) => it !== undefined && mayFail(it, state));
    if (failing.length === 0) return true;
    if (state.control.notGuaranteed.some((it) => it.circuitId === circuitId)) return false;
    return new Set(failing.map((it) => it?.station)).size <= failuresOf(state);
  }

  /** A phase that was taken by surprise is made room for in the time that R12 allows. */
  function isSurprised({ id, sim, revoked }: Watched): boolean {
    const nowMs = heap.nowMs();
    if (mishaps.wasUnforeseen(sim)) return true;
    if (isUnseen(sim, deps.state().evses.get(id), { nowMs, ...bounds })) return true;
    if (revoked === undefined) return false;
    const madeMs = isQuiet(scenario) ? revoked.sinceMs + roomMs : Number.POSITIVE_INFINITY;
    return nowMs < Math.min(revoked.credit.untilMs, madeMs);
  }

  const limitDrops = createLimitDrops({
    scenario,
    heap,
    state: deps.state,
    stations: deps.stations,
    baseA: () => baseA(nodes[0]?.circuit.baseLoadMaxA ?? [0, 0, 0]),
    isUnforeseen: mishaps.wasUnforeseen,
  });

  function rootExcessA(drawnOf: (evse: SimEvse) => number): number {
    const [root] = nodes;
    if (root === undefined) return 0;
    const base = baseA(root.circuit.baseLoadMaxA);
    const sums = plus(trueSums(root, watch(), drawnOf), standby(root));
    return worstExcessA(root.circuit.limits, sums, base, 'ratings');
  }

  function found(invariant: Invariant, detail: string | undefined): void {
    if (detail !== undefined) failed(invariant, detail);
  }

  return {
    failed,
    calls: {
      written(call) {
        found('I5', oneCall.written(call));
        found('I6', epochs.written(call));
      },
      lost: limitDrops.lost,
      ended(call, outcome) {
        oneCall.ended(call);
        limitDrops.ended(call, outcome);
      },
    },
    treeEdited(circuits, evses) {
      nodes = nodesOf(circuits, evses);
      treeSinceMs = heap.nowMs();
    },
    clockSet: mishaps.clockSet,
    engineDown: limitDrops.engineDown,
    violations: () => violations,
    steps: () => stepCount,
    drew() {
      isDrawDirty = true;
    },
    after() {
      const state = deps.state();
      mishaps.after(state);
      const changed = state !== lastState && refresh(state);
      lastState = state;
      checkDraws();
      if (changed) checkCeiling();
      if (isDrawDirty || changed) checkTruth();
      found('I3', limitDrops.problem());
      found('overdraw', overdraw.problem(rootExcessA));
      isDrawDirty = false;
    },
    stepped(taken) {
      stepCount += 1;
      const nowMs = deps.heap.nowMs() + clockMs.now();
      mishaps.stepped(taken);
      building.stepped(taken, nowMs);
      for (const detail of signals.problems(taken, nowMs)) failed('sanity', detail);
      for (const detail of sanity.problems(taken, nowMs)) failed('sanity', detail);
      for (const detail of contactCalls.problems(taken, nowMs)) failed('sanity', detail);
      for (const detail of epochs.stepped(taken)) failed('I6', detail);
      for (const detail of increaseProblems(taken, nowMs)) failed('increase', detail);
      for (const detail of retryProblems(taken, nowMs)) failed('increase', detail);
      for (const detail of failsafe.problems(taken, nowMs)) failed('I4', detail);
      for (const detail of pauseProblems(taken, nowMs)) failed('liveness', detail);
      for (const detail of operatorProblems(taken)) failed('operator', detail);
      overdraw.stepped(taken);
      for (const effect of taken.result.effects) {
        if (effect.type !== 'alarm' || effect.code !== 'distrusted') continue;
        const it = watch().find(({ id }) => id === effect.evseId);
        const isHonest = it !== undefined && deps.honest(it.station.spec);
        const sinceMs = heap.nowMs() - (drewAboveAtMs.get(it?.id) ?? Number.NEGATIVE_INFINITY);
        if (isHonest && !suspects.has(it.station.spec.id) && sinceMs > SHOWN_WITHIN_MS) {
          failed('false-alarm', `${it.id}: ${effect.detail}`);
        }
      }
    },
    atEnd() {
      if (scenario.endMs === scenario.faultsEndMs) return;
      const found = livenessProblems(deps.state(), [...deps.stations.values()], heap.nowMs());
      for (const detail of found) failed('liveness', detail);
    },
  };
}

/** False while something reserves for a named cause, F0's settle time after its read-back included. */
function isBounded(ledger: EvseLedger, nowMs: number): boolean {
  const { distrusted, fallbackIdleA, fallbackSettlesAtMs, onePhase } = ledger;
  const isShown = ledger.leaseShown && ledger.steps !== 'unread' && onePhase?.unread !== true;
  if ((fallbackSettlesAtMs ?? 0) > nowMs) return false;
  return !distrusted && isCredited(ledger) && fallbackIdleA !== undefined && isShown;
}

function isTrusted(it: Watched, honest: CheckDeps['honest'], nowMs: number): boolean {
  const { ledger, station } = it;
  if (ledger === undefined || !honest(station.spec)) return false;
  const { distrusted, fallbackIdleA, fallbackSettlesAtMs } = ledger;
  if ((fallbackSettlesAtMs ?? 0) > nowMs) return false;
  return !distrusted && isCredited(ledger) && fallbackIdleA !== undefined;
}

/** It counts as told, and is not on the connection that we know, on which it was read back. */
function mayFail({ ledger, station }: Watched, { stations }: SiteState): boolean {
  if (ledger?.countsAsTold !== true) return false;
  const known = stations.get(station.spec.id)?.generation;
  return known === undefined || station.generation() !== known;
}

function exposedAt(it: Watched | undefined, atMs: number): readonly Exposed[] {
  if (it?.ledger === undefined) return [];
  const { channels: wired, ledger, station, named } = it;
  const on = (channel: 0 | 1 | 2): number =>
    named.reduce((a, load) => (load.channels[channel] ? a + stepAt(load.steps, atMs) : a), 0);
  const { currentMaxA, countsAsTold = false } = ledger;
  const worstA = [on(0), on(1), on(2)] as const;
  return [{ stationId: station.spec.id, countsAsTold, wired, currentMaxA, worstA }];
}

function partOf(it: Watched | undefined, atMs: number): string {
  if (it?.ledger === undefined) return '';
  const { evseId, commands, ...flags } = it.ledger;
  const named = it.named.map(({ steps }) => stepAt(steps, atMs)).join(' and ');
  return `${evseId} ${named} A ${JSON.stringify({ ...flags, commands })}`;
}

function instantsOf(node: SiteNode, all: readonly Watched[], nowMs: number): readonly number[] {
  const instants = new Set([nowMs]);
  for (const index of node.below) {
    for (const { steps } of all[index]?.named ?? []) {
      for (const { fromMs } of steps) {
        if (fromMs > nowMs && fromMs <= nowMs + HORIZON_MS) instants.add(fromMs);
      }
    }
  }
  return [...instants];
}

function sumsAt(node: SiteNode, all: readonly Watched[], atMs: number): Sums {
  let [x, y, z] = [0, 0, 0];
  for (const index of node.below) {
    for (const { channels, steps } of all[index]?.named ?? []) {
      const currentA = stepAt(steps, atMs);
      if (channels[0]) x += currentA;
      if (channels[1]) y += currentA;
      if (channels[2]) z += currentA;
    }
  }
  return [x, y, z];
}

/** Whatever an EVSE loads in truth: as long as it draws no more than this there is nothing to look at. */
function lowestNow(it: Watched, nowMs: number): number {
  if (nowMs < it.lowestUntilMs) return it.lowestA;
  it.lowestA = stepAt(it.worst, nowMs);
  it.lowestUntilMs = Number.POSITIVE_INFINITY;
  for (const { steps } of [{ steps: it.worst }, ...it.worstOn]) {
    it.lowestA = Math.min(it.lowestA, stepAt(steps, nowMs));
    const next = steps.find(({ fromMs }) => fromMs > nowMs);
    if (next !== undefined) it.lowestUntilMs = Math.min(it.lowestUntilMs, next.fromMs);
  }
  return it.lowestA;
}

function later(steps: readonly Step[], byMs: number): readonly Step[] {
  if (byMs === 0) return steps;
  return steps.map(({ fromMs, currentA }) => ({ fromMs: fromMs + byMs, currentA }));
}

/** W on every channel that it loads in truth; what nobody can know yet counts as if all were counted. */
function worstWhereLoaded(it: Watched, unseen: boolean): readonly (readonly Step[])[] {
  if (unseen || it.worstOn.length < 2) return [it.worst];
  const loaded = loadedChannels(it.sim);
  return it.worstOn
    .filter(({ channels }) => channels.some((isOn, at) => isOn && loaded[at] === true))
    .map(({ steps }) => steps);
}

/** W on the phase that it keeps, and on those that it leaves out where it is told for one. */
function switched({ ledger, worstOn }: Watched): readonly (readonly Step[])[] | undefined {
  const kept = ledger?.onePhase?.shown === true ? ledger.onePhase.channels : undefined;
  if (kept === undefined || worstOn.length !== 2) return undefined;
  return worstOn.map(({ steps }) => steps);
}

/** The second of two is W on phases that some pilots leave out. */
function firstExcess<T>(
  all: readonly (readonly Step[])[],
  excess: (worst: readonly Step[], on: 'any' | 'others') => T | undefined,
): T | undefined {
  for (const [index, worst] of all.entries()) {
    const found = excess(worst, index === 0 ? 'any' : 'others');
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A credit that is gone before its time, kept until that is over. */
function revokedOf(it: Watched, ledger: EvseLedger, nowMs: number): Watched['revoked'] {
  if (ledger.phaseCredit !== undefined) return undefined;
  const credit = it.ledger?.phaseCredit ?? it.revoked?.credit;
  if (credit === undefined || credit.untilMs <= nowMs) return undefined;
  return { credit, sinceMs: it.revoked?.sinceMs ?? nowMs };
}

function trueSums(
  node: SiteNode,
  all: readonly Watched[],
  drawnOf: (evse: SimEvse) => number = ({ drawA }) => drawA,
): Sums {
  let [x, y, z] = [0, 0, 0];
  for (const index of node.below) {
    const it = all[index];
    if (it === undefined || it.sim.drawA === 0) continue;
    const loaded = loadedChannels(it.sim);
    const drawnA = drawnOf(it.sim);
    if (loaded[0]) x += drawnA;
    if (loaded[1]) y += drawnA;
    if (loaded[2]) z += drawnA;
  }
  return [x, y, z];
}
