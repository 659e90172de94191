/**
 * I3: after a limit has dropped, what vehicles truly draw is under it by X_on where every station that
 * obeys answers, by X_off whatever happens, and at once where it was known that long before; down to
 * the floor, which is the sum of W after all leases.
 */
import {
  channelLoads,
  isUnbounded,
  ownSettings,
  worstCaseAt,
  worstOthers,
} from '../../ledger/index.js';
import { worstCase } from '../../ledger/worst-case.js';
import type { EvseState, SiteState } from '../../src/control/state.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import type { EvseId, PerChannel, StationId } from '../../solver/index.js';
import type { EventHeap } from './event-heap.js';
import { createKnownLimits } from './known-limits.js';
import type { Scenario } from './scenario.js';
import { channelAmps, isUnseen, unseenBounds } from './phase-truth.js';
import { phaseCountOf, type SimEvse } from './sim-evse.js';
import type { WrittenCall } from './sim-gateway.js';
import { FLIGHT_MAX_MS, type SimStation } from './sim-station.js';

export interface LimitDrops {
  /** Looks at the site as it is now; what is wrong, in words. */
  problem(): string | undefined;
  ended(call: WrittenCall, outcome: CommandOutcome): void;
  /** The frame of a call was lost: it will never be obeyed. */
  lost(call: WrittenCall): void;
  /** Our process has died, or lives again. */
  engineDown(isDown: boolean): void;
}

export interface LimitDropDeps {
  readonly scenario: Scenario;
  readonly heap: Pick<EventHeap, 'nowMs'>;
  readonly state: () => SiteState;
  readonly stations: ReadonlyMap<StationId, SimStation>;
  /** The least that the building has drawn lately, A. */
  readonly baseA: () => PerChannel<number>;
  /** It may draw more than W, or did until lately, and nothing told so. */
  readonly isUnforeseen: (evse: SimEvse) => boolean;
}

/** How an EVSE stands: it can be cut now, or counts at its W. */
interface Standing {
  readonly sim: SimEvse;
  readonly state: EvseState;
  readonly obeys: boolean;
}

const TICK_SEC = 1;
/** What it takes to take the site over after SQL was away. */
const RETRY_MS = 2000;
const VOLTAGE_MAX_FACTOR = 1.1;
const TOLERANCE_W = 1;
/** What was refused is asked again after this. */
const REFUSED_HOLD_MS = 30_000;
const SCOPES = ['total-import', 'managed-devices'] as const;

export function createLimitDrops(deps: LimitDropDeps): LimitDrops {
  const { scenario, heap, stations } = deps;
  const { site, faults } = scenario;
  const { settleSec, skewSec, leaseSec } = site.settings;
  let sims: readonly SimEvse[] | undefined;
  const counts = site.stations.map(
    ({ id }) => site.evses.filter((it) => it.stationId === id).length,
  );
  const callsMax = Math.max(...counts) + 1;
  const onMs = (TICK_SEC + settleSec) * 1000 + callsMax * faults.callTimeoutMs;
  const offMs = (TICK_SEC + leaseSec + skewSec + settleSec) * 1000;
  const isHonest = scenario.stations.every((it) => it.lie === undefined);
  const channelV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  const voltageMaxV = channelV * VOLTAGE_MAX_FACTOR;
  // A building is told by its lines, whose voltage is that to neutral.
  const lineMaxV = site.supply === 'wye' ? voltageMaxV : voltageMaxV / Math.sqrt(3);
  const bounds = unseenBounds(scenario);
  const limits = createKnownLimits();
  const obeying = new Map<EvseId, boolean>();
  const credited = new Map<EvseId, boolean>();
  /** Counted on fewer phases than they are wired to, at the last look. */
  const onFewerPhases = new Set<EvseId>();
  /** What each EVSE may draw for ever, and until when it still may after that fell. */
  const floors = new Map<EvseId, { readonly currentA: number; readonly untilMs?: number }>();
  const unanswered = new Map<StationId, number>();
  const lostCalls = new WeakSet<WrittenCall>();
  /** From here on every station that obeys has answered, but for one call at a time. */
  let quietFromMs = heap.nowMs();
  /**
   * The last time that an EVSE lost its credit, of which what was granted beside it did not know, or
   * gained it, until when it was counted at its maximum and could use it.
   */
  let credibleFromMs = heap.nowMs();
  let isDown = false;
  let lastState: SiteState | undefined;
  let all: readonly Standing[] = [];

  /** Stations come into the world after this check. */
  function evses(): readonly SimEvse[] {
    sims ??= [...stations.values()].flatMap((it) => it.evses.map(({ evse }) => evse));
    return sims;
  }

  function disturbed(untilMs: number): void {
    quietFromMs = Math.max(quietFromMs, untilMs);
  }

  function standings(state: SiteState): readonly Standing[] {
    return evses().flatMap((sim): Standing[] => {
      const own = state.evses.get(sim.site.id);
      const station = state.stations.get(sim.spec.id);
      if (own === undefined || station === undefined) return [];
      const { ledger, contact, transactionId } = own;
      const isLinked = station.stage === 'ready' || station.stage === 'installing';
      const isTold = !isUnbounded(ledger);
      const obeys = isTold && isLinked && contact.step === 'done' && transactionId !== undefined;
      // A phase that a vehicle takes by surprise is a credit that was lost (R12), and so are leases by a clock in doubt (R6).
      const isDoubted = own.phaseWatch?.isRevoked === true || ledger.clockLate !== undefined;
      const isCredited = isTold && !isDoubted;
      if (obeying.get(sim.site.id) !== obeys) disturbed(heap.nowMs());
      // One for fewer phases goes with its vehicle, also where only a reconnection tells of the next one.
      const onFewer = isCredited && ledger.phaseCredit !== undefined;
      if (
        credited.get(sim.site.id) !== isCredited ||
        (onFewerPhases.has(sim.site.id) && !onFewer)
      ) {
        credibleFromMs = heap.nowMs();
        disturbed(heap.nowMs());
      }
      noteFloor(sim.site.id, own);
      obeying.set(sim.site.id, obeys);
      credited.set(sim.site.id, isCredited);
      if (onFewer) onFewerPhases.add(sim.site.id);
      else onFewerPhases.delete(sim.site.id);
      return [{ sim, state: own, obeys }];
    });
  }

  /** When the last time was over in which our process stood still, or had no SQL. */
  function pausedUntilMs(nowMs: number): number {
    return faults.engine.reduce((lastMs, { kind, atMs, durationMs }) => {
      const pauses = kind === 'stop' || kind === 'sql' || kind === 'slow-commit';
      return pauses && atMs <= nowMs ? Math.max(lastMs, atMs + durationMs + RETRY_MS) : lastMs;
    }, 0);
  }

  function wattsOf({ sim }: Standing, currentA: number): number {
    return currentA * sim.site.channels.filter(Boolean).length * voltageMaxV;
  }

  function worstW(it: Standing): number {
    const { ledger } = it.state;
    const worst = worstCase(ledger, heap.nowMs(), site.settings);
    const others = worstOthers(ledger, heap.nowMs(), site.settings);
    return channelAmps(channelLoads(ledger, it.sim.site.channels, worst, others)) * voltageMaxV;
  }

  /** It counts as told, and draws more: without a link it is not bound by what it was told. */
  function fails({ sim, state: { ledger } }: Standing): boolean {
    if (ledger.countsAsTold !== true) return false;
    return sim.drawA > worstCaseAt(ledger, heap.nowMs(), site.settings);
  }

  /** A cut of what held for ever lowers the floor when it is acknowledged; the vehicle follows within settle. */
  function noteFloor(id: EvseId, { ledger }: EvseState): void {
    const nowMs = heap.nowMs();
    const currentA = worstCase(ledger, nowMs, site.settings).at(-1)?.currentA ?? 0;
    const known = floors.get(id);
    if (known === undefined || currentA >= known.currentA) floors.set(id, { currentA });
    else if (known.untilMs === undefined) {
      const untilMs = nowMs + ownSettings(ledger, site.settings).settleSec * 1000;
      floors.set(id, { currentA: known.currentA, untilMs });
    } else if (nowMs >= known.untilMs) floors.set(id, { currentA });
  }

  function floorW(it: Standing): number {
    noteFloor(it.sim.site.id, it.state);
    return wattsOf(it, floors.get(it.sim.site.id)?.currentA ?? 0);
  }

  function above(
    limitOf: (scope: (typeof SCOPES)[number]) => number,
    others: 'drawing' | 'reserved',
  ): string | undefined {
    const counted = others === 'drawing' ? all : all.filter(({ obeys }) => obeys);
    const drawnW = counted.reduce((sum, it) => sum + drawnOf(it), 0);
    for (const scope of SCOPES) {
      const limitW = limitOf(scope);
      if (!Number.isFinite(limitW)) continue;
      const base = scope === 'total-import' ? deps.baseA() : [0, 0, 0];
      const beside = others === 'drawing' ? [] : all.filter(({ obeys }) => !obeys);
      const baseW = base.reduce((sum, a) => sum + a * lineMaxV, 0);
      const leftW = beside.reduce((rest, it) => rest - worstW(it), limitW - baseW);
      if (drawnW <= leftW + TOLERANCE_W) continue;
      const lowestW = counted.reduce((sum, it) => sum + floorW(it), 0);
      if (drawnW <= lowestW + TOLERANCE_W) continue;
      return (
        `${drawnW.toFixed(0)} W are drawn under a limit of ${limitW.toFixed(0)} W (${scope}) that ` +
        `leaves ${leftW.toFixed(0)} W, the floor is ${lowestW.toFixed(0)} W`
      );
    }
    return undefined;
  }

  return {
    problem() {
      const state = deps.state();
      const nowMs = heap.nowMs();
      limits.take(state, nowMs);
      if (!isHonest || !limits.isAny()) return undefined;
      if (state !== lastState) all = standings(state);
      lastState = state;
      // Within its owner's policy, which promises nothing about limits, or nobody could know.
      if (all.some((it) => fails(it) || deps.isUnforeseen(it.sim))) {
        credibleFromMs = nowMs;
        disturbed(nowMs);
      }
      const unseen = { nowMs, ...bounds };
      if (all.some(({ sim, state: own }) => isUnseen(sim, own, unseen))) return undefined;
      if (nowMs - credibleFromMs >= offMs) {
        const found = above((scope) => limits.foreseen(scope, nowMs, offMs), 'drawing');
        if (found !== undefined) return `${found}: known for X_off, ${offMs / 1000} s`;
      }
      if (isDown || nowMs - Math.max(quietFromMs, pausedUntilMs(nowMs)) < onMs) return undefined;
      const found = above((scope) => limits.lasting(scope, nowMs, onMs), 'reserved');
      return found === undefined ? undefined : `${found}: in force for X_on, ${onMs / 1000} s`;
    },
    ended(call, outcome) {
      const { stationId } = call.row;
      if (outcome.status === 'accepted') {
        if (isKept(call)) disturbed(heap.nowMs());
        return void unanswered.delete(stationId);
      }
      const inRow = (unanswered.get(stationId) ?? 0) + 1;
      unanswered.set(stationId, inRow);
      const isRefused = outcome.status === 'rejected' || outcome.status === 'error';
      if (isRefused) disturbed(heap.nowMs() + REFUSED_HOLD_MS);
      else if (outcome.status !== 'timeout' || inRow > 1) disturbed(heap.nowMs());
      if (outcome.status === 'timeout' && isUnderWay(call)) disturbed(heap.nowMs() + FLIGHT_MAX_MS);
    },
    lost(call) {
      lostCalls.add(call);
    },
    engineDown(value) {
      isDown = value;
      // Nobody is told how what was under way ended.
      const isUnknown = value && evses().some(({ flights }) => flights.size > 0);
      disturbed(heap.nowMs() + (isUnknown ? FLIGHT_MAX_MS : 0));
    },
  };

  /** Accepted by a station that goes on with what it had: who reads it back can clear it. */
  function isKept({ row: { command, stationId } }: WrittenCall): boolean {
    const station = stations.get(stationId);
    if (station?.spec.fuss !== 'keeps-old' || command.kind !== 'set-charging-profile') return false;
    return !station.book.all().includes(command.profile);
  }

  /** Read by the station, or on its way there: it may yet be obeyed, late. */
  function isUnderWay(call: WrittenCall): boolean {
    const { command, stationId } = call.row;
    if (command.kind !== 'set-charging-profile' || lostCalls.has(call)) return false;
    const own = evses().filter(({ spec }) => spec.id === stationId);
    return own.some(({ flights }) => [...flights].some((it) => it.profile === command.profile));
  }
}

function drawnOf({ sim }: Standing): number {
  return sim.drawA * phaseCountOf(sim) * sim.spec.voltageV;
}
