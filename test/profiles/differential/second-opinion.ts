/** The virtual station's answer to a world, and where it differs from the prediction. */
import {
  predictComposite,
  type CompositeStationFacts,
  type InstalledPeriod,
  type InstalledProfile,
} from '../../../profiles/index.js';
import type { CompositeInput } from '../../../simulator/station/composite.js';
import {
  followedByEvse,
  followedByStation,
  type FollowedPeriod,
} from '../../../simulator/station/composite-schedule.js';
import type { Limit, Profile } from '../../../simulator/station/profile.js';
import type { ProfileWorld } from './profile-world.js';

/** Sums in another order differ by float noise; OCPP knows a tenth. */
const LIMIT_TOLERANCE = 1e-6;
const RECURRENCE_SEC = { daily: 86_400, weekly: 604_800 };

export interface Difference {
  readonly predicted: readonly FollowedPeriod[];
  readonly followed: readonly FollowedPeriod[];
}

/** Undefined where both say the same. */
export function differenceIn(world: ProfileWorld): Difference | undefined {
  const predicted = predicted1(world);
  const followed = followedIn(world);
  const isSame =
    predicted.length === followed.length &&
    predicted.every((period, index) => saysTheSame(period, followed[index]));
  return isSame ? undefined : { predicted, followed };
}

/** The number of periods in what both say: a campaign of empty answers would prove nothing. */
export function periodCount(world: ProfileWorld): number {
  return followedIn(world).length;
}

function predicted1({ profiles, station, request }: ProfileWorld): FollowedPeriod[] {
  return predictComposite(profiles, station, request).periods.map((period) => {
    const { startSec, limit, limitL2, limitL3, numberPhases } = period;
    const isSplit = limitL2 !== undefined && limitL3 !== undefined;
    return {
      startSec,
      limit: isSplit ? [limit, limitL2, limitL3] : limit,
      ...(numberPhases === undefined ? {} : { numberPhases }),
    };
  });
}

function followedIn(world: ProfileWorld): readonly FollowedPeriod[] {
  const { station, request } = world;
  const asked = {
    fromMs: request.fromMs,
    durationSec: (request.toMs - request.fromMs) / 1000,
    unit: request.unit,
    defaultLimit: request.unit === 'A' ? station.defaultLimitA : station.defaultLimitW,
  };
  if (request.evseNumber > 0) return followedByEvse(inputOf(world, request.evseNumber), asked);
  const inputs = Array.from({ length: station.evseCount }, (_, index) => inputOf(world, index + 1));
  return followedByStation(inputs, asked);
}

function inputOf({ profiles, station, request }: ProfileWorld, evseNumber: number): CompositeInput {
  const { offlineSinceMs, onlineAgainAtMs, utcOffsets = [], missingPhaseCount } = station;
  const transaction = transactionOn(station, evseNumber, request.fromMs);
  return {
    profiles: profiles.map((profile) => storedBy(profile, request.fromMs)),
    evseNumber,
    ownDefaultReplaces: station.version === 'ocpp1.6',
    idleIsFree: true,
    voltageV: station.voltageV,
    phaseCount: station.defaultPhaseCount,
    clockOffsets: utcOffsets.map(({ fromMs, offsetSec }) => ({
      sinceMs: fromMs,
      aheadSec: offsetSec,
    })),
    ...(missingPhaseCount === undefined ? {} : { missingPhaseCount }),
    ...(transaction === undefined ? {} : { transaction }),
    ...(offlineSinceMs === undefined
      ? {}
      : {
          linkLost: {
            fromMs: offlineSinceMs,
            ...(onlineAgainAtMs === undefined ? {} : { toMs: onlineAgainAtMs }),
          },
        }),
  };
}

function transactionOn(
  station: CompositeStationFacts,
  evseNumber: number,
  fromMs: number,
): CompositeInput['transaction'] {
  const running = station.transactions.find((it) => it.evseNumber === evseNumber);
  if (running === undefined) {
    if (!station.assumeTransactions) return undefined;
    return { id: undefined, startedAtMs: fromMs, isAssumed: true };
  }
  return {
    id: running.transactionId,
    startedAtMs: running.startedAtMs ?? fromMs,
    ...(running.priorityActive === true ? { hasPriority: true } : {}),
    ...(running.socPercent === undefined ? {} : { socPercent: running.socPercent }),
  };
}

function storedBy(profile: InstalledProfile, receivedAtMs: number): Profile {
  const { id, evseNumber, stackLevel, purpose, kind, recurrency, maxOfflineSec } = profile;
  const [schedule] = profile.schedules;
  if (schedule === undefined) throw new Error(`profile ${id} has no schedule`);
  const { unit, durationSec, limitAtSoc } = schedule;
  const updatedAtMs = kind === 'dynamic' ? profile.dynUpdateAtMs : undefined;
  const startAtMs = updatedAtMs ?? schedule.startAtMs;
  return {
    id,
    evseNumber,
    purpose,
    stackLevel,
    kind,
    unit,
    receivedAtMs,
    periods: schedule.periods.map(storedPeriod),
    ...(kind === 'recurring' ? { recurrenceSec: RECURRENCE_SEC[recurrency ?? 'daily'] } : {}),
    ...(startAtMs === undefined ? {} : { startAtMs }),
    ...(schedule.useLocalTime === true && updatedAtMs === undefined ? { isLocalTime: true } : {}),
    ...(durationSec === undefined ? {} : { durationSec }),
    ...(profile.validFromMs === undefined ? {} : { validFromMs: profile.validFromMs }),
    ...(profile.validToMs === undefined ? {} : { validToMs: profile.validToMs }),
    ...(profile.transactionId === undefined ? {} : { transactionId: profile.transactionId }),
    ...(limitAtSoc === undefined
      ? {}
      : { limitAtSoc: { percent: limitAtSoc.socPercent, limit: limitAtSoc.limit } }),
    ...(maxOfflineSec === undefined
      ? {}
      : {
          offline: {
            validSec: maxOfflineSec,
            endsForGood: profile.invalidAfterOffline === true,
          },
        }),
  };
}

function storedPeriod({
  startSec,
  limit = {},
  numberPhases,
}: InstalledPeriod): Profile['periods'][number] {
  const { l1 = 0, l2, l3 } = limit;
  const isSplit = l2 !== undefined || l3 !== undefined;
  return {
    startSec,
    limit: isSplit ? [l1, l2 ?? l1, l3 ?? l1] : l1,
    ...(numberPhases === undefined ? {} : { numberPhases }),
  };
}

function saysTheSame(a: FollowedPeriod, b: FollowedPeriod | undefined): boolean {
  if (b === undefined || a.startSec !== b.startSec || a.numberPhases !== b.numberPhases)
    return false;
  const [ofA, ofB] = [phases(a.limit), phases(b.limit)];
  return ofA.every((value, index) => Math.abs(value - (ofB[index] ?? NaN)) <= LIMIT_TOLERANCE);
}

const phases = (limit: Limit): readonly number[] =>
  typeof limit === 'number' ? [limit, limit, limit] : limit;
