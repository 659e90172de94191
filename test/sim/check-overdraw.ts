/**
 * R9: a station that draws above its grant, for ever, is distrusted and told of, and others make room
 * for it, as far as its meter tells. A look of its own at the workloads in which nothing else goes wrong.
 */
import { worstCase, worstCaseAt } from '../../ledger/worst-case.js';
import type { SiteState } from '../../src/control/state.js';
import type { EvseId } from '../../solver/index.js';
import type { StepTaken } from './engine-shell.js';
import type { EventHeap } from './event-heap.js';
import {
  createExcessSum,
  type ExcessSum,
  isShownAtOnce,
  shownA,
  withinMeter,
} from './meter-truth.js';
import type { Scenario } from './scenario.js';
import type { SimEvse } from './sim-evse.js';
import type { SimStation } from './sim-station.js';
import type { WorkloadName } from './workloads.js';

export interface Overdraw {
  stepped(taken: StepTaken): void;
  /**
   * Looks at the site as it is now; `excessA`: what is above the rating of the whole site, if each drew so
   * much.
   */
  problem(excessA: (drawnOf: (evse: SimEvse) => number) => number): string | undefined;
}

/** Nothing but what is drawn is wrong in these. */
const CALM_WORKLOADS: ReadonlySet<WorkloadName> = new Set([
  'liar',
  'meter-kinds',
  'foreign-tx',
  'units-confused',
  'late-samples',
]);
/** Two samples that show it, and the one between which it began. */
const SAMPLES = 3;
/** How long a draw must be seen. */
const PROOF_SEC = 10;
/** Rounding of sums, A. */
const TOLERANCE_A = 1e-5;

export function createOverdraw(
  scenario: Scenario,
  stations: () => readonly SimStation[],
  state: () => SiteState,
  heap: Pick<EventHeap, 'nowMs'>,
): Overdraw {
  const { site, stations: specs, faults, workload, mishaps } = scenario;
  const { sampleIntervalSec, settleSec, skewSec } = site.settings;
  const liars = new Set([
    ...specs.filter((it) => it.lie !== undefined).map((it) => it.id),
    ...(mishaps?.foreignTx ?? []).map(({ stationId }) => stationId),
  ]);
  // Above for ten seconds, from the first sample whose clock cannot excuse it.
  const proofSec = sampleIntervalSec > PROOF_SEC ? sampleIntervalSec : 2 * PROOF_SEC;
  const excusedSec = 2 * skewSec + sampleIntervalSec + proofSec;
  const seenMs = (Math.max(SAMPLES * sampleIntervalSec, excusedSec) + 2) * 1000;
  const callsMax = site.evses.length + 1;
  const boundMs = seenMs + settleSec * 1000 + callsMax * faults.callTimeoutMs;
  const aboveSince = new Map<EvseId, number>();
  const excess = new Map<EvseId, ExcessSum>();
  const alarmed = new Set<EvseId>();
  const fallbacks = new Map<EvseId, number | undefined>();
  const worsts = new Map<EvseId, { untilMs: number; readonly worstA: number }[]>();
  let excessSinceMs: number | undefined;

  function believed(evse: SimEvse): string | undefined {
    const { id } = evse.site;
    const ledger = state().evses.get(id)?.ledger;
    if (ledger === undefined) return undefined;
    const nowMs = heap.nowMs();
    const worstA = worstCaseAt(ledger, nowMs, site.settings);
    const drawnA = shownA(site, evse);
    if (!isFoundLate(evse, worstA, drawnA)) return undefined;
    return `${id} shows ${drawnA} A where ${withinMeter(worstA)} A are allowed, and is believed`;
  }

  function isFoundLate(evse: SimEvse, worstA: number, drawnA: number): boolean {
    const { id } = evse.site;
    const nowMs = heap.nowMs();
    const sum = excess.get(id) ?? createExcessSum(scenario, evse);
    excess.set(id, sum);
    const { samplesLateMs: lateMs } = evse.spec;
    const isAtOnce = isShownAtOnce(evse);
    if (!isAtOnce) return lateMs === undefined && sum.isDue(nowMs, worstA);
    const allowedA = lateMs === undefined ? worstA : highestA(id, { nowMs, worstA, lateMs });
    if (drawnA <= withinMeter(allowedA) || (lateMs !== undefined && isOtherFallback(id))) {
      aboveSince.delete(id);
      return false;
    }
    const sinceMs = aboveSince.get(id) ?? nowMs;
    aboveSince.set(id, sinceMs);
    // One comes late to show that all of them do, and then those that were surely measured after that, by a
    // clock that may be behind.
    const moreMs = lateMs === undefined ? 0 : 2 * lateMs + 2 * skewSec * 1000;
    return nowMs - sinceMs >= seenMs + moreMs;
  }

  /** F0 was read back, or lost: what was measured before it proves nothing of an EVSE whose samples come late. */
  function isOtherFallback(id: EvseId): boolean {
    const fallbackIdleA = state().evses.get(id)?.ledger.fallbackIdleA;
    const isOther = fallbacks.get(id) !== fallbackIdleA;
    fallbacks.set(id, fallbackIdleA);
    return isOther;
  }

  /** Of W in the time for which a late sample may speak. */
  function highestA(
    id: EvseId,
    { nowMs, worstA, lateMs }: { nowMs: number; worstA: number; lateMs: number },
  ): number {
    const fromMs = nowMs - lateMs - excusedSec * 1000;
    const before = (worsts.get(id) ?? []).filter((it) => it.untilMs >= fromMs);
    const last = before.at(-1);
    if (last?.worstA === worstA) last.untilMs = nowMs;
    else before.push({ untilMs: nowMs, worstA });
    worsts.set(id, before);
    return Math.max(...before.map((it) => it.worstA));
  }

  /** What is drawn above W and no meter can show, or not yet, on all EVSEs together. */
  function unseenA(evses: readonly SimEvse[]): number {
    return evses.reduce((sumA, evse) => {
      const ledger = state().evses.get(evse.site.id)?.ledger;
      if (ledger === undefined) return sumA;
      const worstA = worstCaseAt(ledger, heap.nowMs(), site.settings);
      const isSeen = isShownAtOnce(evse) && shownA(site, evse) > withinMeter(worstA);
      return isSeen ? sumA : sumA + Math.max(0, evse.drawA - worstA);
    }, 0);
  }

  /** What it draws once it is down to what it keeps whatever happens; a liar stays as it is. */
  function keptA({ site: { id }, spec, drawA }: SimEvse): number {
    const ledger = state().evses.get(id)?.ledger;
    if (ledger === undefined || liars.has(spec.id)) return drawA;
    const keepsA = worstCase(ledger, heap.nowMs(), site.settings).at(-1)?.currentA ?? 0;
    return Math.min(drawA, keepsA);
  }

  return {
    stepped({ result }) {
      for (const effect of result.effects) {
        if (effect.type !== 'alarm' || effect.code !== 'distrusted') continue;
        if (effect.evseId !== undefined) alarmed.add(effect.evseId);
      }
    },
    problem(excessA) {
      if (workload === undefined || !CALM_WORKLOADS.has(workload)) return undefined;
      const nowMs = heap.nowMs();
      const evses = stations().flatMap((it) => it.evses.map(({ evse }) => evse));
      for (const evse of evses) {
        if (!liars.has(evse.spec.id)) continue;
        const problem = believed(evse);
        if (problem !== undefined) return problem;
        const { id } = evse.site;
        const isDistrusted = state().evses.get(id)?.ledger.distrusted === true;
        if (isDistrusted && !alarmed.has(id)) return `nobody was told that ${id} is distrusted`;
      }
      // Late samples prove no more than the highest W of the minutes before, so that others wait for long.
      if (evses.some(({ spec }) => spec.samplesLateMs !== undefined)) return undefined;
      const aboveA = excessA(({ drawA }) => drawA);
      const isShed = (): boolean => excessA(keptA) >= aboveA - TOLERANCE_A;
      if (aboveA <= TOLERANCE_A + unseenA(evses) || isShed()) excessSinceMs = undefined;
      else excessSinceMs ??= nowMs;
      if (excessSinceMs === undefined || nowMs - excessSinceMs < boundMs) return undefined;
      return `${aboveA.toFixed(2)} A above a rating for ${boundMs / 1000} s, and nobody makes room`;
    },
  };
}
