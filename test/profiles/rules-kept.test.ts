/** Each rule of the standard from its other side: what touches it and keeps it is taken. */
import { expect, test } from 'vitest';
import { checkProfile, PROFILE_RULES } from '../../profiles/index.js';
import {
  DEFAULT,
  FACTS,
  GOOD,
  PRIORITY,
  STATION_MAX,
  named36,
  type RuleCase,
  runs36,
  thrice,
  withPeriod,
  withPeriods,
  withSchedule,
  withoutStart,
} from './rule-cases.js';

/** Rules that are not listed are touched by GOOD. */
const KEPT: readonly RuleCase[] = [
  { rule: 'profile-id-32-bit', profile: { ...GOOD, id: 2 ** 31 - 1 } },
  { rule: 'schedule-count', profile: { ...GOOD, schedules: thrice(GOOD.schedules) } },
  { rule: 'K01.FR.35 periods-ascend', profile: withPeriods(0, 60, 61) },
  { rule: 'limit-one-decimal', profile: withPeriod({ limit: { l1: 6.3 } }) },
  { rule: 'limit-not-negative', profile: withPeriod({ limit: { l1: 0 } }) },
  { rule: 'validity-not-empty', profile: { ...GOOD, validFromMs: 5, validToMs: 6 } },
  {
    rule: 'recurring-needs-recurrency',
    profile: { ...GOOD, kind: 'recurring', recurrency: 'weekly' },
  },
  {
    rule: 'K01.FR.41 relative-has-no-start',
    profile: withoutStart({ ...GOOD, kind: 'relative' }),
  },
  { rule: 'stack-level-supported', profile: { ...GOOD, stackLevel: 3 } },
  { rule: 'periods-max', profile: withPeriods(0, 60, 120, 180) },
  { rule: 'profiles-max', facts: { profilesMax: 1, installed: [GOOD] } },
  {
    rule: 'K01.FR.19 phase-to-use-needs-one-phase',
    profile: withPeriod({ phaseToUse: 2, numberPhases: 1 }),
  },
  {
    rule: 'K01.FR.20 phase-to-use-supported',
    profile: withPeriod({ phaseToUse: 2, numberPhases: 1 }),
  },
  {
    rule: 'phase-to-use-agrees',
    profile: withPeriod({ phaseToUse: 2, numberPhases: 1 }),
    facts: {
      installed: [
        withPeriod({ phaseToUse: 2, numberPhases: 1 }, DEFAULT),
        withPeriod({ phaseToUse: 3, numberPhases: 1 }, { ...DEFAULT, id: 9, evseNumber: 2 }),
      ],
    },
  },
  { rule: 'K01.FR.45 number-phases-supplied', profile: withPeriod({ numberPhases: 3 }) },
  { rule: 'K01.FR.81 id-above-external-constraints', facts: { externalConstraintsIdMax: 2000 } },
  { rule: 'K01.FR.56 update-rate-limit', facts: { nowMs: 10, updateNotBeforeMs: 10 } },
  { rule: 'K01.FR.22 external-constraints-not-ours', profile: DEFAULT },
  { rule: 'K01.FR.03 station-max-on-station', profile: STATION_MAX },
  { rule: 'K01.FR.38 station-max-not-relative', profile: STATION_MAX },
  { rule: 'transaction-id-form', profile: named36(), facts: runs36() },
  {
    rule: 'K01.FR.39 one-tx-profile-per-level',
    facts: { installed: [{ ...GOOD, id: 7, stackLevel: 1 }] },
  },
  {
    rule: 'K01.FR.06 one-profile-per-level',
    profile: DEFAULT,
    facts: {
      installed: [
        { ...DEFAULT, id: 7, stackLevel: 1 },
        { ...DEFAULT, id: 8, evseNumber: 2 },
      ],
    },
  },
  {
    rule: 'K01.FR.52 no-evse-default-at-level',
    profile: { ...DEFAULT, evseNumber: 0 },
    facts: { installed: [{ ...DEFAULT, id: 7, stackLevel: 1 }] },
  },
  {
    rule: 'K01.FR.53 no-station-default-at-level',
    profile: DEFAULT,
    facts: { installed: [{ ...DEFAULT, id: 7, stackLevel: 1, evseNumber: 0 }] },
  },
  {
    rule: 'K01.FR.120 purpose-supported',
    profile: PRIORITY,
    facts: { additionalPurposes: ['priority-charging'] },
  },
  {
    rule: 'purpose-of-version',
    profile: { ...DEFAULT, kind: 'recurring', recurrency: 'daily' },
    facts: { version: 'ocpp2.0.1' },
  },
  { rule: 'fields-of-version', profile: { ...GOOD, maxOfflineSec: 60, invalidAfterOffline: true } },
  {
    rule: 'K01.FR.122 dynamic-fields-need-dynamic-kind',
    profile: { ...GOOD, kind: 'dynamic', dynUpdateIntervalSec: 30 },
    facts: { features: ['dynamic-profiles'] },
  },
  {
    rule: 'K01.FR.121 dynamic-supported',
    profile: { ...GOOD, kind: 'dynamic' },
    facts: { features: ['dynamic-profiles'] },
  },
  {
    rule: 'K01.FR.123 local-time-supported',
    profile: withSchedule({ useLocalTime: true }),
    facts: { features: ['use-local-time'] },
  },
  {
    rule: 'K01.FR.124 randomized-delay-supported',
    profile: withSchedule({ randomizedDelaySec: 60 }),
    facts: { features: ['randomized-delay'] },
  },
  {
    rule: 'K01.FR.125 limit-at-soc-supported',
    profile: withSchedule({ limitAtSoc: { socPercent: 80, limit: 6 } }),
    facts: { features: ['limit-at-soc'] },
  },
  {
    rule: 'K01.FR.126 evse-sleep-supported',
    profile: withPeriod({ evseSleep: true }),
    facts: { features: ['evse-sleep'] },
  },
  {
    rule: 'K01.FR.95 randomized-delay-for-transactions',
    profile: withSchedule({ randomizedDelaySec: 60 }, DEFAULT),
    facts: { features: ['randomized-delay'] },
  },
  {
    rule: 'K01.FR.70 priority-charging-without-duration',
    profile: PRIORITY,
    facts: { additionalPurposes: ['priority-charging'] },
  },
  {
    rule: 'K01.FR.71 priority-charging-only-charges',
    profile: withPeriod({ operationMode: 'charging-only' }, PRIORITY),
    facts: { additionalPurposes: ['priority-charging'] },
  },
  {
    rule: 'operation-mode-of-purpose',
    profile: withPeriod({ operationMode: 'charging-only' }, STATION_MAX),
  },
  {
    rule: 'operation-mode-fields',
    profile: withPeriod({
      operationMode: 'central-setpoint',
      setpoint: { l1: 6 },
      dischargeLimit: { l1: -6 },
      setpointReactive: { l1: 1 },
    }),
  },
  {
    rule: 'operation-mode-local-frequency',
    profile: withSchedule({
      unit: 'W',
      periods: [
        {
          startSec: 0,
          operationMode: 'local-frequency',
          v2xBaselineW: 1000,
          v2xFreqWattPointCount: 2,
        },
      ],
    }),
    facts: { units: ['A', 'W'] },
  },
  {
    rule: 'discharge-limit-not-positive',
    profile: withPeriod({
      operationMode: 'central-setpoint',
      setpoint: { l1: 6 },
      dischargeLimit: { l1: 0, l2: -6 },
    }),
  },
  {
    rule: 'setpoint-phases-same-sign',
    profile: withPeriod({ operationMode: 'central-setpoint', setpoint: { l1: 6, l2: 0, l3: 7 } }),
  },
];

test.each(KEPT.map((kept) => [kept.rule, kept] as const))(
  '%s takes what touches it and keeps it',
  (_, { profile = GOOD, facts = {} }) => {
    expect(checkProfile(profile, { ...FACTS, ...facts })).toEqual([]);
  },
);

test('a rule that is not in the list of what keeps it is touched by the plain profile', () => {
  const kept = KEPT.map(({ rule }) => rule);
  expect(PROFILE_RULES.map(({ name }) => name).filter((name) => !kept.includes(name))).toEqual([
    'at-least-one-period',
    'K01.FR.31 first-period-starts-at-0',
    'start-period-whole-second',
    'K01.FR.40 fixed-kind-needs-start',
    'K01.FR.29 smart-charging-available',
    'K01.FR.28 evse-exists',
    'K01.FR.26 unit-supported',
    'K01.FR.16 tx-profile-on-evse',
    'K01.FR.03 tx-profile-names-transaction',
    'K01.FR.09 tx-profile-needs-transaction',
    'K01.FR.33 tx-profile-matches-transaction',
  ]);
});
