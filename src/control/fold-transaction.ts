/** What messages of transactions mean for a site. Retries in any order count once. */
import { inForce } from '../../ledger/index.js';
import { profileIdOf } from '../../profiles/index.js';
import { type EvseId, sessionId, type StationId } from '../../solver/index.js';
import {
  type ChargingState,
  type EvseStatus,
  type StationEvent,
  UNNAMED_TRANSACTION,
} from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import type { StationCommand } from '../ocpp/messages.js';
import { openSession, transition } from '../sessions/lifecycle.js';
import { judged } from '../sessions/learn-vehicle.js';
import { isNeedMet, type Session } from '../sessions/session.js';
import { evseById } from '../sites/site-index.js';
import { fallbackProfile } from './charge-rate.js';
import { type Draft, isBeingCleared, plan, updateEvse, without } from './draft.js';
import { completed, foldSamples, limitSinceMs, learnUnit } from './fold-samples.js';
import { leaseCarrierOf } from './form.js';
import { noteToldAgain } from './knows-transaction.js';
import { forgetFollowed } from './replacement.js';
import {
  currentSession,
  findByTransaction,
  placeOf,
  resumed,
  run,
  unnamedRunning,
} from './running.js';

type Of<T extends StationEvent['type']> = Extract<StationEvent, { type: T }>;

/** A vehicle that was offered current for this long has had the time to take it. */
const FOLLOW_MS = 60_000;

export function foldStarted(draft: Draft, event: Of<'transaction.started'>): void {
  const known = findByTransaction(draft, event.stationId, event.transactionId);
  const evseId = known?.evseId ?? placeOf(draft, event.stationId, event.evseNumber)?.id;
  if (evseId === undefined || !draft.evses.has(evseId)) return unplaced(draft, event);
  if (known !== undefined && !event.offline) noteToldAgain(draft, known);
  const session = known ?? sessionForStart(draft, evseId, event);
  const next = numbered(transition(session, { ...event, type: 'started' }), event);
  draft.sessions.set(next.id, next);
  if (next.phase === 'active' && !isOlderThanCurrent(draft, evseId, next)) run(draft, evseId, next);
}

/** It cannot be metered or limited: somebody has to correct the configuration. */
function unplaced(draft: Draft, event: Of<'transaction.started'>): void {
  const { stationId, transactionId, evseNumber } = event;
  // 2.x may name the EVSE later (E02).
  if (evseNumber === 0) return;
  const detail = `transaction ${transactionId} runs on EVSE ${evseNumber}, which is not configured`;
  draft.effects.push({ type: 'alarm', code: 'unknown-evse', stationId, detail });
}

function numbered(session: Session, { seqNo }: { readonly seqNo?: number }): Session {
  return seqNo === undefined ? session : transition(session, { type: 'numbered', seqNo });
}

/** The plugged session of the EVSE, or a new one; a transaction that never ended is closed first. */
function sessionForStart(draft: Draft, evseId: EvseId, event: Of<'transaction.started'>): Session {
  const current = currentSession(draft, evseId);
  if (current?.phase === 'plugged') return current;
  if (current !== undefined && (current.startedAtMs ?? 0) <= event.atMs) {
    supersede(draft, current, event.atMs);
  }
  const id = sessionId(`${draft.site.id}-${draft.inboxSeq}`);
  return openSession({ id, evseId, stationId: event.stationId, atMs: event.atMs });
}

function supersede(draft: Draft, current: Session, atMs: number): void {
  const over = transition(current, { type: 'presumed-ended', atMs, cause: 'superseded' });
  draft.sessions.set(current.id, transition(over, { type: 'unplugged', atMs }));
}

/** A transaction that arrives hours late does not displace the one of now, running or just over. */
function isOlderThanCurrent(draft: Draft, evseId: EvseId, session: Session): boolean {
  const current = currentSession(draft, evseId);
  if (current === undefined || current.id === session.id) return false;
  return (current.startedAtMs ?? 0) > (session.startedAtMs ?? 0);
}

/** What memory has is newer than any row. */
export function foldRecalled(draft: Draft, session: Session): void {
  const { stationId, transactionId = '' } = session;
  const isKnown =
    draft.sessions.has(session.id) ||
    findByTransaction(draft, stationId, transactionId) !== undefined;
  if (!isKnown) draft.sessions.set(session.id, session);
}

export function foldUpdated(draft: Draft, event: Of<'transaction.updated'>): void {
  const known = findByTransaction(draft, event.stationId, event.transactionId);
  const found = known ?? (event.offline ? remembered(draft, event) : takenUp(draft, event));
  if (found === undefined) return;
  const session = event.offline ? found : resumed(draft, found, event.atMs);
  foldSamples(draft, session, event.samples, event.offline);
  noteMessage(draft, session, event);
  const status = event.chargingState === undefined ? undefined : STATUS_OF[event.chargingState];
  const isRunning = draft.evses.get(session.evseId)?.transactionId === event.transactionId;
  if (status === undefined || event.offline || !isRunning) return;
  updateEvse(draft, session.evseId, (it) => ({ ...it, status }));
  noteSuspended(draft, session.evseId);
}

/** Its place in the sequence, and the token that it brought. */
function noteMessage(draft: Draft, { id }: Session, event: Of<'transaction.updated'>): void {
  const { authorization: token, atMs } = event;
  const session = draft.sessions.get(id);
  if (session === undefined) return;
  const counted = numbered(session, event);
  const next =
    token === undefined ? counted : transition(counted, { type: 'authorized', token, atMs });
  draft.sessions.set(id, next);
}

/** 2.x tells with the transaction what 1.6 tells by StatusNotification. */
const STATUS_OF: Readonly<Partial<Record<ChargingState, EvseStatus>>> = {
  charging: 'charging',
  'suspended-ev': 'suspended-ev',
  'suspended-evse': 'suspended-evse',
  'ev-connected': 'preparing',
};

/** Current is on offer and the vehicle takes none: it wants no more. */
export function noteSuspended(draft: Draft, evseId: EvseId): void {
  const state = draft.evses.get(evseId);
  const session = currentSession(draft, evseId);
  if (state?.status !== 'suspended-ev' || session?.phase !== 'active') return;
  if (inForce(state.ledger, draft.nowMs) === 0) return;
  const hasAll = isNeedMet(session);
  if (!hasAll && draft.nowMs - limitSinceMs(state) < FOLLOW_MS) return;
  const vehicle = judged(
    { ...session.vehicle, satisfied: true },
    { atMs: draft.nowMs, onSinceMs: state.sinceMs, isNeedMet: hasAll },
  );
  draft.sessions.set(session.id, { ...session, vehicle });
}

export function foldEnded(draft: Draft, event: Of<'transaction.ended'>): void {
  const session = sessionToEnd(draft, event);
  if (session === undefined) return;
  const evse = evseById(draft.site, session.evseId);
  const samples = event.samples.map((it) => completed(draft, evse, it));
  const sampled = transition(session, { type: 'sampled', samples });
  const next = numbered(transition(sampled, { ...event, type: 'ended' }), event);
  draft.sessions.set(next.id, next);
  learnUnit(draft, next);
  closeIfGone(draft, next, event.atMs);
  const state = draft.evses.get(next.evseId);
  if (state?.transactionId === undefined || state.transactionId !== next.transactionId) return;
  updateEvse(draft, next.evseId, (it) => without(it, 'transactionId', 'overdraw', 'register'));
  forgetFollowed(draft, next.evseId);
  clearTransaction(draft, next.evseId, event.stationId);
}

function sessionToEnd(draft: Draft, event: Of<'transaction.ended'>): Session | undefined {
  const { stationId, transactionId } = event;
  const known = findByTransaction(draft, stationId, transactionId);
  if (known !== undefined) return known;
  const isUnnamed = transactionId === UNNAMED_TRANSACTION && event.evseNumber === undefined;
  return isUnnamed ? unnamedRunning(draft, event) : unseen(draft, event);
}

/** No plug-out will follow for a vehicle that left before its stop arrived. */
function closeIfGone(draft: Draft, session: Session, atMs: number): void {
  const state = draft.evses.get(session.evseId);
  const isCurrent = state?.sessionId === session.id;
  if (isCurrent && state.status !== 'available') return;
  const known = draft.sessions.get(session.id) ?? session;
  draft.sessions.set(session.id, transition(known, { type: 'unplugged', atMs }));
  if (isCurrent) updateEvse(draft, session.evseId, (it) => without(it, 'sessionId'));
}

/**
 * The end of a transaction clears nothing by itself (R11): our TxProfile is cleared by its id, and
 * only the answer frees what it reserved.
 */
export function clearTransaction(draft: Draft, evseId: EvseId, stationId: StationId): void {
  const evse = evseById(draft.site, evseId);
  const state = draft.evses.get(evseId);
  if (evse === undefined || state === undefined || state.ledger.commands.length === 0) return;
  plan(draft, {
    stationId,
    evseId,
    purpose: 'clear-transaction',
    command: endOfLease(draft, evse),
  });
}

/**
 * Leases are told in another form from now on: a TxProfile that was refused and is held all the same (R10)
 * would hide them. By its id, so that nothing else is touched; the ledger counts what was told on as before.
 */
export function clearHidden(draft: Draft, { id, stationId, evseNumber }: SiteEvse): void {
  const station = draft.stations.get(stationId);
  if (station === undefined || leaseCarrierOf(station, id) === 'tx') return;
  if (isBeingCleared(draft, id)) return;
  const profileId = profileIdOf('tx', evseNumber, station.capability.externalIdMax);
  const command = { kind: 'clear-charging-profile', profileId } as const;
  plan(draft, { stationId, evseId: id, purpose: 'clear-transaction', command });
}

/** A lease that was written over F0 ends with F0 in its place: that is never cleared (R10). */
function endOfLease(draft: Draft, evse: SiteEvse): StationCommand {
  const station = draft.stations.get(evse.stationId);
  if (station === undefined || leaseCarrierOf(station, evse.id) === 'tx') {
    const externalIdMax = station?.capability.externalIdMax;
    const profileId = profileIdOf('tx', evse.evseNumber, externalIdMax);
    return { kind: 'clear-charging-profile', profileId };
  }
  const profile = fallbackProfile(draft.site, evse, station);
  return { kind: 'set-charging-profile', profile };
}

/** A transaction whose start was never seen still is a session: nothing that was metered is lost. */
function unseen(
  draft: Draft,
  event: Of<'transaction.ended'> | Of<'transaction.updated'>,
): Session | undefined {
  const { stationId, transactionId, atMs } = event;
  const evse = placeOf(draft, stationId, event.evseNumber);
  if (evse === undefined || !draft.evses.has(evse.id)) return undefined;
  const current = currentSession(draft, evse.id);
  const id = sessionId(`${draft.site.id}-${draft.inboxSeq}`);
  const isPlugged = current?.phase === 'plugged' && current.pluggedInAtMs <= atMs;
  const opened = isPlugged ? current : openSession({ id, evseId: evse.id, stationId, atMs });
  return { ...opened, phase: 'active', transactionId };
}

/** Values of hours ago whose start has not arrived: kept, and the EVSE is left as it is. */
function remembered(draft: Draft, event: Of<'transaction.updated'>): Session | undefined {
  const evse = placeOf(draft, event.stationId, event.evseNumber);
  if (evse === undefined || event.samples.length === 0) return undefined;
  const { stationId, transactionId, atMs } = event;
  const id = sessionId(`${draft.site.id}-${draft.inboxSeq}`);
  const opened = openSession({ id, evseId: evse.id, stationId, atMs });
  const active: Session = { ...opened, phase: 'active', transactionId };
  const over = transition(active, { type: 'presumed-ended', atMs, cause: 'start-unseen' });
  return transition(over, { type: 'unplugged', atMs });
}

/**
 * One that is running now, on an EVSE where no other can be: it is served like any. The end of the one that we
 * know of got lost as its own start did.
 */
function takenUp(draft: Draft, event: Of<'transaction.updated'>): Session | undefined {
  const session = unseen(draft, event);
  const state = session === undefined ? undefined : draft.evses.get(session.evseId);
  if (session === undefined || state === undefined) return undefined;
  const current = currentSession(draft, session.evseId);
  if (state.transactionId !== undefined && !isSilentSince(draft, current, event.atMs)) {
    return undefined;
  }
  if (current !== undefined && current.phase !== 'plugged') supersede(draft, current, event.atMs);
  const taken = { ...session, startedAtMs: event.atMs };
  draft.sessions.set(taken.id, taken);
  run(draft, taken.evseId, taken);
  return taken;
}

/** Nothing is known of it from then on, by more than clocks may differ: it may be over. */
function isSilentSince({ site }: Draft, current: Session | undefined, atMs: number): boolean {
  const { startedAtMs = 0, sampledAtMs = 0 } = current ?? {};
  return Math.max(startedAtMs, sampledAtMs) + 2 * site.settings.skewSec * 1000 < atMs;
}
