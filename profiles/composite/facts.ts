/** What the oracle must know of a station beside its profiles. */
import type { RateUnit } from '../charging-profile.js';
import type { ProfileVersion } from '../installed-profile.js';

/** A transaction that runs, or that is assumed to run. */
export interface TransactionFacts {
  readonly evseNumber: number;
  /** Absent: assumed, matches no TxProfile that names another transaction. */
  readonly transactionId?: string;
  /** Absent: relative schedules start with the window. */
  readonly startedAtMs?: number;
  /** PriorityCharging is activated for it (2.1). */
  readonly priorityActive?: boolean;
  /** Which of several schedules the vehicle picked (2.x); absent: the first. */
  readonly selectedScheduleId?: number;
  /** State of charge, assumed to stay (2.1 limitAtSoC); absent: not known, nothing is lowered. */
  readonly socPercent?: number;
}

/** Station-local wall time minus UTC from an instant on. */
export interface UtcOffset {
  readonly fromMs: number;
  readonly offsetSec: number;
}

export interface StationFacts {
  readonly version: ProfileVersion;
  readonly evseCount: number;
  readonly transactions: readonly TransactionFacts[];
  /** Assume a transaction on every EVSE that has none: TxProfiles then count whatever they name. */
  readonly assumeTransactions: boolean;
  /** What the station allows an EVSE where no profile applies, per unit. */
  readonly defaultLimitA: number;
  readonly defaultLimitW: number;
  /** Phases that a conversion between A and W assumes where no profile names them. */
  readonly defaultPhaseCount: number;
  /** Line to neutral, for conversions. */
  readonly voltageV: number;
  /** What the station takes for an absent numberPhases; absent: it stays absent (1.6, DC). */
  readonly missingPhaseCount?: number;
  /** Since when the link is down; profiles with maxOfflineSec lapse (2.1). Absent: linked. */
  readonly offlineSinceMs?: number;
  /** Needed with offlineSinceMs where the link came back: what lapsed may be valid again (2.1). */
  readonly onlineAgainAtMs?: number;
  /**
   * Ascending, for schedules that use local time (2.1); the first counts before its instant too.
   * Absent: local time is UTC.
   */
  readonly utcOffsets?: readonly UtcOffset[];
}

/** What was asked: the EVSE (0 = the whole station), when, and in which unit. */
export interface CompositeRequest {
  readonly evseNumber: number;
  readonly fromMs: number;
  /** After fromMs; equal to it asks for the instant. */
  readonly toMs: number;
  readonly unit: RateUnit;
}
