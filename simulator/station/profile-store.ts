/** The profiles installed on a virtual station, and its reasons to refuse one. */
import type { SiteFileVersion } from '../site-file.js';
import { leastOf } from './composite.js';
import type { Profile, Purpose, RateUnit } from './profile.js';
import type { Fuss } from './traits.js';

export interface StoreRules {
  readonly version: SiteFileVersion;
  readonly evseNumbers: readonly number[];
  readonly units: readonly RateUnit[];
  /** What it really takes, whatever it declares. */
  readonly stackLevelMax: number;
  readonly periodsMax: number;
  readonly profilesMax: number;
  readonly fuss?: Fuss;
  /** What somebody else left on it. */
  readonly installed?: readonly Profile[];
  /** This transaction limit is refused, and takes the one in force with it. */
  readonly deletesWithRefusal?: () => boolean;
}

/** Reason codes of 2.0.1; 1.6 says Rejected without one. */
export type Refusal =
  | 'UnsupportedRateUnit'
  | 'InvalidStackLevel'
  | 'TxNotFound'
  | 'InvalidProfile'
  | 'InvalidSchedule'
  | 'DuplicateProfile'
  | 'UnknownEvse'
  | 'TooManyProfiles';

export interface ClearFilter {
  readonly id?: number;
  readonly evseNumber?: number;
  readonly purpose?: Purpose;
  readonly stackLevel?: number;
}

export interface ProfileStore {
  all(): readonly Profile[];
  /**
   * Stores a profile or says why not; `transactionId` is the one running on its EVSE. A TxProfile
   * of a remote start comes without transaction.
   */
  install(profile: Profile, transactionId: string | undefined): Refusal | undefined;
  /** Removes what matches every given criterion and says how many. */
  clear(filter: ClearFilter): number;
  /** A TxProfile ends with its transaction. */
  endTransaction(evseNumber: number): void;
  /** The link is back: what had lapsed for good without it is gone (2.1). */
  linkBack(lost: { readonly fromMs: number; readonly toMs: number }): void;
  /** Defaults and maximums persist over a reboot. */
  reboot(): void;
}

export function createProfileStore(rules: StoreRules): ProfileStore {
  let profiles: readonly Profile[] = rules.installed ?? [];
  return {
    all: () => profiles,
    install(profile, transactionId) {
      const refusal = refusalOf(profile, rules, transactionId, profiles);
      if (refusal !== undefined) return refusal;
      if (profile.purpose === 'tx' && rules.deletesWithRefusal?.() === true) {
        profiles = profiles.filter((old) => !replaces(profile, old, rules));
        return 'TooManyProfiles';
      }
      if (rules.fuss === 'keeps-old' && profiles.some((old) => isKept(old, profile))) {
        return undefined;
      }
      profiles = [...profiles.filter((old) => !replaces(profile, old, rules)), profile];
      return undefined;
    },
    clear(filter) {
      const kept = profiles.filter((profile) => !matches(profile, filter));
      const count = profiles.length - kept.length;
      profiles = kept;
      return count;
    },
    endTransaction(evseNumber) {
      profiles = profiles.filter((p) => p.purpose !== 'tx' || p.evseNumber !== evseNumber);
    },
    linkBack({ fromMs, toMs }) {
      profiles = profiles.filter(({ offline }) => {
        if (offline === undefined || !offline.endsForGood) return true;
        return fromMs + offline.validSec * 1000 > toMs;
      });
    },
    reboot() {
      profiles = profiles.filter((profile) => profile.purpose !== 'tx');
    },
  };
}

/** The same id replaces; in 1.6 also the same purpose and stack level on the same connector. */
function replaces(profile: Profile, old: Profile, rules: StoreRules): boolean {
  if (old.id === profile.id) return true;
  return rules.version === 'ocpp1.6' && isSamePlace(profile, old);
}

const isKept = (old: Profile, { id, purpose, transactionId }: Profile): boolean =>
  purpose === 'tx' && old.id === id && old.transactionId === transactionId;

const isSamePlace = (a: Profile, b: Profile): boolean =>
  a.evseNumber === b.evseNumber && a.purpose === b.purpose && a.stackLevel === b.stackLevel;

function matches(profile: Profile, filter: ClearFilter): boolean {
  return (
    (filter.id === undefined || filter.id === profile.id) &&
    (filter.evseNumber === undefined || filter.evseNumber === profile.evseNumber) &&
    (filter.purpose === undefined || filter.purpose === profile.purpose) &&
    (filter.stackLevel === undefined || filter.stackLevel === profile.stackLevel)
  );
}

function refusalOf(
  profile: Profile,
  rules: StoreRules,
  transactionId: string | undefined,
  installed: readonly Profile[],
): Refusal | undefined {
  const { purpose, evseNumber } = profile;
  if (evseNumber !== 0 && !rules.evseNumbers.includes(evseNumber)) return 'UnknownEvse';
  if (purpose === 'station-max' && evseNumber !== 0) return 'InvalidProfile';
  if (purpose === 'station-max' && profile.kind === 'relative') return 'InvalidProfile';
  if (purpose === 'tx' && evseNumber === 0) return 'InvalidProfile';
  if (purpose === 'tx' && transactionId === undefined) return 'TxNotFound';
  if (purpose === 'tx' && profile.transactionId !== transactionId) return 'TxNotFound';
  if (profile.stackLevel < 0 || profile.stackLevel > rules.stackLevelMax) {
    return 'InvalidStackLevel';
  }
  if (!takes(profile, rules.fuss)) return 'InvalidProfile';
  if (!rules.units.includes(profile.unit)) return 'UnsupportedRateUnit';
  if (!isScheduleSound(profile, rules)) return 'InvalidSchedule';
  const others = installed.filter((old) => old.id !== profile.id);
  if (rules.version !== 'ocpp1.6' && others.some((old) => isDuplicate(profile, old))) {
    return 'DuplicateProfile';
  }
  return others.length >= rules.profilesMax ? 'TooManyProfiles' : undefined;
}

function takes({ purpose, kind, stackLevel }: Profile, fuss: Fuss | undefined): boolean {
  switch (fuss) {
    case 'no-tx':
      return purpose !== 'tx';
    case 'max-only':
      return purpose === 'station-max';
    case 'relative-only':
      return kind === 'relative';
    case 'level-0':
      return stackLevel === 0;
    default:
      return true;
  }
}

/** K01.FR.31, FR.35, FR.40, FR.41. */
function isScheduleSound(profile: Profile, rules: StoreRules): boolean {
  const { periods, kind } = profile;
  if (periods.length === 0 || periods.length > rules.periodsMax) return false;
  if (periods[0]?.startSec !== 0) return false;
  for (const [index, period] of periods.entries()) {
    const before = periods[index - 1];
    if (before !== undefined && period.startSec <= before.startSec) return false;
    if (!(leastOf(period.limit) >= 0)) return false;
  }
  if (rules.version === 'ocpp1.6') return true;
  return (profile.startAtMs === undefined) === (kind === 'relative');
}

/** K01.FR.39 and FR.53: two profiles of one purpose and level may not both hold at a time. */
function isDuplicate(profile: Profile, old: Profile): boolean {
  if (old.purpose !== profile.purpose || old.stackLevel !== profile.stackLevel) return false;
  const sameScope =
    old.evseNumber === profile.evseNumber ||
    (profile.purpose === 'tx-default' && (old.evseNumber === 0 || profile.evseNumber === 0));
  const overlaps =
    (old.validFromMs ?? Number.NEGATIVE_INFINITY) <
      (profile.validToMs ?? Number.POSITIVE_INFINITY) &&
    (profile.validFromMs ?? Number.NEGATIVE_INFINITY) < (old.validToMs ?? Number.POSITIVE_INFINITY);
  return sameScope && overlaps;
}
