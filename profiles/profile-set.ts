/** What a station holds after it obeyed a command. */
import type { ChargingProfile } from './charging-profile.js';
import type { ProfileClear, ProfileSet } from './command.js';
import type { ProfileVersion } from './installed-profile.js';

/**
 * Applies a command to the profiles of a station. The same id replaces; in 1.6 so does the same
 * purpose and stack level on the same connector. In 2.x that is refused as a duplicate: then
 * nothing changes.
 */
export function applyProfileCommand(
  installed: readonly ChargingProfile[],
  command: ProfileSet | ProfileClear,
  version: ProfileVersion,
): readonly ChargingProfile[] {
  if (command.kind === 'clear-charging-profile') {
    return installed.filter((profile) => !isCleared(profile, command));
  }
  const { profile } = command;
  const others = installed.filter(({ id }) => id !== profile.id);
  const rivals = others.filter((other) => isRival(other, profile, version));
  if (version !== 'ocpp1.6' && rivals.length > 0) return installed;
  return [...others.filter((other) => !rivals.includes(other)), profile];
}

/** Two profiles with different ids that cannot stand beside each other. */
export function isRival(a: ChargingProfile, b: ChargingProfile, version: ProfileVersion): boolean {
  if (a.id === b.id || a.purpose !== b.purpose || a.stackLevel !== b.stackLevel) return false;
  if (a.evseNumber === b.evseNumber) return true;
  return (
    version !== 'ocpp1.6' &&
    a.purpose === 'tx-default' &&
    (a.evseNumber === 0 || b.evseNumber === 0)
  );
}

function isCleared(profile: ChargingProfile, { profileId, criteria }: ProfileClear): boolean {
  if (profileId !== undefined) return profile.id === profileId;
  if (!criteria) return false;
  const { evseNumber, purpose, stackLevel } = criteria;
  return (
    (evseNumber === undefined || evseNumber === profile.evseNumber) &&
    (purpose === undefined || purpose === profile.purpose) &&
    (stackLevel === undefined || stackLevel === profile.stackLevel)
  );
}
