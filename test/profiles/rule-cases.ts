/** Profiles and facts to test the rules with: a plain one of each, and single changes to them. */
import type {
  InstalledPeriod,
  InstalledProfile,
  InstalledSchedule,
  RuleFacts,
} from '../../profiles/index.js';

export const GOOD: InstalledProfile = {
  id: 2001,
  evseNumber: 1,
  stackLevel: 0,
  purpose: 'tx',
  kind: 'absolute',
  transactionId: '17',
  schedules: [{ id: 1, startAtMs: 0, unit: 'A', periods: [{ startSec: 0, limit: { l1: 16 } }] }],
};

export const FACTS: RuleFacts = {
  version: 'ocpp2.1',
  smartChargingAvailable: true,
  units: ['A'],
  evseCount: 2,
  transactions: [{ evseNumber: 1, transactionId: '17' }],
  installed: [],
  stackLevelMax: 3,
  periodsMax: 4,
  supplyPhaseCount: 3,
  phaseSwitching: true,
  features: [],
  additionalPurposes: [],
};

export const DEFAULT: InstalledProfile = withoutTransaction({
  ...GOOD,
  id: 1001,
  purpose: 'tx-default',
});
export const STATION_MAX: InstalledProfile = withoutTransaction({
  ...GOOD,
  id: 3000,
  purpose: 'station-max',
  evseNumber: 0,
});
export const PRIORITY: InstalledProfile = withoutTransaction({
  ...GOOD,
  id: 50,
  purpose: 'priority-charging',
});

export interface RuleCase {
  readonly rule: string;
  readonly profile?: InstalledProfile;
  readonly facts?: Partial<RuleFacts>;
  /** Rules that the same change cannot help breaking. */
  readonly also?: readonly string[];
}

export function thrice<T>(list: readonly T[]): readonly T[] {
  return [...list, ...list, ...list];
}

export function withPeriods(...startsSec: readonly number[]): InstalledProfile {
  return withSchedule({ periods: startsSec.map((startSec) => ({ startSec, limit: { l1: 6 } })) });
}

export function named36(): InstalledProfile {
  return { ...GOOD, transactionId: 'x'.repeat(36) };
}

export function runs36(): Partial<RuleFacts> {
  return { transactions: [{ evseNumber: 1, transactionId: 'x'.repeat(36) }] };
}

export function withSchedule(
  change: Partial<InstalledSchedule>,
  profile: InstalledProfile = GOOD,
): InstalledProfile {
  return {
    ...profile,
    schedules: profile.schedules.map((schedule) => ({ ...schedule, ...change })),
  };
}

export function withPeriod(
  change: Partial<InstalledPeriod>,
  profile: InstalledProfile = GOOD,
): InstalledProfile {
  const periods = profile.schedules.flatMap((schedule) =>
    schedule.periods.map((period) => ({ ...period, ...change })),
  );
  return withSchedule({ periods }, profile);
}

export function withoutTransaction(profile: InstalledProfile): InstalledProfile {
  return without(profile, 'transactionId');
}

export function withoutStart(profile: InstalledProfile): InstalledProfile {
  return {
    ...profile,
    schedules: profile.schedules.map((schedule) => without(schedule, 'startAtMs')),
  };
}

function without<T extends object>(value: T, name: keyof T): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)) as T;
}
