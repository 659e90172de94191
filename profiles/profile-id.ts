/** Fixed ids: exactly one TxDefaultProfile and one TxProfile of ours per EVSE, one level each. */
import type { ChargingProfile, ProfilePurpose } from './charging-profile.js';

/** Highest EVSE number whose ids stay apart: 1001..1999, 2001..2999, 3000..3999. */
export const EVSE_NUMBER_MAX = 999;

/**
 * Some stations know level 0 only; each purpose has a stack of its own, so one level serves all.
 */
export const STACK_LEVEL = 0;

const ID_BASE: Readonly<Record<ProfilePurpose, number>> = {
  'tx-default': 1000,
  tx: 2000,
  'station-max': 3000,
};

const PURPOSES = Object.keys(ID_BASE) as readonly ProfilePurpose[];

/** The highest of `ID_BASE`, of any EVSE. */
const ID_MAX = 3999;
const INTEGER_MAX = 2 ** 31 - 1;

/**
 * The id under which we install the profile of a purpose on an EVSE: 1000 + n the TxDefaultProfile,
 * 2000 + n the TxProfile, 3000 the station maximum, each above `externalIdMax` where that reaches them
 * (K01.FR.81). A positive 32-bit integer, so that a new profile always overwrites ours and nothing else.
 * Preconditions: 0 <= evseNumber <= EVSE_NUMBER_MAX; `externalIdMax` leaves room (`leavesRoomForIds`).
 */
export function profileIdOf(
  purpose: ProfilePurpose,
  evseNumber: number,
  externalIdMax: number | undefined,
): number {
  const lowest = ID_BASE['tx-default'];
  const above = externalIdMax === undefined || externalIdMax < lowest ? 0 : externalIdMax;
  return above + ID_BASE[purpose] + evseNumber;
}

/**
 * Where what we install under an id is; undefined for ids of others, and for ours above those that a
 * station keeps for itself (2.1).
 */
export function placeOfId(
  profileId: number,
): Pick<ChargingProfile, 'purpose' | 'evseNumber'> | undefined {
  for (const purpose of PURPOSES) {
    const evseNumber = profileId - ID_BASE[purpose];
    const first = purpose === 'station-max' ? 0 : 1;
    const last = purpose === 'station-max' ? 0 : EVSE_NUMBER_MAX;
    if (evseNumber >= first && evseNumber <= last) return { purpose, evseNumber };
  }
  return undefined;
}

/** Whether ids above this one are integers of OCPP. */
export function leavesRoomForIds(externalIdMax: number): boolean {
  return externalIdMax <= INTEGER_MAX - ID_MAX;
}

/** True for a profile that we installed; anything else is foreign (R11). */
export function isOurProfile(
  profile: Pick<ChargingProfile, 'id' | 'purpose' | 'evseNumber' | 'stackLevel'>,
  externalIdMax: number | undefined,
): boolean {
  return (
    profile.id === profileIdOf(profile.purpose, profile.evseNumber, externalIdMax) &&
    profile.stackLevel === STACK_LEVEL
  );
}
