/** Charging profiles without a protocol version: what `synthesise` makes and `wire/` writes. */

export type ProfilePurpose = 'station-max' | 'tx-default' | 'tx';

export type RateUnit = 'A' | 'W';

export interface SchedulePeriod {
  /** Seconds from the start of the schedule; the first is 0, then strictly increasing. */
  readonly startSec: number;
  /** A per phase, or W in total; 0 pauses. At most one decimal. */
  readonly limit: number;
  readonly numberPhases?: number;
  /** 2.x: the one that the EVSE is to use where it is to use one, as it numbers them (K01.FR.19). */
  readonly phaseToUse?: number;
}

/**
 * One OCPP charging profile, of kind Absolute unless it says otherwise. The last period is open-ended: no duration, so that
 * what holds after the lease is written in the profile and not left to the station.
 */
export interface ChargingProfile {
  readonly id: number;
  readonly stackLevel: number;
  readonly purpose: ProfilePurpose;
  /** The station's own number of the EVSE (1.6: connectorId); 0 is the whole station. */
  readonly evseNumber: number;
  /** Present exactly on purpose `tx`. 1.6 writes it as an integer. */
  readonly transactionId?: string;
  readonly startAtMs: number;
  /**
   * Its periods count from the start of the transaction, and `startAtMs` is not written: nobody
   * knows when they end, so that it earns no lease credit. Absent: Absolute.
   */
  readonly kind?: 'relative';
  /**
   * 2.1: without a link it holds this long, s, and then never again (maxOfflineDuration,
   * invalidAfterOfflineDuration). Absent: to its own end.
   */
  readonly maxOfflineSec?: number;
  readonly unit: RateUnit;
  readonly periods: readonly SchedulePeriod[];
}

/** What a station said that it will do, normalised: the answer of GetCompositeSchedule. */
export interface CompositeSchedule {
  readonly evseNumber: number;
  readonly startAtMs: number;
  readonly durationSec: number;
  readonly unit: RateUnit;
  readonly periods: readonly SchedulePeriod[];
}

/** What is known of a station's smart charging; defaults are the careful ones. */
export interface SmartChargingCapability {
  /** Units that the station takes. */
  readonly units: readonly RateUnit[];
  readonly stackLevelMax: number;
  readonly periodsMax: number;
  /** Steps of a limit that it represents exactly, A. */
  readonly stepA: number;
  /** It says that it switches a transaction between three phases and one. */
  readonly switchesPhases?: true;
  /** It says that it can be told which phase to use (K01.FR.20). */
  readonly takesPhaseToUse?: true;
  /** Ids up to this one are for limits of others: ours must be above it (K01.FR.81). Absent: any may be ours. */
  readonly externalIdMax?: number;
  /** Profiles that it holds at once, for all its EVSEs; absent: it does not say. */
  readonly profilesMax?: number;
  /** It says that it has no smart charging, or that it is switched off; absent: neither. */
  readonly smartCharging?: 'unavailable' | 'disabled';
}
