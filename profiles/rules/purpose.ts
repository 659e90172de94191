/** Rules on what each purpose may look like, and on its neighbours on the station. */
import type { InstalledProfile } from '../installed-profile.js';
import { EVERY_VERSION, faultIf, ONLY_2, ONLY_21, type ProfileRule } from './rule.js';

export const PURPOSE_RULES: readonly ProfileRule[] = [
  {
    name: 'K01.FR.22 external-constraints-not-ours',
    versions: ONLY_2,
    check: ({ purpose }) =>
      faultIf(
        purpose === 'external-constraints',
        '/purpose',
        'external constraints are set by others than the CSMS',
      ),
  },
  {
    name: 'K01.FR.03 station-max-on-station',
    versions: EVERY_VERSION,
    check: ({ purpose, evseNumber }) =>
      faultIf(
        purpose === 'station-max' && evseNumber !== 0,
        '/evseNumber',
        `a station maximum on EVSE ${evseNumber}`,
      ),
  },
  {
    name: 'K01.FR.38 station-max-not-relative',
    versions: ONLY_2,
    check: ({ purpose, kind }) =>
      faultIf(
        purpose === 'station-max' && kind === 'relative',
        '/kind',
        'a station maximum has no transaction to be relative to',
      ),
  },
  {
    name: 'K01.FR.16 tx-profile-on-evse',
    versions: EVERY_VERSION,
    check: ({ purpose, evseNumber }) =>
      faultIf(
        purpose === 'tx' && evseNumber < 1,
        '/evseNumber',
        'a TxProfile on the whole station',
      ),
  },
  {
    name: 'K01.FR.03 tx-profile-names-transaction',
    versions: EVERY_VERSION,
    check: ({ purpose, transactionId }) =>
      faultIf(
        purpose === 'tx' && transactionId === undefined,
        '/transactionId',
        'a TxProfile without transactionId',
      ),
  },
  {
    name: 'K01.FR.09 tx-profile-needs-transaction',
    versions: EVERY_VERSION,
    check: ({ purpose, evseNumber }, { transactions }) =>
      faultIf(
        purpose === 'tx' &&
          !transactions.some((transaction) => transaction.evseNumber === evseNumber),
        '/evseNumber',
        `no transaction runs on EVSE ${evseNumber}`,
      ),
  },
  {
    name: 'K01.FR.33 tx-profile-matches-transaction',
    versions: EVERY_VERSION,
    check: ({ purpose, evseNumber, transactionId }, { transactions }) => {
      const running = transactions.find((transaction) => transaction.evseNumber === evseNumber);
      return faultIf(
        purpose === 'tx' &&
          running !== undefined &&
          transactionId !== undefined &&
          running.transactionId !== transactionId,
        '/transactionId',
        `${transactionId} is not ${running?.transactionId}, which runs on EVSE ${evseNumber}`,
      );
    },
  },
  {
    name: 'transaction-id-form',
    versions: EVERY_VERSION,
    check: ({ transactionId }, { version }) => {
      if (transactionId === undefined) return [];
      const form = version === 'ocpp1.6' ? /^-?\d{1,10}$/ : /^.{1,36}$/;
      return faultIf(
        !form.test(transactionId),
        '/transactionId',
        `${transactionId} is no transactionId of ${version}`,
      );
    },
  },
  {
    name: 'K01.FR.39 one-tx-profile-per-level',
    versions: ONLY_2,
    check: (profile, { installed }) =>
      duplicateFaults(
        profile,
        installed.filter(
          (other) =>
            profile.purpose === 'tx' &&
            other.purpose === 'tx' &&
            other.transactionId === profile.transactionId &&
            other.stackLevel === profile.stackLevel,
        ),
      ),
  },
  {
    name: 'K01.FR.06 one-profile-per-level',
    versions: ONLY_2,
    check: (profile, { installed }) =>
      duplicateFaults(
        profile,
        installed.filter(
          (other) =>
            profile.purpose !== 'tx' &&
            isSameLevel(profile, other) &&
            other.evseNumber === profile.evseNumber &&
            validityOverlaps(profile, other),
        ),
      ),
  },
  {
    name: 'K01.FR.52 no-evse-default-at-level',
    versions: ONLY_2,
    check: (profile, { installed }) =>
      duplicateFaults(
        profile,
        installed.filter(
          (other) =>
            profile.purpose === 'tx-default' &&
            profile.evseNumber === 0 &&
            isSameLevel(profile, other) &&
            other.evseNumber > 0,
        ),
      ),
  },
  {
    name: 'K01.FR.53 no-station-default-at-level',
    versions: ONLY_2,
    check: (profile, { installed }) =>
      duplicateFaults(
        profile,
        installed.filter(
          (other) =>
            profile.purpose === 'tx-default' &&
            profile.evseNumber > 0 &&
            isSameLevel(profile, other) &&
            other.evseNumber === 0,
        ),
      ),
  },
  {
    name: 'K01.FR.120 purpose-supported',
    versions: ONLY_21,
    check: ({ purpose }, { additionalPurposes }) =>
      faultIf(
        (purpose === 'priority-charging' || purpose === 'local-generation') &&
          !additionalPurposes.includes(purpose),
        '/purpose',
        `the station does not support ${purpose}`,
      ),
  },
  {
    name: 'purpose-of-version',
    versions: ['ocpp1.6', 'ocpp2.0.1'],
    check: ({ purpose, kind }, { version }) => {
      const unknown =
        purpose === 'priority-charging' ||
        purpose === 'local-generation' ||
        (purpose === 'external-constraints' && version === 'ocpp1.6') ||
        kind === 'dynamic';
      return faultIf(unknown, '/purpose', `${version} has no ${purpose}, ${kind}`);
    },
  },
];

/** A profile with the same id is replaced, so it is no duplicate. */
function duplicateFaults(profile: InstalledProfile, others: readonly InstalledProfile[]) {
  return others
    .filter((other) => other.id !== profile.id)
    .map((other) => ({
      field: '/stackLevel',
      message: `profile ${other.id} has this purpose and level on EVSE ${other.evseNumber}`,
    }));
}

function isSameLevel(a: InstalledProfile, b: InstalledProfile): boolean {
  return a.purpose === b.purpose && a.stackLevel === b.stackLevel;
}

function validityOverlaps(a: InstalledProfile, b: InstalledProfile): boolean {
  const fromMs = Math.max(a.validFromMs ?? -Infinity, b.validFromMs ?? -Infinity);
  const toMs = Math.min(a.validToMs ?? Infinity, b.validToMs ?? Infinity);
  return fromMs < toMs;
}
