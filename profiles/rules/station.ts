/** Rules that weigh a profile against what the station is and can do. */
import type { InstalledProfile } from '../installed-profile.js';
import { eachPeriod, eachSchedule } from './structure.js';
import { EVERY_VERSION, faultIf, ONLY_2, ONLY_21, type ProfileRule } from './rule.js';

export const STATION_RULES: readonly ProfileRule[] = [
  {
    name: 'K01.FR.29 smart-charging-available',
    versions: EVERY_VERSION,
    check: (_, facts) =>
      faultIf(!facts.smartChargingAvailable, '', 'the station has no smart charging'),
  },
  {
    name: 'K01.FR.28 evse-exists',
    versions: EVERY_VERSION,
    check: ({ evseNumber }, { evseCount }) =>
      faultIf(
        !Number.isInteger(evseNumber) || evseNumber < 0 || evseNumber > evseCount,
        '/evseNumber',
        `EVSE ${evseNumber} of ${evseCount}`,
      ),
  },
  {
    name: 'K01.FR.26 unit-supported',
    versions: EVERY_VERSION,
    check: (profile, { units }) =>
      eachSchedule(profile, ({ unit }, at) =>
        faultIf(!units.includes(unit), `${at}/unit`, `${unit} is not one of ${units.join(', ')}`),
      ),
  },
  {
    name: 'stack-level-supported',
    versions: EVERY_VERSION,
    check: ({ stackLevel }, { stackLevelMax }) =>
      faultIf(
        !Number.isInteger(stackLevel) || stackLevel < 0 || stackLevel > stackLevelMax,
        '/stackLevel',
        `${stackLevel} is not within 0..${stackLevelMax}`,
      ),
  },
  {
    name: 'periods-max',
    versions: EVERY_VERSION,
    check: (profile, { periodsMax }) =>
      eachSchedule(profile, ({ periods }, at) =>
        faultIf(periods.length > periodsMax, `${at}/periods`, `${periods.length} > ${periodsMax}`),
      ),
  },
  {
    name: 'profiles-max',
    versions: EVERY_VERSION,
    check: ({ id }, { installed, profilesMax }) => {
      const others = installed.filter((other) => other.id !== id).length;
      return faultIf(
        profilesMax !== undefined && others >= profilesMax,
        '',
        `${others} profiles are installed of ${profilesMax}`,
      );
    },
  },
  {
    name: 'K01.FR.19 phase-to-use-needs-one-phase',
    versions: ONLY_2,
    check: (profile) =>
      eachPeriod(profile, ({ phaseToUse, numberPhases }, at) =>
        faultIf(
          phaseToUse !== undefined && numberPhases !== 1,
          `${at}/phaseToUse`,
          `phase ${phaseToUse} with numberPhases ${numberPhases ?? 'absent'}`,
        ),
      ),
  },
  {
    name: 'K01.FR.20 phase-to-use-supported',
    versions: ONLY_2,
    check: (profile, { phaseSwitching }) =>
      eachPeriod(profile, ({ phaseToUse }, at) =>
        faultIf(
          phaseToUse !== undefined && !phaseSwitching,
          `${at}/phaseToUse`,
          'the station cannot choose the phase',
        ),
      ),
  },
  {
    name: 'phase-to-use-agrees',
    versions: ONLY_2,
    check: (profile, { installed }) =>
      eachPeriod(profile, ({ phaseToUse }, at) =>
        installed
          .filter((other) => other.id !== profile.id && meets(profile, other))
          .flatMap((other) =>
            faultIf(
              phaseToUse !== undefined && namesOther(other, phaseToUse),
              `${at}/phaseToUse`,
              `profile ${other.id} names another phase than ${phaseToUse}`,
            ),
          ),
      ),
  },
  {
    name: 'K01.FR.45 number-phases-supplied',
    versions: EVERY_VERSION,
    check: (profile, { supplyPhaseCount }) =>
      eachPeriod(profile, ({ numberPhases }, at) =>
        faultIf(
          numberPhases !== undefined &&
            (!Number.isInteger(numberPhases) ||
              numberPhases < 1 ||
              numberPhases > supplyPhaseCount),
          `${at}/numberPhases`,
          `${numberPhases} of ${supplyPhaseCount} supply phases`,
        ),
      ),
  },
  {
    name: 'K01.FR.81 id-above-external-constraints',
    versions: ONLY_21,
    check: ({ id }, { externalConstraintsIdMax }) =>
      faultIf(
        externalConstraintsIdMax !== undefined && id <= externalConstraintsIdMax,
        '/id',
        `ids up to ${externalConstraintsIdMax} belong to the station`,
      ),
  },
  {
    name: 'K01.FR.56 update-rate-limit',
    versions: ONLY_21,
    check: (_, { nowMs, updateNotBeforeMs }) =>
      faultIf(
        nowMs !== undefined && updateNotBeforeMs !== undefined && nowMs < updateNotBeforeMs,
        '',
        `the station takes no update before ${updateNotBeforeMs} ms`,
      ),
  },
];

/** Both are merged for one EVSE: of one purpose only the higher level counts (2.1 section 3.8). */
function meets(a: InstalledProfile, b: InstalledProfile): boolean {
  const isShared = a.evseNumber === b.evseNumber || a.evseNumber === 0 || b.evseNumber === 0;
  return isShared && a.purpose !== b.purpose;
}

function namesOther({ schedules }: InstalledProfile, phase: number): boolean {
  return schedules.some(({ periods }) =>
    periods.some(({ phaseToUse }) => phaseToUse !== undefined && phaseToUse !== phase),
  );
}
