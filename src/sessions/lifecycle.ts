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
      return start(session, fact);
    case 'sampled':
      return fact.samples.reduce(sample, session);
    case 'ended':
      return end(session, fact);
    case 'unplugged':
      if (session.phase === 'active' || session.phase === 'ended') return session;
      return { ...session, phase: 'ended', endedAtMs: session.endedAtMs ?? fact.atMs };
    case 'claimed':
      return { ...session, claim: fact.claim };
  }
}

function start(session: Session, fact: SessionFact & { type: 'started' }): Session {
  if (session.transactionId !== undefined && session.phase !== 'plugged') {
    if (session.meterStartWh !== undefined || fact.meterStartWh === undefined) return session;
    return { ...session, meterStartWh: fact.meterStartWh };
  }
  return {
    ...session,
    phase: 'active',
    transactionId: fact.transactionId,
    startedAtMs: fact.atMs,
    ...(fact.idToken === undefined ? {} : { idToken: fact.idToken }),
    ...(fact.meterStartWh === undefined
      ? {}
      : { meterStartWh: fact.meterStartWh, meterLastWh: fact.meterStartWh }),
  };
}

/** Registers only rise; the live values follow the newest sample by its own time. */
function sample(session: Session, reading: MeterSample): Session {
  const energyWh = reading.energyWh;
  const rises = energyWh !== undefined && energyWh >= (session.meterLastWh ?? 0);
  const newest = reading.atMs >= (session.sampledAtMs ?? 0);
  const current = reading.currentA;
  return {
    ...session,
    ...(rises
      ? {
          meterLastWh: energyWh,
          meterLastAtMs: reading.atMs,
          meterStartWh: session.meterStartWh ?? energyWh,
        }
      : {}),
    ...(newest ? { sampledAtMs: reading.atMs } : {}),
    ...(newest && current !== undefined
      ? { drawnA: [current[0] ?? 0, current[1] ?? 0, current[2] ?? 0] as const }
      : {}),
    ...(newest && reading.powerW !== undefined ? { powerW: reading.powerW } : {}),
    ...(newest && reading.socFraction !== undefined ? { socFraction: reading.socFraction } : {}),
  };
}

function end(session: Session, fact: SessionFact & { type: 'ended' }): Session {
  const register =
    fact.meterStopWh === undefined
      ? session
      : sample(session, { atMs: fact.atMs, energyWh: fact.meterStopWh });
  return {
    ...register,
    phase: register.phase === 'ended' ? 'ended' : 'finished',
    endedAtMs: register.endedAtMs ?? fact.atMs,
    drawnA: [0, 0, 0],
    powerW: 0,
    ...(fact.reason === undefined ? {} : { stopReason: fact.reason }),
  };
}
