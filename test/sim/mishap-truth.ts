/**
 * What the engine cannot know yet of clocks that were set and of limits that others set: for so long an
 * EVSE is excused from W, and no longer.
 */
import { worstBetween } from '../../ledger/index.js';
import { ampsOfComposite } from '../../src/control/charge-rate.js';
import { leaseCarrierOf } from '../../src/control/form.js';
import { isOverdrawn } from '../../src/control/overdraw.js';
import type { SiteEvent, SiteState } from '../../src/control/state.js';
import type { StationId } from '../../solver/index.js';
import type { StepTaken } from './engine-shell.js';
import type { EventHeap } from './event-heap.js';
import type { Scenario } from './scenario.js';
import type { SimEvse } from './sim-evse.js';
import { FLIGHT_MAX_MS, type SimStation } from './sim-station.js';

export interface MishapTruth {
  stepped(taken: StepTaken): void;
  /** A station's clock was set. */
  clockSet(stationId: StationId): void;
  /** After every event. */
  after(state: SiteState): void;
  /** It may draw more than W allows, and nothing can have told so. */
  readonly isUnforeseen: (evse: SimEvse) => boolean;
  /** The same, or it was not long ago: what others were given beside it may still be in force. */
  readonly wasUnforeseen: (evse: SimEvse) => boolean;
}

interface Clock {
  /** Beyond the budget; undefined: within it. */
  wild?: {
    isBehind: boolean;
    atMs: number;
    shownBySeq?: number;
    shownAtMs?: number;
    isKnown: boolean;
  };
  /** Vehicles follow what it did to their schedules until then. */
  untilMs: number;
  /** What it did to others is over then. */
  roomMadeAtMs: number;
}

const LOST_MS = Number.POSITIVE_INFINITY;

/** And has no lease in the place of F0, which would leave nothing in force by a clock that is behind. */
function losesCalls({ stations }: SiteState, id: StationId): boolean {
  const station = stations.get(id);
  return station?.lostCallAtMs !== undefined && leaseCarrierOf(station, undefined) === 'tx';
}

export function createMishapTruth(
  scenario: Scenario,
  stations: ReadonlyMap<StationId, SimStation>,
  heap: EventHeap,
): MishapTruth {
  const { skewSec, settleSec, leaseSec } = scenario.site.settings;
  const budgetMs = skewSec * 1000;
  const roomMs = (1 + leaseSec + skewSec + settleSec) * 1000;
  const clocks = new Map<StationId, Clock>();
  const limited = new Set((scenario.mishaps?.foreignTx ?? []).map((it) => it.stationId));
  /** When another system's limit was seen last to lead at an EVSE that is not distrusted and has not shown it. */
  const othersAtMs = new Map<SimEvse, number>();

  const leading = new Set<SimEvse>();
  /** What leads there was read back, above W: from then on it is known. */
  const shown = new Set<SimEvse>();

  function clockOf(id: StationId): Clock {
    const known = clocks.get(id) ?? { untilMs: 0, roomMadeAtMs: 0 };
    clocks.set(id, known);
    return known;
  }

  /** A stamp that lies this far from its arrival shows it beyond doubt, or looks as if it did. */
  function isShown(receivedAtMs: number, stampedAtMs: number): boolean {
    const behindMs = receivedAtMs - stampedAtMs;
    return behindMs < -budgetMs || behindMs > 1.5 * budgetMs;
  }

  /** An answer that took long is asked for again. */
  function noteShown(before: SiteState, event: SiteEvent): void {
    if (event.type !== 'command.answered' || event.outcome.status !== 'accepted') return;
    const { stationId, receivedAtMs: toMs, sentAtMs: fromMs = toMs } = event;
    const { schedule } = event.outcome;
    const purpose = before.pending.get(event.seq)?.purpose;
    if (schedule === undefined || purpose !== 'lease-read-back' || toMs - fromMs > budgetMs / 2)
      return;
    const { evse } =
      stations
        .get(stationId)
        ?.evses.find((it) => it.evse.site.evseNumber === schedule.evseNumber) ?? {};
    const state = evse === undefined ? undefined : before.evses.get(evse.site.id);
    if (evse === undefined || state?.transactionId === undefined || !leading.has(evse)) return;
    const mostA = worstBetween(state.ledger, { fromMs, toMs }, scenario.site.settings);
    const [first] = schedule.periods;
    if (first === undefined || state.contact.step !== 'done') return;
    const shownA = ampsOfComposite(scenario.site, evse.site, schedule.unit, first);
    if (isOverdrawn(shownA, mostA)) shown.add(evse);
  }

  return {
    clockSet(id) {
      const clock = clockOf(id);
      const spec = stations.get(id)?.spec;
      if (spec === undefined) return;
      if (Math.abs(spec.skewMs) > budgetMs) {
        const isBehind = spec.skewMs < 0;
        // That it was behind says nothing of a clock that is ahead now.
        if (clock.wild?.isBehind !== isBehind) {
          clock.wild = { isBehind, atMs: heap.nowMs(), isKnown: false };
        }
        clock.roomMadeAtMs = LOST_MS;
      } else if (clock.wild !== undefined) {
        delete clock.wild;
        clock.untilMs = heap.nowMs() + spec.settleMaxMs;
        clock.roomMadeAtMs = heap.nowMs() + roomMs;
      }
    },
    stepped({ before, items }) {
      if (limited.size > 0) for (const { event } of items) noteShown(before, event);
      if (clocks.size === 0) return;
      for (const { seq, event } of items) {
        if (event.type !== 'meter.sampled' && event.type !== 'transaction.updated') continue;
        const wild = clocks.get(event.stationId)?.wild;
        if (wild === undefined || seq === undefined) continue;
        const stamps = event.samples.map(({ atMs, stampedAtMs = atMs }) => stampedAtMs);
        if (!stamps.some((atMs) => isShown(event.receivedAtMs, atMs))) continue;
        const behindMs = event.receivedAtMs - Math.max(...stamps);
        // Where calls get lost it may be of a message that was sent again, for as long as one is under way.
        const isYoung = heap.nowMs() <= wild.atMs + FLIGHT_MAX_MS && behindMs <= FLIGHT_MAX_MS;
        if (wild.isBehind && isYoung && losesCalls(before, event.stationId)) continue;
        wild.shownBySeq ??= seq;
        wild.shownAtMs = heap.nowMs();
      }
    },
    after({ inboxSeq, evses, stations: told }) {
      for (const [id, { wild }] of clocks) {
        if (wild === undefined) continue;
        if (wild.shownBySeq !== undefined && wild.shownBySeq <= inboxSeq) wild.isKnown = true;
        const known = told.get(id);
        const isOverFallback = known !== undefined && leaseCarrierOf(known, undefined) !== 'tx';
        // Nothing has been sampled for long: who knows whether it was set right?
        if (!isOverFallback || heap.nowMs() < (wild.shownAtMs ?? 0) + FLIGHT_MAX_MS) continue;
        wild.isKnown = false;
        delete wild.shownBySeq;
      }
      for (const id of limited) {
        const station = stations.get(id);
        for (const { evse } of station?.evses ?? []) {
          const isDistrusted = evses.get(evse.site.id)?.ledger.distrusted === true;
          const leads = station?.book.isLimitedByOther(evse) === true;
          if (!leads) shown.delete(evse);
          const isExceeding = leads && !isDistrusted && !shown.has(evse);
          if (isExceeding || leading.has(evse)) othersAtMs.set(evse, heap.nowMs());
          if (isExceeding) leading.add(evse);
          else leading.delete(evse);
        }
      }
    },
    isUnforeseen(evse) {
      const { wild, untilMs = 0 } = clocks.get(evse.spec.id) ?? {};
      if (wild?.isKnown === false || heap.nowMs() < untilMs) return true;
      const otherAtMs = othersAtMs.get(evse);
      return otherAtMs !== undefined && heap.nowMs() <= otherAtMs + evse.spec.settleMaxMs;
    },
    wasUnforeseen(evse) {
      const { roomMadeAtMs = 0 } = clocks.get(evse.spec.id) ?? {};
      const otherAtMs = othersAtMs.get(evse);
      const byOtherMs = otherAtMs === undefined ? 0 : otherAtMs + roomMs;
      return heap.nowMs() < Math.max(roomMadeAtMs, byOtherMs);
    },
  };
}
