/**
 * R6 while a lease runs: its end is an instant of the station's clock, which somebody may set after the
 * composite schedule had shown that it was right. A sample that is stamped later than it came, or came long
 * after its stamp, says that the clock is wrong or the way is slow. Leases earn no credit any more until the
 * schedule, read back at once, shows the boundary again, or until a sample that was measured after it came in
 * time: what was sent twice was late, and no clock. Where messages get lost late ones are no news: the lower
 * envelope of a flight time counts there, which a single sample does not raise, and before it is over a
 * schedule is read back, whose answer is not late unseen. What the station says that it
 * had to keep is late for that: a clock that is slow is seen by the next sample that it did not.
 */
import {
  clockDoubted,
  FLIGHT_MAX_SEC,
  inForce,
  newestAccepted,
  sampledInTime,
  sampledLate,
} from '../../ledger/index.js';
import { START_BACKDATE_SEC } from '../../profiles/index.js';
import type { StationId } from '../../solver/index.js';
import type { CommandOutcome, StationEvent } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { evsesOfStation } from '../sites/site-index.js';
import { restartContact } from './contact.js';
import { type Draft, updateEvse, updateStation } from './draft.js';
import { forgetCredit } from './forget-credit.js';
import { isCarrierDoubted, leaseCarrierOf } from './form.js';
import { isLossy } from './lease.js';
import { readBackLease } from './lease-read-back.js';
import type { ClockBehind, PendingCommand, StationState } from './state.js';

/** A sample may be read, and may travel, for this part of the skew budget. */
const LATE_FRACTION = 0.5;
const FLIGHT_MAX_MS = FLIGHT_MAX_SEC * 1000;

type Sampled = Extract<StationEvent, { type: 'meter.sampled' | 'transaction.updated' }>;

export function watchClock(draft: Draft, event: Sampled): void {
  const { stationId, samples, receivedAtMs } = event;
  const stamps = samples.map(({ atMs, stampedAtMs = atMs }) => stampedAtMs);
  const stampedAtMs = Math.max(...stamps);
  if (!Number.isFinite(stampedAtMs)) return;
  const skewMs = draft.site.settings.skewSec * 1000;
  const behindMs = receivedAtMs - stampedAtMs;
  const isStored = event.type === 'transaction.updated' && event.isStored === true;
  const isLate = isStored && behindMs > 0;
  if (isLate) return;
  const isBehind = behindMs > skewMs * (1 + LATE_FRACTION);
  const isUnbegun = behindMs > START_BACKDATE_SEC * 1000;
  noteBehind(draft, stationId, isUnbegun ? 'unbegun' : isBehind ? 'begun' : undefined);
  if (behindMs < -skewMs) return doubtClock(draft, stationId, 'ahead');
  if (isBehind) {
    if (!isSentAgain(draft, stationId, behindMs)) return doubtClock(draft, stationId, 'behind');
    return askForClock(draft, stationId);
  }
  if (behindMs <= skewMs) noteRight(draft, stationId, stampedAtMs);
}

/** What that is for leases that are to take the place of F0: see `ladder.ts`, and below. */
function noteBehind(
  draft: Draft,
  stationId: StationId,
  clockBehind: ClockBehind | undefined,
): void {
  if (draft.stations.get(stationId)?.clockBehind === clockBehind) return;
  updateStation(draft, stationId, (it) => ({ ...it, clockBehind }));
}

/** A schedule begins when it is asked for, by the station's clock: an answer that is late makes none look right. */
export function watchSchedule(
  draft: Draft,
  { stationId }: PendingCommand,
  outcome: CommandOutcome,
): void {
  if (outcome.status !== 'accepted' || outcome.schedule === undefined) return;
  const isRight =
    Math.abs(draft.nowMs - outcome.schedule.startAtMs) <= draft.site.settings.skewSec * 1000;
  if (isRight) noteBehind(draft, stationId, undefined);
}

/** All that comes is late: before its credit is over it is asked for a schedule, which it answers at once. */
function askForClock(draft: Draft, stationId: StationId): void {
  const { clockRightAtMs = 0 } = draft.stations.get(stationId) ?? {};
  if (draft.nowMs - clockRightAtMs < FLIGHT_MAX_MS / 2) return;
  const pending = [...draft.pending.values()];
  if (pending.some((it) => it.stationId === stationId && it.purpose === 'lease-read-back')) return;
  for (const evse of evsesOfStation(draft.site, stationId)) {
    if (draft.evses.get(evse.id)?.ledger.leaseShown === true) readBack(draft, evse);
  }
}

/**
 * A sample came within the budget of its stamp, and nothing on its way made it younger; or a schedule showed
 * the end of a lease.
 */
export function noteRight(draft: Draft, stationId: StationId, stampedAtMs: number): void {
  updateStation(draft, stationId, (it) => ({
    ...it,
    clockRightAtMs: Math.max(stampedAtMs, it.clockRightAtMs ?? stampedAtMs),
  }));
  for (const { id } of evsesOfStation(draft.site, stationId)) {
    if (draft.evses.get(id)?.ledger.clockLate === undefined) continue;
    updateEvse(draft, id, (it) => ({ ...it, ledger: sampledInTime(it.ledger, stampedAtMs) }));
  }
}

/**
 * Its link loses messages, and its clock was right no longer ago than one of them may be under way. Where leases
 * are written over F0 that is not waited for: see `doubtFallback`.
 */
function isSentAgain({ stations, nowMs }: Draft, stationId: StationId, behindMs: number): boolean {
  const station = stations.get(stationId);
  if (station?.clockRightAtMs === undefined || !isLossy(station, nowMs)) return false;
  if (leaseCarrierOf(station, undefined) !== 'tx') return false;
  return behindMs <= FLIGHT_MAX_MS && nowMs - station.clockRightAtMs <= FLIGHT_MAX_MS;
}

function doubtClock(draft: Draft, stationId: StationId, side: 'ahead' | 'behind'): void {
  const station = draft.stations.get(stationId);
  if (station !== undefined && leaseCarrierOf(station, undefined) !== 'tx') {
    return doubtFallback(draft, station);
  }
  for (const evse of evsesOfStation(draft.site, stationId)) {
    const ledger = draft.evses.get(evse.id)?.ledger;
    if (ledger === undefined || (!ledger.leaseShown && ledger.clockLate === undefined)) continue;
    const doubted = side === 'ahead' ? clockDoubted(ledger) : sampledLate(ledger, draft.nowMs);
    updateEvse(draft, evse.id, (it) => ({ ...it, ledger: doubted }));
    if (ledger.leaseShown) readBack(draft, evse);
  }
}

/**
 * A lease that is written over F0 leaves nothing in force where it has not begun by that clock (R0). So F0
 * is not believed before the clock has been right for as long as a call may be under way.
 */
function doubtFallback(draft: Draft, { id, stage }: StationState): void {
  const unsettledUntilMs = draft.nowMs + FLIGHT_MAX_MS;
  updateStation(draft, id, (it) => ({
    ...it,
    unsettledUntilMs: Math.max(it.unsettledUntilMs ?? 0, unsettledUntilMs),
  }));
  const own = evsesOfStation(draft.site, id).map((it) => draft.evses.get(it.id)?.ledger);
  if (own.every((it) => it?.fallbackIdleA === undefined)) return;
  forgetCredit(draft, id);
  if (stage === 'ready' || stage === 'installing') restartContact(draft, id);
}

/**
 * Leases of a station go into the place of F0 from now on. By a clock that is known to be slow they have begun for
 * as long as it stays where it is: whoever set it may set it further.
 */
export function doubtCarrier(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station !== undefined && isCarrierDoubted(station)) doubtFallback(draft, station);
}

/** Where a lease still holds more than its tail; otherwise the next one is read back by itself. */
function readBack(draft: Draft, evse: SiteEvse): void {
  const { nowMs } = draft;
  const state = draft.evses.get(evse.id);
  const station = draft.stations.get(evse.stationId);
  const newest = state === undefined ? undefined : newestAccepted(state.ledger);
  if (state === undefined || station === undefined || newest === undefined) return;
  if (station.stage !== 'ready' || state.transactionId === undefined) return;
  if (inForce(state.ledger, nowMs) <= newest.tailA) return;
  readBackLease(draft, evse, { station, newest });
}
