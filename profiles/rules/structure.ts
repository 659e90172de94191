/** Rules that a profile breaks by itself, whatever the station. */
import type { InstalledPeriod, InstalledProfile, InstalledSchedule } from '../installed-profile.js';
import { EVERY_VERSION, faultIf, ONLY_2, type Fault, type ProfileRule } from './rule.js';

const INT_MAX = 2 ** 31 - 1;
const TENTH_TOLERANCE = 1e-6;

export const STRUCTURE_RULES: readonly ProfileRule[] = [
  {
    name: 'profile-id-32-bit',
    versions: EVERY_VERSION,
    check: ({ id }) =>
      faultIf(!Number.isInteger(id) || Math.abs(id) > INT_MAX, '/id', `${id} is no 32-bit integer`),
  },
  {
    name: 'schedule-count',
    versions: EVERY_VERSION,
    check: ({ schedules }) =>
      faultIf(
        schedules.length < 1 || schedules.length > 3,
        '/schedules',
        `${schedules.length} schedules, 1 to 3 are possible`,
      ),
  },
  {
    name: 'at-least-one-period',
    versions: EVERY_VERSION,
    check: (profile) =>
      eachSchedule(profile, (schedule, at) =>
        faultIf(schedule.periods.length === 0, `${at}/periods`, 'there is no period'),
      ),
  },
  {
    name: 'K01.FR.31 first-period-starts-at-0',
    versions: EVERY_VERSION,
    check: (profile) =>
      eachSchedule(profile, ({ periods: [first] }, at) =>
        faultIf(
          first !== undefined && first.startSec !== 0,
          `${at}/periods/0/startSec`,
          `starts at ${first?.startSec} s`,
        ),
      ),
  },
  {
    name: 'K01.FR.35 periods-ascend',
    versions: EVERY_VERSION,
    check: (profile) =>
      eachSchedule(profile, ({ periods }, at) =>
        periods.flatMap((period, index) => {
          const before = periods[index - 1]?.startSec ?? -Infinity;
          return faultIf(
            period.startSec <= before,
            `${at}/periods/${index}/startSec`,
            `${period.startSec} s does not follow ${before} s`,
          );
        }),
      ),
  },
  {
    name: 'start-period-whole-second',
    versions: EVERY_VERSION,
    check: (profile) =>
      eachPeriod(profile, (period, at) =>
        faultIf(
          !Number.isInteger(period.startSec) || period.startSec > INT_MAX,
          `${at}/startSec`,
          `${period.startSec} s is no 32-bit integer`,
        ),
      ),
  },
  {
    name: 'limit-one-decimal',
    versions: EVERY_VERSION,
    check: (profile) =>
      eachPeriod(profile, (period, at) =>
        Object.values(period.limit ?? {}).flatMap((limit: number) =>
          faultIf(!hasOneDecimal(limit), `${at}/limit`, `${limit} has more than one decimal`),
        ),
      ),
  },
  {
    name: 'limit-not-negative',
    versions: EVERY_VERSION,
    check: (profile) =>
      eachPeriod(profile, (period, at) =>
        Object.values(period.limit ?? {}).flatMap((limit: number) =>
          faultIf(!(limit >= 0), `${at}/limit`, `${limit} is below 0`),
        ),
      ),
  },
  {
    name: 'validity-not-empty',
    versions: EVERY_VERSION,
    check: ({ validFromMs = -Infinity, validToMs = Infinity }) =>
      faultIf(validToMs <= validFromMs, '/validToMs', 'validTo is not after validFrom'),
  },
  {
    name: 'recurring-needs-recurrency',
    versions: EVERY_VERSION,
    check: ({ kind, recurrency }) =>
      faultIf(
        kind === 'recurring' && recurrency === undefined,
        '/recurrency',
        'kind Recurring does not say daily or weekly',
      ),
  },
  {
    name: 'K01.FR.40 fixed-kind-needs-start',
    versions: ONLY_2,
    check: (profile) =>
      eachSchedule(profile, (schedule, at) =>
        faultIf(
          ['absolute', 'recurring'].includes(profile.kind) && schedule.startAtMs === undefined,
          `${at}/startAtMs`,
          `kind ${profile.kind} has no startSchedule`,
        ),
      ),
  },
  {
    name: 'K01.FR.41 relative-has-no-start',
    versions: ONLY_2,
    check: (profile) =>
      eachSchedule(profile, (schedule, at) =>
        faultIf(
          profile.kind === 'relative' && schedule.startAtMs !== undefined,
          `${at}/startAtMs`,
          'kind Relative has a startSchedule',
        ),
      ),
  },
];

/** Faults of every schedule; `at` is its JSON pointer. */
export function eachSchedule(
  profile: InstalledProfile,
  check: (schedule: InstalledSchedule, at: string) => readonly Fault[],
): readonly Fault[] {
  const faults: Fault[] = [];
  for (const [index, schedule] of profile.schedules.entries()) {
    for (const fault of check(schedule, `/schedules/${index}`)) faults.push(fault);
  }
  return faults;
}

/** Faults of every period of every schedule. */
export function eachPeriod(
  profile: InstalledProfile,
  check: (period: InstalledPeriod, at: string, schedule: InstalledSchedule) => readonly Fault[],
): readonly Fault[] {
  return eachSchedule(profile, (schedule, at) => {
    const faults: Fault[] = [];
    for (const [index, period] of schedule.periods.entries()) {
      for (const fault of check(period, `${at}/periods/${index}`, schedule)) faults.push(fault);
    }
    return faults;
  });
}

function hasOneDecimal(value: number): boolean {
  return Math.abs(value * 10 - Math.round(value * 10)) < TENTH_TOLERANCE;
}
