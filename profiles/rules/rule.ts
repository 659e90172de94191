/** A rule of the standard as data: its name, the versions that have it, and its check. */
import type { Violation } from '../../solver/index.js';
import type { RateUnit } from '../charging-profile.js';
import type { InstalledProfile, ProfileVersion } from '../installed-profile.js';

/** What must be known of a station to judge a profile before it is sent. */
export interface RuleFacts {
  readonly version: ProfileVersion;
  readonly smartChargingAvailable: boolean;
  readonly units: readonly RateUnit[];
  readonly evseCount: number;
  readonly transactions: readonly { readonly evseNumber: number; readonly transactionId: string }[];
  readonly installed: readonly InstalledProfile[];
  readonly stackLevelMax: number;
  readonly periodsMax: number;
  /** MaxChargingProfilesInstalled (1.6), Entries(ChargingProfiles) (2.x); absent: not declared. */
  readonly profilesMax?: number;
  /** 0 for DC. */
  readonly supplyPhaseCount: 0 | 1 | 2 | 3;
  /** ACPhaseSwitchingSupported (2.x), ConnectorSwitch3to1PhaseSupported (1.6). */
  readonly phaseSwitching: boolean;
  /** 2.1 SupportsFeature. */
  readonly features: readonly ProfileFeature[];
  /** 2.1 SupportedAdditionalPurposes. */
  readonly additionalPurposes: readonly ('priority-charging' | 'local-generation')[];
  /** 2.1 MaxExternalConstraintsId: lower ids belong to the station. */
  readonly externalConstraintsIdMax?: number;
  /** 2.1 UpdateRateLimit: no update of this profile's EVSE before this instant. */
  readonly updateNotBeforeMs?: number;
  /** Needed where updateNotBeforeMs is given. */
  readonly nowMs?: number;
}

export type ProfileFeature =
  | 'dynamic-profiles'
  | 'use-local-time'
  | 'randomized-delay'
  | 'limit-at-soc'
  | 'evse-sleep';

/** What is wrong, without the rule's name. */
export interface Fault {
  readonly field: string;
  readonly message: string;
}

export interface ProfileRule {
  /** Requirement id of 2.x where there is one, then the rule in words. */
  readonly name: string;
  readonly versions: readonly ProfileVersion[];
  readonly check: (profile: InstalledProfile, facts: RuleFacts) => readonly Fault[];
}

export const EVERY_VERSION = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'] as const;
export const ONLY_2 = ['ocpp2.0.1', 'ocpp2.1'] as const;
export const ONLY_21 = ['ocpp2.1'] as const;

/** The rules that a profile breaks, named; empty when the station must take it. */
export function violationsOf(
  rules: readonly ProfileRule[],
  profile: InstalledProfile,
  facts: RuleFacts,
): Violation[] {
  const violations: Violation[] = [];
  for (const { name, versions, check } of rules) {
    if (!versions.includes(facts.version)) continue;
    for (const fault of check(profile, facts)) violations.push({ rule: name, ...fault });
  }
  return violations;
}

const NO_FAULT: readonly Fault[] = [];

/** One fault, or none. */
export function faultIf(wrong: boolean, field: string, message: string): readonly Fault[] {
  return wrong ? [{ field, message }] : NO_FAULT;
}
