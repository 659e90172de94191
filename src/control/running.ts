/** Which session a message of a station is about, and which transaction an EVSE runs. */
import type { EvseId, StationId } from '../../solver/index.js';
import type { StationEvent } from '../ocpp/messages.js';
import { transition } from '../sessions/lifecycle.js';
import type { Session } from '../sessions/session.js';
import { isSameToken } from '../sessions/token.js';
import type { SiteEvse } from '../sites/site.js';
import { evsesOfStation } from '../sites/site-index.js';
import { CONTACT_START } from './contact-retry.js';
import { type Draft, evseOf, updateEvse } from './draft.js';

type Ended = Extract<StationEvent, { type: 'transaction.ended' }>;

/** Transactions are known by the station and its name for them: another station's is another one. */
export function findByTransaction(
  draft: Draft,
  stationId: StationId,
  transactionId: string,
): Session | undefined {
  for (const session of draft.sessions.values()) {
    if (session.transactionId === transactionId && session.stationId === stationId) return session;
  }
  return undefined;
}

/**
 * The EVSE that a station means. Where it names none, or 0, it is the only one, or the only one where
 * a vehicle waits.
 */
export function placeOf(
  draft: Draft,
  stationId: StationId,
  evseNumber: number | undefined,
): SiteEvse | undefined {
  const named = evseOf(draft.site, stationId, evseNumber);
  if (named !== undefined || (evseNumber ?? 0) > 0) return named;
  const own = evsesOfStation(draft.site, stationId);
  if (own.length === 1) return own[0];
  const waiting = own.filter(({ id }) => currentSession(draft, id)?.phase === 'plugged');
  return waiting.length === 1 ? waiting[0] : undefined;
}

export function currentSession(draft: Draft, evseId: EvseId): Session | undefined {
  const id = draft.evses.get(evseId)?.sessionId;
  return id === undefined ? undefined : draft.sessions.get(id);
}

/** From here on the session's transaction is the one that the EVSE runs. */
export function run(draft: Draft, evseId: EvseId, { id, transactionId }: Session): void {
  if (transactionId === undefined) return;
  if (draft.evses.get(evseId)?.transactionId === transactionId) return;
  updateEvse(draft, evseId, (it) => ({
    ...it,
    sessionId: id,
    transactionId,
    followedSeq: undefined,
    // What was accepted for another transaction is not obeyed in this one.
    reassert: it.reassert || it.ledger.commands.length > 0,
    ...(it.ledger.fallbackIdleA === undefined && it.contact.step === 'done'
      ? { contact: CONTACT_START }
      : {}),
  }));
}

/**
 * A transaction that we took for over, or by a clock that was behind for older than the one before it, goes on,
 * and nothing else runs on its EVSE. Only news of after that end shows it, by more than clocks may differ:
 * what was queued before it shows nothing.
 */
export function resumed(draft: Draft, session: Session, atMs: number): Session {
  const { evseId } = session;
  if (draft.evses.get(evseId)?.transactionId !== undefined) return session;
  const current = currentSession(draft, evseId);
  const overAtMs = session.phase === 'active' ? lastAtMs(current) : presumedAtMs(session);
  const marginMs = 2 * draft.site.settings.skewSec * 1000;
  if (overAtMs === undefined || atMs <= overAtMs + marginMs) return session;
  if (current !== undefined && current.id !== session.id) {
    draft.sessions.set(current.id, transition(current, { type: 'unplugged', atMs }));
  }
  const next = transition(session, { type: 'resumed' });
  draft.sessions.set(next.id, next);
  run(draft, evseId, next);
  return next;
}

function presumedAtMs({ endPresumed, endedAtMs = 0 }: Session): number | undefined {
  return endPresumed === undefined ? undefined : endedAtMs;
}

/** When the session that an EVSE was last known to have was over, or began. */
function lastAtMs(current: Session | undefined): number {
  return current?.endedAtMs ?? current?.startedAtMs ?? current?.pluggedInAtMs ?? 0;
}

/**
 * What a station means that ends a transaction without knowing its number: the only one that it runs,
 * or the only one of the token shown, begun before that end.
 */
export function unnamedRunning(draft: Draft, event: Ended): Session | undefined {
  const running = [...draft.sessions.values()].filter(
    (it) =>
      it.stationId === event.stationId &&
      it.phase === 'active' &&
      (it.startedAtMs ?? it.pluggedInAtMs) <= event.atMs,
  );
  const shown = event.endedBy?.idToken;
  const own =
    shown === undefined || running.length < 2
      ? running
      : running.filter((it) => it.idToken !== undefined && isSameToken(it.idToken, shown));
  return own.length === 1 ? own[0] : undefined;
}
