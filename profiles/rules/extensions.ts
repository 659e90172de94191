/**
 * Rules of OCPP 2.1: dynamic profiles, priority charging, operation modes and declared features.
 */
import type { InstalledPeriod, InstalledPurpose, OperationMode } from '../installed-profile.js';
import { faultIf, ONLY_21, type ProfileFeature, type ProfileRule } from './rule.js';
import { eachPeriod, eachSchedule } from './structure.js';

const EVERY_MODE: readonly OperationMode[] = [
  'idle',
  'charging-only',
  'central-setpoint',
  'external-setpoint',
  'external-limits',
  'central-frequency',
  'local-frequency',
  'local-load-balancing',
];

/** Which modes a purpose may carry (2.1, table of operation modes). */
const MODES_OF: Readonly<Record<InstalledPurpose, readonly OperationMode[]>> = {
  tx: EVERY_MODE,
  'tx-default': EVERY_MODE,
  'priority-charging': ['charging-only'],
  'station-max': ['charging-only'],
  'external-constraints': ['charging-only', 'external-limits', 'external-setpoint'],
  'local-generation': ['charging-only', 'external-limits'],
};

type ModeField = 'limit' | 'dischargeLimit' | 'setpoint' | 'setpointReactive';

/** Which values a mode needs and allows; values not listed are faults. */
const FIELDS_OF: Readonly<
  Record<OperationMode, { needs: readonly ModeField[]; allows: readonly ModeField[] }>
> = {
  idle: { needs: [], allows: [] },
  'charging-only': { needs: ['limit'], allows: [] },
  'central-setpoint': {
    needs: ['setpoint'],
    allows: ['limit', 'dischargeLimit', 'setpointReactive'],
  },
  'central-frequency': { needs: ['setpoint'], allows: ['limit', 'dischargeLimit'] },
  'external-setpoint': { needs: [], allows: ['limit', 'dischargeLimit'] },
  'external-limits': { needs: [], allows: [] },
  'local-frequency': { needs: [], allows: [] },
  'local-load-balancing': { needs: [], allows: [] },
};

const FREQUENCY_POINTS_MIN = 2;

export const EXTENSION_RULES: readonly ProfileRule[] = [
  {
    name: 'fields-of-version',
    versions: ['ocpp1.6', 'ocpp2.0.1'],
    check: (profile, { version }) => [
      ...faultIf(
        (profile.maxOfflineSec ?? profile.dynUpdateAtMs ?? profile.dynUpdateIntervalSec) !==
          undefined || profile.invalidAfterOffline !== undefined,
        '',
        `${version} has no dynamic profiles and none that lapse offline`,
      ),
      ...eachSchedule(profile, ({ useLocalTime, randomizedDelaySec, limitAtSoc }, at) =>
        faultIf(
          (useLocalTime ?? randomizedDelaySec ?? limitAtSoc) !== undefined,
          at,
          `${version} has no local time, random delay or limit at a state of charge`,
        ),
      ),
      ...eachPeriod(profile, (period, at) =>
        faultIf(saysMoreThanLimit(period), at, `${version} has one limit a period, and no mode`),
      ),
    ],
  },
  {
    name: 'K01.FR.122 dynamic-fields-need-dynamic-kind',
    versions: ONLY_21,
    check: ({ kind, dynUpdateAtMs, dynUpdateIntervalSec }) =>
      faultIf(
        kind !== 'dynamic' && (dynUpdateAtMs ?? dynUpdateIntervalSec) !== undefined,
        '/dynUpdateAtMs',
        `dynUpdate fields on kind ${kind}`,
      ),
  },
  {
    name: 'K01.FR.121 dynamic-supported',
    versions: ONLY_21,
    check: ({ kind }, { features }) =>
      missingFeature(kind === 'dynamic', 'dynamic-profiles', features, '/kind'),
  },
  {
    name: 'K01.FR.123 local-time-supported',
    versions: ONLY_21,
    check: (profile, { features }) =>
      eachSchedule(profile, ({ useLocalTime }, at) =>
        missingFeature(useLocalTime === true, 'use-local-time', features, `${at}/useLocalTime`),
      ),
  },
  {
    name: 'K01.FR.124 randomized-delay-supported',
    versions: ONLY_21,
    check: (profile, { features }) =>
      eachSchedule(profile, ({ randomizedDelaySec }, at) =>
        missingFeature(
          randomizedDelaySec !== undefined,
          'randomized-delay',
          features,
          `${at}/randomizedDelaySec`,
        ),
      ),
  },
  {
    name: 'K01.FR.125 limit-at-soc-supported',
    versions: ONLY_21,
    check: (profile, { features }) =>
      eachSchedule(profile, ({ limitAtSoc }, at) =>
        missingFeature(limitAtSoc !== undefined, 'limit-at-soc', features, `${at}/limitAtSoc`),
      ),
  },
  {
    name: 'K01.FR.126 evse-sleep-supported',
    versions: ONLY_21,
    check: (profile, { features }) =>
      eachPeriod(profile, ({ evseSleep }, at) =>
        missingFeature(evseSleep === true, 'evse-sleep', features, `${at}/evseSleep`),
      ),
  },
  {
    name: 'K01.FR.95 randomized-delay-for-transactions',
    versions: ONLY_21,
    check: (profile) =>
      eachSchedule(profile, ({ randomizedDelaySec }, at) =>
        faultIf(
          randomizedDelaySec !== undefined && !['tx', 'tx-default'].includes(profile.purpose),
          `${at}/randomizedDelaySec`,
          `a randomized delay on ${profile.purpose}`,
        ),
      ),
  },
  {
    name: 'K01.FR.70 priority-charging-without-duration',
    versions: ONLY_21,
    check: (profile) =>
      eachSchedule(profile, ({ durationSec }, at) =>
        faultIf(
          profile.purpose === 'priority-charging' && durationSec !== undefined,
          `${at}/durationSec`,
          'priority charging ends when it is deactivated',
        ),
      ),
  },
  {
    name: 'K01.FR.71 priority-charging-only-charges',
    versions: ONLY_21,
    check: (profile) =>
      eachPeriod(profile, ({ operationMode = 'charging-only' }, at) =>
        faultIf(
          profile.purpose === 'priority-charging' && operationMode !== 'charging-only',
          `${at}/operationMode`,
          `priority charging with ${operationMode}`,
        ),
      ),
  },
  {
    name: 'operation-mode-of-purpose',
    versions: ONLY_21,
    check: (profile) =>
      eachPeriod(profile, ({ operationMode = 'charging-only' }, at) =>
        faultIf(
          !MODES_OF[profile.purpose].includes(operationMode),
          `${at}/operationMode`,
          `${operationMode} on ${profile.purpose}`,
        ),
      ),
  },
  {
    name: 'operation-mode-fields',
    versions: ONLY_21,
    check: (profile) => eachPeriod(profile, modeFieldFaults),
  },
  {
    name: 'operation-mode-local-frequency',
    versions: ONLY_21,
    check: (profile) =>
      eachPeriod(profile, (period, at, { unit }) =>
        faultIf(
          period.operationMode === 'local-frequency' &&
            (unit !== 'W' ||
              period.v2xBaselineW === undefined ||
              (period.v2xFreqWattPointCount ?? 0) < FREQUENCY_POINTS_MIN),
          at,
          'local frequency control needs W, a baseline and a curve of two points',
        ),
      ),
  },
  {
    name: 'discharge-limit-not-positive',
    versions: ONLY_21,
    check: (profile) =>
      eachPeriod(profile, ({ dischargeLimit }, at) =>
        Object.values(dischargeLimit ?? {}).flatMap((value: number) =>
          faultIf(value > 0, `${at}/dischargeLimit`, `${value} is above 0`),
        ),
      ),
  },
  {
    name: 'setpoint-phases-same-sign',
    versions: ONLY_21,
    check: (profile) =>
      eachPeriod(profile, ({ setpoint }, at) => {
        const signs = new Set(Object.values(setpoint ?? {}).map(Math.sign));
        return faultIf(signs.has(1) && signs.has(-1), `${at}/setpoint`, 'phases differ in sign');
      }),
  },
];

function saysMoreThanLimit(period: InstalledPeriod): boolean {
  const { limit, dischargeLimit, setpoint, setpointReactive, operationMode, evseSleep } = period;
  const isPerPhase = limit?.l2 !== undefined || limit?.l3 !== undefined;
  const others = dischargeLimit ?? setpoint ?? setpointReactive ?? operationMode ?? evseSleep;
  return isPerPhase || others !== undefined || period.v2xBaselineW !== undefined;
}

function modeFieldFaults(period: InstalledPeriod, at: string) {
  const mode = period.operationMode ?? 'charging-only';
  const { needs, allows } = FIELDS_OF[mode];
  const names: readonly ModeField[] = ['limit', 'dischargeLimit', 'setpoint', 'setpointReactive'];
  return names.flatMap((name) => {
    const given = period[name] !== undefined;
    const isWhole = period[name]?.l1 !== undefined;
    if (needs.includes(name)) return faultIf(!isWhole, `${at}/${name}`, `${mode} needs ${name}`);
    return faultIf(given && !allows.includes(name), `${at}/${name}`, `${mode} takes no ${name}`);
  });
}

function missingFeature(
  used: boolean,
  feature: ProfileFeature,
  features: readonly ProfileFeature[],
  field: string,
) {
  return faultIf(
    used && !features.includes(feature),
    field,
    `the station does not declare ${feature}`,
  );
}
