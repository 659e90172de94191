/** The session state machine: (session, fact) -> session. Pure; the same fact twice changes nothing. */
import type { EvseId, SessionId, StationId } from '../../solver/index.js';
import type { MeterSample } from '../ocpp/messages.js';
import type { Session, SessionClaim } from './session.js';

export type SessionFact =
  | {
      readonly type: 'started';
      readonly transactionId: string;
      readonly idToken?: string;
      readonly meterStartWh?: number;
      readonly atMs: number;
    }
  | { readonly type: 'sampled'; readonly samples: readonly MeterSample[] }
  | {
      readonly type: 'ended';
      readonly atMs: number;
      readonly meterStopWh?: number;
      readonly reason?: string;
    }
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
    vehicle: { satisfied: false },
  };
}

/**
 * ```
 * plugged --started--> active --ended--> finished --unplugged--> ended
 *    \____________________unplugged_____________________________/
 * ```
 * A transaction that is still running outlives a status `Available` (some stations report it while
 * plugged): `unplugged` ends only what is not active. Retries and duplicates are harmless.
 */
export function transition(session: Session, fact: SessionFact): Session {
  switch (fact.type) {
    case 'started':
      return start(touched(session), fact);
    case 'sampled':
      return fact.samples.reduce(sample, touched(session));
    case 'ended':
      return end(touched(session), fact);
    case 'unplugged':
      if (session.phase === 'active' || session.phase === 'ended') return session;
      return { ...session, phase: 'ended', endedAtMs: session.endedAtMs ?? fact.atMs };
    case 'claimed':
      return session.phase === 'ended' ? session : { ...session, claim: fact.claim };
  }
}

/** News of a session that is over: it is not forgotten for some time yet. */
function touched(session: Session): Session {
  const { overSinceMs: _, ...rest } = session;
  return rest;
}

/** What the start says is final, also where samples or the end arrived before it. */
function start(session: Session, fact: SessionFact & { type: 'started' }): Session {
  const isPlugged = session.phase === 'plugged';
  const { meterStartWh } = fact;
  const lastWh = isPlugged ? meterStartWh : Math.max(session.meterLastWh ?? 0, meterStartWh ?? 0);
  return {
    ...session,
    phase: isPlugged ? 'active' : session.phase,
    transactionId: fact.transactionId,
    pluggedInAtMs: Math.min(session.pluggedInAtMs, fact.atMs),
    startedAtMs: fact.atMs,
    ...(fact.idToken === undefined ? {} : { idToken: fact.idToken }),
    ...(meterStartWh === undefined || lastWh === undefined
      ? {}
      : { meterStartWh, meterLastWh: lastWh }),
  };
}

/** Registers only rise, and not after the end; the live values follow the newest sample. */
function sample(session: Session, reading: MeterSample): Session {
  const newest = reading.atMs >= (session.sampledAtMs ?? 0);
  const current = reading.currentA;
  const isAfterEnd = session.endedAtMs !== undefined && reading.atMs > session.endedAtMs;
  return {
    ...(isAfterEnd ? session : metered(session, reading.energyWh, reading.atMs)),
    ...(newest ? { sampledAtMs: reading.atMs } : {}),
    ...(newest && current !== undefined
      ? { drawnA: [current[0] ?? 0, current[1] ?? 0, current[2] ?? 0] as const }
      : {}),
    ...(newest && reading.powerW !== undefined ? { powerW: reading.powerW } : {}),
    ...(newest && reading.socFraction !== undefined ? { socFraction: reading.socFraction } : {}),
  };
}

function metered(session: Session, energyWh: number | undefined, atMs: number): Session {
  if (energyWh === undefined || energyWh < (session.meterLastWh ?? 0)) return session;
  const meterStartWh = session.meterStartWh ?? energyWh;
  return { ...session, meterLastWh: energyWh, meterLastAtMs: atMs, meterStartWh };
}

/** The station's own word on its end replaces what we had guessed. */
function end(session: Session, fact: SessionFact & { type: 'ended' }): Session {
  return {
    ...metered(session, fact.meterStopWh, fact.atMs),
    phase: session.phase === 'ended' ? 'ended' : 'finished',
    endedAtMs: fact.atMs,
    drawnA: [0, 0, 0],
    powerW: 0,
    ...(fact.reason === undefined ? {} : { stopReason: fact.reason }),
  };
}
