/** What is asked of a station about its profiles; the gateway's commands have the same shape. */
import type { ChargingProfile, ProfilePurpose, RateUnit } from './charging-profile.js';

export interface ProfileSet {
  readonly kind: 'set-charging-profile';
  readonly profile: ChargingProfile;
}

/** By id, or by an AND of criteria. Never both, never neither: that would clear everything. */
export interface ProfileClear {
  readonly kind: 'clear-charging-profile';
  readonly profileId?: number;
  readonly criteria?: {
    readonly evseNumber?: number;
    readonly purpose?: ProfilePurpose;
    readonly stackLevel?: number;
  };
}

export interface CompositeQuery {
  readonly evseNumber: number;
  /** At least 1: stations answer a duration of 0 in different ways. */
  readonly durationSec: number;
  readonly unit?: RateUnit;
}
