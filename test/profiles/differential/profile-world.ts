/**
 * Sets of profiles as a station may hold them, with the station around them and a question. Kept
 * out, because the standard does not decide them: two profiles of one purpose and level in force at
 * once, a Relative station maximum (it has no transaction to be relative to), and sums over EVSEs
 * of limits per phase.
 */
import {
  checkProfile,
  type CompositeRequest,
  type CompositeStationFacts,
  type InstalledPeriod,
  type InstalledProfile,
  type InstalledPurpose,
  type InstalledSchedule,
  type ProfileKind,
  type ProfileVersion,
  type RateUnit,
  type TransactionFacts,
} from '../../../profiles/index.js';
import { dice, type Dice } from '../../sim/random.js';

export interface ProfileWorld {
  readonly profiles: readonly InstalledProfile[];
  readonly station: CompositeStationFacts;
  readonly request: CompositeRequest;
}

/** Around the start and the end of summer time in Europe, and between. */
const BASES_MS: readonly [number, ...number[]] = [
  Date.UTC(2025, 2, 29, 12),
  Date.UTC(2025, 5, 2, 10),
  Date.UTC(2025, 9, 25, 12),
];
const OFFSETS = [
  { fromMs: Date.UTC(2024, 9, 27, 1), offsetSec: 3600 },
  { fromMs: Date.UTC(2025, 2, 30, 1), offsetSec: 7200 },
  { fromMs: Date.UTC(2025, 9, 26, 1), offsetSec: 3600 },
];
const DAY_SEC = 86_400;
const TRIES_MAX = 12;
/** Others set them, they are stale, or came with a remote start: a station may hold them. */
const HELD_ANYWAY = new Set([
  'K01.FR.22 external-constraints-not-ours',
  'K01.FR.03 tx-profile-names-transaction',
  'K01.FR.09 tx-profile-needs-transaction',
  'K01.FR.33 tx-profile-matches-transaction',
]);

export function profileWorld(seed: number): ProfileWorld {
  const roll = dice(seed, 'profiles');
  const version = roll.pick<ProfileVersion>(['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1']);
  const baseMs = roll.pick(BASES_MS) + roll.int(0, DAY_SEC) * 1000;
  const evseCount = roll.int(1, 3);
  const durationSec = roll.pick([0, 900, 3600, DAY_SEC, 3 * DAY_SEC, 10 * DAY_SEC]);
  const request = {
    evseNumber: roll.int(0, evseCount),
    fromMs: baseMs,
    toMs: baseMs + durationSec * 1000,
    unit: roll.pick<RateUnit>(['A', 'W']),
  };
  const station = stationFacts(roll, version, { baseMs, evseCount, durationSec });
  const mayBePerPhase = version === 'ocpp2.1' && request.evseNumber > 0 && roll.chance(0.3);
  const profiles: InstalledProfile[] = [];
  const tries = roll.int(1, TRIES_MAX);
  for (let id = 1; id <= tries; id += 1) {
    const profile = oneProfile(roll, { id, version, baseMs, evseCount, mayBePerPhase });
    if (isHeld(profile, profiles, station)) profiles.push(profile);
  }
  return { profiles, station, request };
}

function stationFacts(
  roll: Dice,
  version: ProfileVersion,
  at: { readonly baseMs: number; readonly evseCount: number; readonly durationSec: number },
): CompositeStationFacts {
  const transactions: TransactionFacts[] = [];
  for (let evseNumber = 1; evseNumber <= at.evseCount; evseNumber += 1) {
    if (roll.chance(0.3)) continue;
    transactions.push({
      evseNumber,
      transactionId: roll.pick(['1', '2', '3']),
      ...(roll.chance(0.8) ? { startedAtMs: at.baseMs - roll.int(0, 2 * DAY_SEC) * 1000 } : {}),
      ...(version === 'ocpp2.1' && roll.chance(0.5) ? { priorityActive: true } : {}),
      ...(version === 'ocpp2.1' && roll.chance(0.5) ? { socPercent: roll.int(0, 100) } : {}),
    });
  }
  const lostAtMs = at.baseMs + roll.int(-3600, at.durationSec) * 1000;
  const isLost = version === 'ocpp2.1' && roll.chance(0.5);
  return {
    version,
    evseCount: at.evseCount,
    transactions,
    assumeTransactions: roll.chance(0.4),
    defaultLimitA: 48,
    defaultLimitW: 33_120,
    defaultPhaseCount: 3,
    voltageV: 230,
    ...(version === 'ocpp1.6' || roll.chance(0.2) ? {} : { missingPhaseCount: 3 }),
    ...(version === 'ocpp2.1' ? { utcOffsets: OFFSETS } : {}),
    ...(isLost ? { offlineSinceMs: lostAtMs } : {}),
    ...(isLost && roll.chance(0.5)
      ? { onlineAgainAtMs: lostAtMs + roll.int(0, at.durationSec) * 1000 }
      : {}),
  };
}

interface ProfileFrame {
  readonly id: number;
  readonly version: ProfileVersion;
  readonly baseMs: number;
  readonly evseCount: number;
  readonly mayBePerPhase: boolean;
}

function oneProfile(roll: Dice, frame: ProfileFrame): InstalledProfile {
  const { id, version, baseMs, evseCount } = frame;
  const purpose = roll.pick(purposesOf(version));
  const kind = roll.pick(kindsOf(version, purpose));
  const isWhole = purpose === 'station-max' || (purpose !== 'tx' && roll.chance(0.4));
  const fromMs = baseMs + roll.int(-2 * DAY_SEC, 2 * DAY_SEC) * 1000;
  const toMs = fromMs + roll.int(600, 5 * DAY_SEC) * 1000;
  const is21 = version === 'ocpp2.1';
  return {
    id,
    evseNumber: isWhole ? 0 : roll.int(1, evseCount),
    stackLevel: roll.int(0, 4),
    purpose,
    kind,
    ...(kind === 'recurring' ? { recurrency: roll.pick(['daily', 'weekly'] as const) } : {}),
    ...(roll.chance(0.25) ? { validFromMs: fromMs } : {}),
    ...(roll.chance(0.25) ? { validToMs: toMs } : {}),
    ...(purpose === 'tx' && roll.chance(0.9) ? { transactionId: roll.pick(['1', '2', '3']) } : {}),
    ...(is21 && roll.chance(0.4) ? { maxOfflineSec: roll.pick([0, 60, 3600, DAY_SEC]) } : {}),
    ...(is21 && roll.chance(0.3) ? { invalidAfterOffline: roll.chance(0.7) } : {}),
    ...(kind === 'dynamic' && roll.chance(0.7)
      ? { dynUpdateAtMs: baseMs + roll.int(-DAY_SEC, 3600) * 1000 }
      : {}),
    schedules: [oneSchedule(roll, frame, { kind, purpose })],
  };
}

function purposesOf(version: ProfileVersion): [InstalledPurpose, ...InstalledPurpose[]] {
  const common: [InstalledPurpose, ...InstalledPurpose[]] = [
    'tx',
    'tx',
    'tx-default',
    'tx-default',
    'station-max',
  ];
  if (version === 'ocpp1.6') return common;
  if (version === 'ocpp2.0.1') return [...common, 'external-constraints'];
  return [...common, 'external-constraints', 'priority-charging', 'local-generation'];
}

function kindsOf(
  version: ProfileVersion,
  purpose: InstalledPurpose,
): [ProfileKind, ...ProfileKind[]] {
  const fixed: [ProfileKind, ...ProfileKind[]] = ['absolute', 'recurring'];
  if (version === 'ocpp2.1') fixed.push('dynamic');
  const hasTransaction = ['tx', 'tx-default', 'priority-charging'].includes(purpose);
  return hasTransaction ? [...fixed, 'relative'] : fixed;
}

function oneSchedule(
  roll: Dice,
  { id, version, baseMs, mayBePerPhase }: ProfileFrame,
  { kind, purpose }: { readonly kind: ProfileKind; readonly purpose: InstalledPurpose },
): InstalledSchedule {
  const unit = roll.pick<RateUnit>(['A', 'W']);
  const startAtMs = baseMs + roll.int(-9 * DAY_SEC, 2 * DAY_SEC) * 1000;
  const isWritten = kind !== 'relative' && (version !== 'ocpp1.6' || roll.chance(0.9));
  const isPerPhase = mayBePerPhase && purpose !== 'local-generation';
  const is21 = version === 'ocpp2.1';
  return {
    id,
    unit,
    periods: somePeriods(roll, unit, isPerPhase),
    ...(isWritten ? { startAtMs } : {}),
    ...(roll.chance(0.5) && purpose !== 'priority-charging'
      ? { durationSec: roll.pick([60, 3600, 30_000, DAY_SEC, 9 * DAY_SEC]) }
      : {}),
    ...(is21 && isWritten && roll.chance(0.5) ? { useLocalTime: true } : {}),
    ...(is21 && roll.chance(0.3)
      ? { limitAtSoc: { socPercent: roll.int(0, 100), limit: someLimit(roll, unit) } }
      : {}),
  };
}

function somePeriods(roll: Dice, unit: RateUnit, mayBePerPhase: boolean): InstalledPeriod[] {
  const periods: InstalledPeriod[] = [];
  let startSec = 0;
  for (let count = roll.int(1, 5); count > 0; count -= 1) {
    const numberPhases = roll.pick([undefined, 1, 2, 3]);
    const isPerPhase = mayBePerPhase && roll.chance(0.5);
    periods.push({
      startSec,
      limit: {
        l1: someLimit(roll, unit),
        ...(isPerPhase && roll.chance(0.8) ? { l2: someLimit(roll, unit) } : {}),
        ...(isPerPhase && roll.chance(0.8) ? { l3: someLimit(roll, unit) } : {}),
      },
      ...(numberPhases === undefined ? {} : { numberPhases }),
    });
    startSec += roll.pick([1, 600, 3600, 20_000, DAY_SEC]);
  }
  return periods;
}

function someLimit(roll: Dice, unit: RateUnit): number {
  if (roll.chance(0.1)) return 0;
  return unit === 'A' ? roll.int(60, 400) / 10 : roll.int(14, 220) * 100;
}

function isHeld(
  profile: InstalledProfile,
  installed: readonly InstalledProfile[],
  { version, evseCount, transactions }: CompositeStationFacts,
): boolean {
  const isTied = installed.some(
    (other) =>
      other.purpose === profile.purpose &&
      other.stackLevel === profile.stackLevel &&
      (other.evseNumber === profile.evseNumber || other.evseNumber * profile.evseNumber === 0),
  );
  if (isTied) return false;
  const broken = checkProfile(profile, {
    version,
    evseCount,
    installed,
    smartChargingAvailable: true,
    units: ['A', 'W'],
    transactions: transactions.map(({ evseNumber, transactionId = '' }) => ({
      evseNumber,
      transactionId,
    })),
    stackLevelMax: 4,
    periodsMax: 1024,
    supplyPhaseCount: 3,
    phaseSwitching: false,
    features: ['dynamic-profiles', 'use-local-time', 'limit-at-soc'],
    additionalPurposes: ['priority-charging', 'local-generation'],
  });
  return broken.every(({ rule }) => HELD_ANYWAY.has(rule));
}
