/** A session: plug-in to plug-out of one vehicle, as we see it. It may contain a transaction. */
import type { PerChannel, EvseId, SessionId, StationId } from '../../solver/index.js';
import type { MeterBook } from './meter-book.js';
import { type MeterReading, readMeter } from './meter-reading.js';
import type { SequenceSeen } from './sequence-seen.js';
import type { AuthorizationStatus } from './token.js';

/**
 * - `plugged`   something is plugged in, no transaction yet
 * - `active`    a transaction runs
 * - `finished`  the transaction has ended, the vehicle may still be plugged in
 * - `ended`     over; never changes again except for late messages of its own transaction
 */
export type SessionPhase = 'plugged' | 'active' | 'finished' | 'ended';

export interface Session {
  readonly id: SessionId;
  readonly evseId: EvseId;
  readonly stationId: StationId;
  readonly phase: SessionPhase;
  readonly transactionId?: string | undefined;
  readonly idToken?: string | undefined;
  /** What the station was told about `idToken`; absent: it showed none. */
  readonly authorization?: SessionAuthorization | undefined;
  readonly pluggedInAtMs: number;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  /** When we noticed that it is `ended`; it is forgotten some hours after. Not the station's time. */
  readonly overSinceMs?: number | undefined;
  readonly meterStartWh?: number | undefined;
  /** The highest register that was acknowledged to the station; never falls. */
  readonly meterLastWh?: number | undefined;
  readonly meterLastAtMs?: number | undefined;
  readonly meter?: MeterBook | undefined;
  /** What registers of this station were found to count in earlier sessions. */
  readonly registerUnit?: 'kWh' | undefined;
  readonly stopReason?: string | undefined;
  /** The station did not say that it ended: we take it for over, and it may go on. */
  readonly endPresumed?: PresumedEnd | undefined;
  /** The token that ended the transaction, where one did. */
  readonly endedBy?: { readonly idToken: string; readonly groupId?: string } | undefined;
  readonly marks?: readonly SessionMark[] | undefined;
  /** 2.x: which messages of the transaction have arrived. */
  readonly sequence?: SequenceSeen | undefined;
  /** A transaction that was refused goes on: how often it was told to stop, and when last. */
  readonly stopAsked?: { readonly count: number; readonly atMs: number } | undefined;
  /** What the driver or an owner said: absolute, so that time and energy can pass under it. */
  readonly claim?: SessionClaim | undefined;
  /** The vehicle, as learnt from what it draws. */
  readonly vehicle: VehicleLearnt;
  readonly drawnA?: PerChannel<number> | undefined;
  readonly powerW?: number | undefined;
  readonly socFraction?: number | undefined;
  readonly sampledAtMs?: number | undefined;
}

/**
 * - `power-loss`   the EVSE was free again after a boot
 * - `superseded`   another transaction started on the EVSE
 * - `start-unseen` only messages of hours ago are known of it
 */
export type PresumedEnd = 'power-loss' | 'superseded' | 'start-unseen';

/**
 * - `start-told`      the station's own word on the start has arrived
 * - `started-offline` it came long after
 * - `clock-went-back` the end was told to be before the start
 * - `resumed`         it went on after we had taken it for over
 */
export type SessionMark = 'start-told' | 'started-offline' | 'clock-went-back' | 'resumed';

export interface SessionAuthorization {
  readonly status: AuthorizationStatus;
  readonly groupId?: string | undefined;
  /** By the station's clock; the earliest token of a transaction is the one that pays. */
  readonly atMs: number;
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
  readonly currentMaxA?: number | undefined;
  /** Since when it has drawn clearly less than it was allowed. */
  readonly belowSinceMs?: number | undefined;
  /** The most that it has drawn since then, A. */
  readonly belowHighA?: number | undefined;
  /** How often it drew up to what was learnt, and was given more. */
  readonly grownCount?: number | undefined;
  /** The channels of the supply that it uses; absent: nothing but all of its EVSE was seen. */
  readonly channels?: PerChannel<boolean> | undefined;
  /** It has stopped asking for energy. */
  readonly satisfied: boolean;
  /** Since when it was on while it last drew; absent: it has stopped by itself since then. */
  readonly drewOnMs?: number | undefined;
  /** False: paused once, it did not draw again by itself. */
  readonly resumes?: false | undefined;
  /** It still does not, although current is on offer again: since when that is known. */
  readonly asleepSinceMs?: number | undefined;
}

/** What the meter of the session says, all its messages considered. */
export function meterReading(session: Session): MeterReading {
  const { meter, meterLastWh, meterStartWh, endedAtMs, registerUnit: unitBefore } = session;
  if (meter === undefined) {
    if (meterLastWh === undefined || meterStartWh === undefined) return { quirks: [] };
    return { energyWh: Math.max(0, meterLastWh - meterStartWh), quirks: [] };
  }
  return readMeter(meter, {
    startedAtMs: session.startedAtMs ?? session.pluggedInAtMs,
    endedAtMs,
    unitBefore,
  });
}

/** Energy delivered so far, Wh; undefined until something is known. */
export function energyDeliveredWh(session: Session): number | undefined {
  return meterReading(session).energyWh;
}

/** The station was told that this token may not charge. */
export function isRefused({ authorization }: Session): boolean {
  return authorization !== undefined && authorization.status !== 'Accepted';
}

/** Less than this is a rounding of what somebody typed. */
export const NEED_MET_WH = 100;

/** It has all that was said to be wanted. */
export function isNeedMet(session: Session): boolean {
  const need = remainingNeed(session);
  return need !== undefined && need.energyWh < NEED_MET_WH;
}

/** What is still needed at `nowMs`; undefined without a claim. */
export function remainingNeed(
  session: Session,
): { energyWh: number; departureAtMs: number } | undefined {
  if (session.claim === undefined) return undefined;
  const energyWh = Math.max(0, session.claim.energyWh - (energyDeliveredWh(session) ?? 0));
  return { energyWh, departureAtMs: session.claim.departureAtMs };
}
