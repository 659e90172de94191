/** A charging profile as a virtual station stores it, whatever protocol brought it. */

export type Purpose =
  | 'station-max'
  | 'tx-default'
  | 'tx'
  /** Set on the station itself; 2.x. */
  | 'external-constraints'
  /** 2.1. */
  | 'priority-charging'
  | 'local-generation';
export type RateUnit = 'A' | 'W';

/** One number, A on each phase or W in total; or one for each of L1, L2, L3 (2.1). */
export type Limit = number | readonly [number, number, number];

export interface Period {
  /** Seconds from the start of the schedule. */
  readonly startSec: number;
  readonly limit: Limit;
  readonly numberPhases?: number;
  /** 2.x, beside one phase. */
  readonly phaseToUse?: number;
}

export interface Profile {
  readonly id: number;
  /** 0 is the whole station. */
  readonly evseNumber: number;
  readonly purpose: Purpose;
  readonly stackLevel: number;
  readonly kind: 'absolute' | 'recurring' | 'relative' | 'dynamic';
  /** A day or a week; present exactly on recurring profiles. */
  readonly recurrenceSec?: number;
  readonly startAtMs?: number;
  /** startAtMs is what the wall clock shows, written as UTC (2.1). */
  readonly isLocalTime?: boolean;
  readonly durationSec?: number;
  readonly validFromMs?: number;
  readonly validToMs?: number;
  readonly transactionId?: string;
  readonly unit: RateUnit;
  readonly periods: readonly Period[];
  readonly receivedAtMs: number;
  /** From this state of charge on the rate is at most `limit` (2.1). */
  readonly limitAtSoc?: { readonly percent: number; readonly limit: number };
  /** Without a link it holds this long; then not again, or again with the link (2.1). */
  readonly offline?: { readonly validSec: number; readonly endsForGood: boolean };
}
