/** A charging profile as a virtual station stores it, whatever protocol brought it. */

export type Purpose = 'station-max' | 'tx-default' | 'tx';
export type RateUnit = 'A' | 'W';

export interface Period {
  /** Seconds from the start of the schedule. */
  readonly startSec: number;
  /** A per phase or W in total. */
  readonly limit: number;
  readonly numberPhases?: number;
}

export interface Profile {
  readonly id: number;
  /** 0 is the whole station. */
  readonly evseNumber: number;
  readonly purpose: Purpose;
  readonly stackLevel: number;
  readonly kind: 'absolute' | 'recurring' | 'relative';
  /** A day or a week; present exactly on recurring profiles. */
  readonly recurrenceSec?: number;
  readonly startAtMs?: number;
  readonly durationSec?: number;
  readonly validFromMs?: number;
  readonly validToMs?: number;
  readonly transactionId?: string;
  readonly unit: RateUnit;
  readonly periods: readonly Period[];
  readonly receivedAtMs: number;
}
