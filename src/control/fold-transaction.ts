/** What transactions and meter values mean for a site. Retries in any order count once. */
import { distrusted, inForce, worstCaseAt } from '../../ledger/index.js';
import { profileIdOf } from '../../profiles/index.js';
import { type EvseId, sessionId, type StationId } from '../../solver/index.js';
import type { ChargingState, EvseStatus, MeterSample, StationEvent } from '../ocpp/messages.js';
import { learnVehicle } from '../sessions/learn-vehicle.js';
import { openSession, transition } from '../sessions/lifecycle.js';
import type { Session } from '../sessions/session.js';
import { CONTACT_START } from './contact.js';
import { type Draft, evseOf, plan, updateEvse, without } from './draft.js';
import type { EvseState } from './state.js';

type Of<T extends StationEvent['type']> = Extract<StationEvent, { type: T }>;

/** R9: more than a meter may be wrong by, for this long, and the station is not believed any more. */
const OVERDRAW_FRACTION = 0.02;
const OVERDRAW_A = 0.2;
const OVERDRAW_MS = 10_000;
/** A sample older than this says nothing about what is drawn now. */
const SAMPLE_FRESH_MS = 120_000;
/** A vehicle that was offered current for this long has had the time to take it. */
const FOLLOW_MS = 60_000;

export function foldStarted(draft: Draft, event: Of<'transaction.started'>): void {
  const evse = evseOf(draft.site, event.stationId, event.evseNumber);
  const state = evse === undefined ? undefined : draft.evses.get(evse.id);
  if (evse === undefined || state === undefined) return;
  const known = findByTransaction(draft, event.stationId, event.transactionId);
  const session = known ?? sessionForStart(draft, evse.id, event);
  const next = transition(session, { ...event, type: 'started' });
  draft.sessions.set(next.id, next);
  if (next.phase === 'active' && !isOlderThanCurrent(draft, evse.id, next)) {
    run(draft, evse.id, next);
  }
}

/** From here on the session's transaction is the one that the EVSE runs. */
function run(draft: Draft, evseId: EvseId, { id, transactionId }: Session): void {
  if (transactionId === undefined) return;
  if (draft.evses.get(evseId)?.transactionId === transactionId) return;
  updateEvse(draft, evseId, (it) => ({
    ...it,
    sessionId: id,
    transactionId,
    // What was accepted for another transaction is not obeyed in this one.
    reassert: it.reassert || it.ledger.commands.length > 0,
    ...(it.ledger.fallbackIdleA === undefined && it.contact.step === 'done'
      ? { contact: CONTACT_START }
      : {}),
  }));
}

/** The plugged session of the EVSE, or a new one; a transaction that never ended is closed first. */
function sessionForStart(draft: Draft, evseId: EvseId, event: Of<'transaction.started'>): Session {
  const state = draft.evses.get(evseId);
  const current = state?.sessionId === undefined ? undefined : draft.sessions.get(state.sessionId);
  if (current?.phase === 'plugged') return current;
  if (current !== undefined && (current.startedAtMs ?? 0) <= event.atMs) {
    const { atMs } = event;
    const over =
      current.phase === 'active'
        ? transition(current, { type: 'ended', atMs, reason: 'Superseded' })
        : current;
    draft.sessions.set(current.id, transition(over, { type: 'unplugged', atMs }));
  }
  const id = sessionId(`${draft.site.id}-${draft.inboxSeq}`);
  return openSession({ id, evseId, stationId: event.stationId, atMs: event.atMs });
}

/** A transaction that arrives hours late does not displace the one of now, running or just over. */
function isOlderThanCurrent(draft: Draft, evseId: EvseId, session: Session): boolean {
  const state = draft.evses.get(evseId);
  const current = state?.sessionId === undefined ? undefined : draft.sessions.get(state.sessionId);
  if (current === undefined || current.id === session.id) return false;
  return (current.startedAtMs ?? 0) > (session.startedAtMs ?? 0);
}

export function foldUpdated(draft: Draft, event: Of<'transaction.updated'>): void {
  const known = findByTransaction(draft, event.stationId, event.transactionId);
  const session = known ?? (event.offline ? undefined : takenUp(draft, event));
  if (session === undefined) return;
  foldSamples(draft, session, event.samples, event.offline);
  const status = event.chargingState === undefined ? undefined : STATUS_OF[event.chargingState];
  const isRunning = draft.evses.get(session.evseId)?.transactionId === event.transactionId;
  if (status === undefined || event.offline || !isRunning) return;
  updateEvse(draft, session.evseId, (it) => ({ ...it, status }));
  noteSuspended(draft, session.evseId);
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
  const session = state?.sessionId === undefined ? undefined : draft.sessions.get(state.sessionId);
  if (state?.status !== 'suspended-ev' || session?.phase !== 'active') return;
  const isOffered = inForce(state.ledger, draft.nowMs) > 0;
  if (!isOffered || draft.nowMs - limitSinceMs(state) < FOLLOW_MS) return;
  const vehicle = { ...session.vehicle, satisfied: true };
  draft.sessions.set(session.id, { ...session, vehicle });
}

export function foldSampled(draft: Draft, event: Of<'meter.sampled'>): void {
  const evse = evseOf(draft.site, event.stationId, event.evseNumber);
  const state = evse === undefined ? undefined : draft.evses.get(evse.id);
  const session =
    event.transactionId === undefined
      ? state?.sessionId === undefined
        ? undefined
        : draft.sessions.get(state.sessionId)
      : findByTransaction(draft, event.stationId, event.transactionId);
  if (session !== undefined) foldSamples(draft, session, event.samples, false);
  // Whatever it draws without a transaction counts as well.
  const isIdle = session === undefined || !isLive(session);
  if (isIdle && evse !== undefined) {
    watchOverdraw(draft, evse.id, freshOf(draft, seenBy(draft, event.samples)));
  }
}

export function foldEnded(draft: Draft, event: Of<'transaction.ended'>): void {
  const session =
    findByTransaction(draft, event.stationId, event.transactionId) ?? unseen(draft, event);
  if (session === undefined) return;
  const sampled = transition(session, { type: 'sampled', samples: event.samples });
  const next = transition(sampled, { ...event, type: 'ended' });
  draft.sessions.set(next.id, next);
  closeIfGone(draft, next, event.atMs);
  const state = draft.evses.get(next.evseId);
  if (state?.transactionId !== event.transactionId) return;
  updateEvse(draft, next.evseId, (it) => without(it, 'transactionId', 'overdrawSinceMs'));
  clearTransaction(draft, next.evseId, event.stationId);
}

/** No plug-out will follow for a vehicle that left before its stop arrived. */
function closeIfGone(draft: Draft, session: Session, atMs: number): void {
  const state = draft.evses.get(session.evseId);
  const isCurrent = state?.sessionId === session.id;
  if (isCurrent && state.status !== 'available') return;
  draft.sessions.set(session.id, transition(session, { type: 'unplugged', atMs }));
  if (isCurrent) updateEvse(draft, session.evseId, (it) => without(it, 'sessionId'));
}

/**
 * The end of a transaction clears nothing by itself (R11): our TxProfile is cleared by its id, and
 * only the answer frees what it reserved.
 */
export function clearTransaction(draft: Draft, evseId: EvseId, stationId: StationId): void {
  const evse = draft.site.evses.find((it) => it.id === evseId);
  const state = draft.evses.get(evseId);
  if (evse === undefined || state === undefined || state.ledger.commands.length === 0) return;
  plan(draft, {
    stationId,
    evseId,
    purpose: 'clear-transaction',
    command: {
      kind: 'clear-charging-profile',
      profileId: profileIdOf('tx', evse.evseNumber),
    },
  });
}

/** A transaction whose start was never seen still is a session: nothing that was metered is lost. */
function unseen(
  draft: Draft,
  event: Of<'transaction.ended'> | Of<'transaction.updated'>,
): Session | undefined {
  const { stationId, transactionId, atMs } = event;
  const evse = evseOf(draft.site, stationId, event.evseNumber);
  const state = evse === undefined ? undefined : draft.evses.get(evse.id);
  if (evse === undefined || state === undefined) return undefined;
  const current = state.sessionId === undefined ? undefined : draft.sessions.get(state.sessionId);
  const id = sessionId(`${draft.site.id}-${draft.inboxSeq}`);
  const isPlugged = current?.phase === 'plugged' && current.pluggedInAtMs <= atMs;
  const opened = isPlugged ? current : openSession({ id, evseId: evse.id, stationId, atMs });
  return { ...opened, phase: 'active', transactionId };
}

/** One that is running now, on an EVSE where we know of no other: it is served like any. */
function takenUp(draft: Draft, event: Of<'transaction.updated'>): Session | undefined {
  const session = unseen(draft, event);
  const state = session === undefined ? undefined : draft.evses.get(session.evseId);
  if (session === undefined || state === undefined) return undefined;
  if (state.transactionId !== undefined) return undefined;
  const current = state.sessionId === undefined ? undefined : draft.sessions.get(state.sessionId);
  if (current?.phase === 'finished') {
    draft.sessions.set(current.id, transition(current, { type: 'unplugged', atMs: event.atMs }));
  }
  const taken = { ...session, startedAtMs: event.atMs };
  draft.sessions.set(taken.id, taken);
  run(draft, taken.evseId, taken);
  return taken;
}

function findByTransaction(
  draft: Draft,
  stationId: StationId,
  transactionId: string,
): Session | undefined {
  for (const session of draft.sessions.values()) {
    if (session.transactionId === transactionId && session.stationId === stationId) return session;
  }
  return undefined;
}

function foldSamples(
  draft: Draft,
  session: Session,
  reported: readonly MeterSample[],
  offline: boolean,
): void {
  const samples = seenBy(draft, reported);
  const live = isLive(session);
  const sampled = transition(session, { type: 'sampled', samples });
  const kept = live ? sampled : { ...sampled, drawnA: [0, 0, 0] as const, powerW: 0 };
  draft.sessions.set(session.id, kept);
  if (!live || offline) return;
  const fresh = freshOf(draft, samples);
  watchOverdraw(draft, session.evseId, fresh);
  const last = fresh.at(-1);
  if (last !== undefined) learn(draft, kept, last);
}

function isLive({ phase }: Session): boolean {
  return phase === 'active' || phase === 'plugged';
}

/** Nothing was measured after now, whatever the station's clock says. */
function seenBy({ nowMs }: Draft, samples: readonly MeterSample[]): readonly MeterSample[] {
  return samples.map((it) => (it.atMs > nowMs ? { ...it, atMs: nowMs } : it));
}

function freshOf({ nowMs }: Draft, samples: readonly MeterSample[]): readonly MeterSample[] {
  return samples.filter((it) => nowMs - it.atMs < SAMPLE_FRESH_MS);
}

function learn(draft: Draft, session: Session, sample: MeterSample): void {
  const state = draft.evses.get(session.evseId);
  const drawnA = largestA(sample);
  if (state === undefined || drawnA === undefined) return;
  const vehicle = learnVehicle(session.vehicle, {
    atMs: sample.atMs,
    drawnA,
    limitA: inForce(state.ledger, draft.nowMs),
    limitSinceMs: limitSinceMs(state),
  });
  draft.sessions.set(session.id, { ...session, vehicle });
}

function limitSinceMs(state: EvseState): number {
  return Math.max(state.sinceMs, state.changesAtMs.at(-1) ?? 0, state.cutAtMs ?? 0);
}

/** R9: what is drawn is held against what may be drawn. */
function watchOverdraw(draft: Draft, evseId: EvseId, samples: readonly MeterSample[]): void {
  for (const sample of samples) {
    const state = draft.evses.get(evseId);
    const drawnA = largestA(sample);
    if (state === undefined || drawnA === undefined) continue;
    const allowedA = allowedAround(draft, state, sample.atMs);
    if (drawnA <= allowedA * (1 + OVERDRAW_FRACTION) + OVERDRAW_A) {
      if (state.overdrawSinceMs !== undefined) {
        updateEvse(draft, evseId, (it) => without(it, 'overdrawSinceMs'));
      }
      continue;
    }
    const sinceMs = state.overdrawSinceMs ?? sample.atMs;
    const proven = sample.atMs - sinceMs >= OVERDRAW_MS && !state.ledger.distrusted;
    updateEvse(draft, evseId, (it) => ({
      ...it,
      overdrawSinceMs: sinceMs,
      ...(proven ? { ledger: distrusted(it.ledger) } : {}),
    }));
    if (!proven) continue;
    const detail = `drew ${drawnA.toFixed(1)} A where ${allowedA.toFixed(1)} A were allowed`;
    draft.effects.push({ type: 'alarm', code: 'distrusted', evseId, detail });
  }
}

/** The most that W was within the skew of the station's stamp (R6): its clock may be fast or slow. */
function allowedAround(draft: Draft, { ledger }: EvseState, atMs: number): number {
  const { settings } = draft.site;
  const skewMs = settings.skewSec * 1000;
  const instants = [atMs - skewMs, atMs, atMs + skewMs];
  return Math.max(...instants.map((instantMs) => worstCaseAt(ledger, instantMs, settings)));
}

function largestA(sample: MeterSample): number | undefined {
  const known = sample.currentA?.filter((it): it is number => it !== undefined) ?? [];
  return known.length === 0 ? undefined : Math.max(...known);
}
