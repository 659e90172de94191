/** The session state machine: (session, fact) -> session. Pure; the same fact twice changes nothing. */
import type { EvseId, SessionId, StationId } from '../../solver/index.js';
import type { MeterSample, ShownToken } from '../ocpp/messages.js';
import { NOT_LEARNT } from './learn-vehicle.js';
import { type MeterBook, usableRegister, withPoint } from './meter-book.js';
import { CLOSING_MS } from './meter-reading.js';
import { withNumber } from './sequence-seen.js';
import type { PresumedEnd, Session, SessionClaim, SessionMark } from './session.js';

export type SessionFact =
  | {
      readonly type: 'started';
      readonly transactionId: string;
      readonly idToken?: string;
      readonly authorization?: ShownToken;
      readonly meterStartWh?: number;
      readonly seqNo?: number;
      readonly atMs: number;
      readonly offline?: boolean;
    }
  | { readonly type: 'authorized'; readonly token: ShownToken; readonly atMs: number }
  | { readonly type: 'sampled'; readonly samples: readonly MeterSample[] }
  | { readonly type: 'numbered'; readonly seqNo: number }
  | {
      readonly type: 'ended';
      readonly atMs: number;
      readonly meterStopWh?: number;
      readonly reason?: string;
      readonly endedBy?: ShownToken;
    }
  /** Nobody said so, but it cannot run any more. */
  | {
      readonly type: 'presumed-ended';
      readonly atMs: number;
      readonly cause: PresumedEnd;
    }
  /** It runs, although we had taken it for over. */
  | { readonly type: 'resumed' }
  | { readonly type: 'unplugged'; readonly atMs: number }
  | { readonly type: 'claimed'; readonly claim: SessionClaim };

/** A vehicle was plugged in. */
export function openSession(options: {
  readonly id: SessionId;
  readonly evseId: EvseId;
  readonly stationId: StationId;
  readonly atMs: number;
}): Session {
  return {
    id: options.id,
    evseId: options.evseId,
    stationId: options.stationId,
    phase: 'plugged',
    pluggedInAtMs: options.atMs,
    vehicle: NOT_LEARNT,
  };
}

/**
 * ```
 * plugged --started--> active --ended--> finished --unplugged--> ended
 *    \          \____resumed (presumed)_____/________________/     /
 *     \_____________________unplugged_____________________________/
 * ```
 * A transaction that is still running outlives a status `Available` (some stations report it while
 * plugged): `unplugged` ends only what is not active. Retries and duplicates are harmless.
 */
export function transition(session: Session, fact: SessionFact): Session {
  switch (fact.type) {
    case 'started':
      return start(touched(session), fact);
    case 'authorized':
      return authorize(session, fact);
    case 'sampled':
      return fact.samples.reduce(sample, touched(session));
    case 'numbered':
      return { ...session, sequence: withNumber(session.sequence ?? [], fact.seqNo) };
    case 'ended':
      return end(touched(session), fact);
    case 'presumed-ended':
      return presume(touched(session), fact);
    case 'resumed':
      return resume(touched(session));
    case 'unplugged':
      if (session.phase === 'active' || session.phase === 'ended') return session;
      return { ...session, phase: 'ended', endedAtMs: session.endedAtMs ?? fact.atMs };
    case 'claimed':
      return session.phase === 'ended' ? session : { ...session, claim: fact.claim };
  }
}

/** News of a session that is over: it is not forgotten for some time yet. */
function touched(session: Session): Session {
  return session.overSinceMs === undefined ? session : { ...session, overSinceMs: undefined };
}

/** What the start says is final, also where samples or the end arrived before it. */
function start(told: Session, fact: SessionFact & { type: 'started' }): Session {
  const session = told.endPresumed === 'start-unseen' ? reopened(told) : told;
  const isPlugged = session.phase === 'plugged';
  const meterStartWh = usableRegister(fact.meterStartWh);
  const lastWh = isPlugged ? meterStartWh : Math.max(session.meterLastWh ?? 0, meterStartWh ?? 0);
  const marks = addMark(session.marks, 'start-told');
  // What was measured while nothing ran is no part of the transaction.
  const known = isPlugged ? sinceStart(bookOf(session), fact.atMs) : bookOf(session);
  const book = meterStartWh === undefined ? known : { ...known, startWh: meterStartWh };
  const started: Session = {
    ...session,
    phase: isPlugged ? 'active' : session.phase,
    transactionId: fact.transactionId,
    pluggedInAtMs: Math.min(session.pluggedInAtMs, fact.atMs),
    startedAtMs: fact.atMs,
    marks: fact.offline === true ? addMark(marks, 'started-offline') : marks,
    ...(book === EMPTY_BOOK ? {} : { meter: book }),
    ...(fact.idToken === undefined ? {} : { idToken: fact.idToken }),
    ...(meterStartWh === undefined || lastWh === undefined
      ? {}
      : { meterStartWh, meterLastWh: lastWh }),
  };
  const ordered = inOrder(started);
  const { authorization: token, atMs } = fact;
  return token === undefined ? ordered : authorize(ordered, { type: 'authorized', token, atMs });
}

/** The earliest token of a transaction is the one that pays. */
function authorize(
  session: Session,
  { token, atMs }: Extract<SessionFact, { type: 'authorized' }>,
): Session {
  const known = session.authorization;
  if (known !== undefined && known.atMs < atMs) return session;
  const { idToken, status, groupId } = token;
  const authorization = { status, atMs, ...(groupId === undefined ? {} : { groupId }) };
  return { ...session, idToken, authorization };
}

/** The highest register stays; the live values follow the newest sample. */
function sample(session: Session, reading: MeterSample): Session {
  const newest = reading.atMs >= (session.sampledAtMs ?? 0);
  const current = reading.currentA;
  const counted = metered(session, reading);
  if (!newest) return counted;
  const { powerW, socFraction, drawnA } = session;
  return {
    ...counted,
    sampledAtMs: reading.atMs,
    drawnA: current === undefined ? drawnA : [current[0] ?? 0, current[1] ?? 0, current[2] ?? 0],
    powerW: reading.powerW ?? powerW,
    socFraction: reading.socFraction ?? socFraction,
  };
}

function metered(session: Session, { atMs, energyWh, powerW }: MeterSample): Session {
  const { endedAtMs, endPresumed } = session;
  // A vehicle that stays plugged is measured on; the transaction is over.
  const isOver = endedAtMs !== undefined && endPresumed === undefined;
  if (isOver && atMs > endedAtMs + CLOSING_MS) return session;
  const registerWh = usableRegister(energyWh);
  const meter = withPoint(bookOf(session), { atMs, registerWh, powerW });
  return { ...highest(session, registerWh, atMs), meter };
}

function highest(session: Session, registerWh: number | undefined, atMs: number): Session {
  if (registerWh === undefined || registerWh < (session.meterLastWh ?? 0)) return session;
  const meterStartWh = session.meterStartWh ?? registerWh;
  return { ...session, meterLastWh: registerWh, meterLastAtMs: atMs, meterStartWh };
}

const EMPTY_BOOK: MeterBook = { tail: [] };

function sinceStart(book: MeterBook, startedAtMs: number): MeterBook {
  const tail = book.tail.filter((it) => it.atMs >= startedAtMs);
  return tail.length === 0 ? EMPTY_BOOK : { tail };
}

/** Rows of before the book have registers alone. */
function bookOf({ meter, meterStartWh, meterLastWh, meterLastAtMs }: Session): MeterBook {
  if (meter !== undefined) return meter;
  const book = meterStartWh === undefined ? EMPTY_BOOK : { ...EMPTY_BOOK, startWh: meterStartWh };
  if (meterLastWh === undefined || meterLastAtMs === undefined) return book;
  return withPoint(book, { atMs: meterLastAtMs, registerWh: meterLastWh });
}

/** The station's own word on its end replaces what we had guessed. */
function end(session: Session, fact: SessionFact & { type: 'ended' }): Session {
  const told: Session = { ...session, endPresumed: undefined };
  const { endedBy } = fact;
  const stopWh = usableRegister(fact.meterStopWh);
  const meter = { ...bookOf(told), ...(stopWh === undefined ? {} : { stopWh }) };
  return inOrder({
    ...highest(told, stopWh, fact.atMs),
    meter,
    phase: session.phase === 'ended' ? 'ended' : 'finished',
    endedAtMs: fact.atMs,
    drawnA: [0, 0, 0],
    powerW: 0,
    ...(fact.reason === undefined ? {} : { stopReason: fact.reason }),
    ...(endedBy === undefined
      ? {}
      : {
          endedBy: {
            idToken: endedBy.idToken,
            ...(endedBy.groupId === undefined ? {} : { groupId: endedBy.groupId }),
          },
        }),
  });
}

/** A transaction of which nothing but its middle is known has no reason. */
const PRESUMED_REASON: Readonly<Partial<Record<PresumedEnd, string>>> = {
  'power-loss': 'PowerLoss',
  superseded: 'Superseded',
};

function presume(
  session: Session,
  { atMs, cause }: Extract<SessionFact, { type: 'presumed-ended' }>,
): Session {
  if (session.phase !== 'active') return session;
  const stopReason = PRESUMED_REASON[cause];
  return inOrder({
    ...session,
    phase: 'finished',
    endedAtMs: atMs,
    endPresumed: cause,
    ...(stopReason === undefined ? {} : { stopReason }),
    drawnA: [0, 0, 0],
    powerW: 0,
  });
}

function resume(session: Session): Session {
  if (session.endPresumed === undefined) return session;
  return { ...reopened(session), marks: addMark(session.marks, 'resumed') };
}

function reopened(session: Session): Session {
  return {
    ...session,
    endPresumed: undefined,
    endedAtMs: undefined,
    stopReason: undefined,
    phase: 'active',
  };
}

/** A clock that is set between start and end makes no negative time. */
function inOrder(session: Session): Session {
  const { startedAtMs, endedAtMs } = session;
  if (startedAtMs === undefined || endedAtMs === undefined || endedAtMs >= startedAtMs) {
    return session;
  }
  const marks = addMark(session.marks, 'clock-went-back');
  return { ...session, endedAtMs: startedAtMs, marks };
}

function addMark(marks: readonly SessionMark[] = [], mark: SessionMark): readonly SessionMark[] {
  return marks.includes(mark) ? marks : [...marks, mark].toSorted();
}
