/** Checks a profile against the standard before it is sent. */
import type { Violation } from '../../solver/index.js';
import type { InstalledProfile, InstalledPurpose, ProfileVersion } from '../installed-profile.js';
import { EXTENSION_RULES } from './extensions.js';
import { PURPOSE_RULES } from './purpose.js';
import { violationsOf, type ProfileRule, type RuleFacts } from './rule.js';
import { STATION_RULES } from './station.js';
import { STRUCTURE_RULES } from './structure.js';

/** Every rule, by group; `versions` says which of them bind a 1.6 station. */
export const PROFILE_RULES: readonly ProfileRule[] = [
  ...STRUCTURE_RULES,
  ...STATION_RULES,
  ...PURPOSE_RULES,
  ...EXTENSION_RULES,
];

/**
 * The rules that a profile breaks on this station, with requirement ids; empty when it may be sent.
 * A profile is judged as it will stand on the station: `wire` writes it, `readProfile` reads it.
 */
export function checkProfile(profile: InstalledProfile, facts: RuleFacts): Violation[] {
  return violationsOf(PROFILE_RULES, profile, facts);
}

/** The criteria of a ClearChargingProfile, as far as a rule concerns them. */
export interface ClearFacts {
  readonly profileId?: number;
  readonly criteria?: { readonly purpose?: InstalledPurpose };
}

/** Rules on clearing. `clear-names-something` is ours: an empty request clears everything. */
export function checkClear(clear: ClearFacts, version: ProfileVersion): Violation[] {
  const violations: Violation[] = [];
  if (version !== 'ocpp1.6' && clear.criteria?.purpose === 'external-constraints') {
    violations.push({
      rule: 'K10.FR.06 clear-leaves-external-constraints',
      field: '/criteria/purpose',
      message: 'external constraints are not ours to clear',
    });
  }
  const criteriaCount = Object.keys(clear.criteria ?? {}).length;
  if ((clear.profileId === undefined) === (criteriaCount === 0)) {
    violations.push({
      rule: 'clear-names-something',
      field: '',
      message: 'a clear names an id or criteria, never both and never neither',
    });
  }
  return violations;
}
