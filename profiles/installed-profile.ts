/**
 * A charging profile as a station stores it, without a protocol version but with everything that
 * OCPP 1.6, 2.0.1 and 2.1 can say. What the oracle and the rules read; ours and foreign ones alike.
 */
import type { ChargingProfile, ProfilePurpose, RateUnit } from './charging-profile.js';

export type ProfileVersion = 'ocpp1.6' | 'ocpp2.0.1' | 'ocpp2.1';

export type InstalledPurpose =
  | ProfilePurpose
  /** Set by others (energy manager, grid operator) on the station; 2.x. */
  | 'external-constraints'
  /** Overrules the transaction's profiles while it is activated; 2.1. */
  | 'priority-charging'
  /** Capacity on top of the grid's limits, not a limit; 2.1. */
  | 'local-generation';

export type ProfileKind = 'absolute' | 'recurring' | 'relative' | 'dynamic';

/** Who decides within the period, OCPP 2.1; absent means `charging-only`. */
export type OperationMode =
  | 'idle'
  | 'charging-only'
  | 'central-setpoint'
  | 'external-setpoint'
  | 'external-limits'
  | 'central-frequency'
  | 'local-frequency'
  | 'local-load-balancing';

/** A per phase, or W: in total when alone, of phase L1 when l2 or l3 is given too (2.1). */
export interface PhaseValue {
  readonly l1?: number;
  readonly l2?: number;
  readonly l3?: number;
}

export interface InstalledPeriod {
  /** Seconds from the start of the schedule. */
  readonly startSec: number;
  /** Upper bound of charging; >= 0. */
  readonly limit?: PhaseValue;
  /** Lower bound, <= 0: how much may be discharged (2.1). */
  readonly dischargeLimit?: PhaseValue;
  /** To be reached and held; negative discharges (2.1). */
  readonly setpoint?: PhaseValue;
  readonly setpointReactive?: PhaseValue;
  readonly numberPhases?: number;
  readonly phaseToUse?: number;
  readonly operationMode?: OperationMode;
  readonly evseSleep?: boolean;
  readonly v2xBaselineW?: number;
  readonly v2xFreqWattPointCount?: number;
}

export interface InstalledSchedule {
  /** 2.x. */
  readonly id?: number;
  /** Epoch ms; with `useLocalTime` the station's wall time, written as if it were UTC. */
  readonly startAtMs?: number;
  readonly durationSec?: number;
  readonly unit: RateUnit;
  readonly periods: readonly InstalledPeriod[];
  readonly minChargingRate?: number;
  /** startAtMs is the station's wall time: the same hour in summer and winter (2.1). */
  readonly useLocalTime?: boolean;
  readonly randomizedDelaySec?: number;
  readonly limitAtSoc?: { readonly socPercent: number; readonly limit: number };
}

export interface InstalledProfile {
  readonly id: number;
  /** 0 is the whole station (1.6: connectorId 0). */
  readonly evseNumber: number;
  readonly stackLevel: number;
  readonly purpose: InstalledPurpose;
  readonly kind: ProfileKind;
  readonly recurrency?: 'daily' | 'weekly';
  readonly validFromMs?: number;
  readonly validToMs?: number;
  readonly transactionId?: string;
  /** One in 1.6; up to three in 2.x, of which the vehicle picks one. */
  readonly schedules: readonly InstalledSchedule[];
  /** Valid for this long after the link is lost, s (2.1); absent: for ever. */
  readonly maxOfflineSec?: number;
  /** What lapsed by maxOfflineSec stays invalid when the link is back (2.1). */
  readonly invalidAfterOffline?: boolean;
  readonly dynUpdateIntervalSec?: number;
  readonly dynUpdateAtMs?: number;
}

/** How a profile of ours looks once a station has stored it. */
export function installedFrom(profile: ChargingProfile): InstalledProfile {
  return {
    id: profile.id,
    evseNumber: profile.evseNumber,
    stackLevel: profile.stackLevel,
    purpose: profile.purpose,
    kind: profile.kind ?? 'absolute',
    ...(profile.transactionId === undefined ? {} : { transactionId: profile.transactionId }),
    ...(profile.maxOfflineSec === undefined
      ? {}
      : { maxOfflineSec: profile.maxOfflineSec, invalidAfterOffline: true }),
    schedules: [
      {
        id: profile.id,
        ...(profile.kind === 'relative' ? {} : { startAtMs: profile.startAtMs }),
        unit: profile.unit,
        periods: profile.periods.map(({ startSec, limit, numberPhases, phaseToUse }) => ({
          startSec,
          limit: { l1: limit },
          ...(numberPhases === undefined ? {} : { numberPhases }),
          ...(phaseToUse === undefined ? {} : { phaseToUse }),
        })),
      },
    ],
  };
}
