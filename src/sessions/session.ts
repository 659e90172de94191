/** A session: plug-in to plug-out of one vehicle, as we see it. It may contain a transaction. */
import type { PerChannel, EvseId, SessionId, StationId } from '../../solver/index.js';

/**
 * - `plugged`   something is plugged in, no transaction yet
 * - `active`    a transaction runs
 * - `finished`  the transaction has ended, the vehicle may still be plugged in
 * - `ended`     over; never changes again except for late meter values of its own transaction
 */
export type SessionPhase = 'plugged' | 'active' | 'finished' | 'ended';

export interface Session {
  readonly id: SessionId;
  readonly evseId: EvseId;
  readonly stationId: StationId;
  readonly phase: SessionPhase;
  readonly transactionId?: string;
  readonly idToken?: string;
  readonly pluggedInAtMs: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** When we noticed that it is `ended`; it is forgotten some hours after. Not the station's time. */
  readonly overSinceMs?: number;
  readonly meterStartWh?: number;
  /** The newest register that was acknowledged to the station; never falls. */
  readonly meterLastWh?: number;
  readonly meterLastAtMs?: number;
  readonly stopReason?: string;
  /** What the driver or an owner said: absolute, so that time and energy can pass under it. */
  readonly claim?: SessionClaim;
  /** The vehicle, as learnt from what it draws. */
  readonly vehicle: VehicleLearnt;
  readonly drawnA?: PerChannel<number>;
  readonly powerW?: number;
  readonly socFraction?: number;
  readonly sampledAtMs?: number;
}

export interface SessionClaim {
  readonly departureAtMs: number;
  /** Total energy wanted from the start of the transaction, Wh. */
  readonly energyWh: number;
  readonly setAtMs: number;
  readonly actor: string;
}

export interface VehicleLearnt {
  /** The vehicle takes no more than this, A; absent: not yet known. */
  readonly currentMaxA?: number;
  /** Since when it has drawn clearly less than it was allowed. */
  readonly belowSinceMs?: number;
  /** It has stopped asking for energy. */
  readonly satisfied: boolean;
}

/** Energy delivered so far, Wh; undefined until a register is known. */
export function energyDeliveredWh(session: Session): number | undefined {
  if (session.meterLastWh === undefined || session.meterStartWh === undefined) return undefined;
  return Math.max(0, session.meterLastWh - session.meterStartWh);
}

/** What is still needed at `nowMs`; undefined without a claim. */
export function remainingNeed(
  session: Session,
): { energyWh: number; departureAtMs: number } | undefined {
  if (session.claim === undefined) return undefined;
  const energyWh = Math.max(0, session.claim.energyWh - (energyDeliveredWh(session) ?? 0));
  return { energyWh, departureAtMs: session.claim.departureAtMs };
}
