/** Each rule of the standard: one change to a profile that keeps it breaks exactly it. */
import { describe, expect, test } from 'vitest';
import { checkClear, checkProfile, PROFILE_RULES } from '../../profiles/index.js';
import {
  DEFAULT,
  FACTS,
  GOOD,
  PRIORITY,
  STATION_MAX,
  type RuleCase,
  withPeriod,
  withSchedule,
  withoutStart,
  withoutTransaction,
} from './rule-cases.js';

const BREACHES: readonly RuleCase[] = [
  { rule: 'profile-id-32-bit', profile: { ...GOOD, id: 2 ** 31 } },
  { rule: 'schedule-count', profile: { ...GOOD, schedules: [] } },
  { rule: 'at-least-one-period', profile: withSchedule({ periods: [] }) },
  { rule: 'K01.FR.31 first-period-starts-at-0', profile: withPeriod({ startSec: 1 }) },
  {
    rule: 'K01.FR.35 periods-ascend',
    profile: withSchedule({
      periods: [0, 60, 60].map((startSec) => ({ startSec, limit: { l1: 6 } })),
    }),
  },
  {
    rule: 'start-period-whole-second',
    profile: withSchedule({
      periods: [0, 0.5].map((startSec) => ({ startSec, limit: { l1: 6 } })),
    }),
  },
  { rule: 'limit-one-decimal', profile: withPeriod({ limit: { l1: 6.25 } }) },
  { rule: 'limit-not-negative', profile: withPeriod({ limit: { l1: -1 } }) },
  { rule: 'validity-not-empty', profile: { ...GOOD, validFromMs: 5, validToMs: 5 } },
  { rule: 'recurring-needs-recurrency', profile: { ...GOOD, kind: 'recurring' } },
  { rule: 'K01.FR.40 fixed-kind-needs-start', profile: withoutStart(GOOD) },
  { rule: 'K01.FR.41 relative-has-no-start', profile: { ...GOOD, kind: 'relative' } },
  { rule: 'K01.FR.29 smart-charging-available', facts: { smartChargingAvailable: false } },
  {
    rule: 'K01.FR.28 evse-exists',
    profile: { ...GOOD, evseNumber: 3 },
    facts: { transactions: [{ evseNumber: 3, transactionId: '17' }] },
  },
  { rule: 'K01.FR.26 unit-supported', facts: { units: ['W'] } },
  { rule: 'stack-level-supported', profile: { ...GOOD, stackLevel: 4 } },
  { rule: 'periods-max', facts: { periodsMax: 0 } },
  { rule: 'profiles-max', facts: { profilesMax: 1, installed: [DEFAULT] } },
  {
    rule: 'phase-to-use-agrees',
    profile: withPeriod({ phaseToUse: 2, numberPhases: 1 }),
    facts: { installed: [withPeriod({ phaseToUse: 3, numberPhases: 1 }, DEFAULT)] },
  },
  {
    rule: 'fields-of-version',
    profile: { ...GOOD, maxOfflineSec: 60 },
    facts: { version: 'ocpp2.0.1' },
  },
  {
    rule: 'K01.FR.19 phase-to-use-needs-one-phase',
    profile: withPeriod({ phaseToUse: 2, numberPhases: 3 }),
  },
  {
    rule: 'K01.FR.20 phase-to-use-supported',
    profile: withPeriod({ phaseToUse: 2, numberPhases: 1 }),
    facts: { phaseSwitching: false },
  },
  {
    rule: 'K01.FR.45 number-phases-supplied',
    profile: withPeriod({ numberPhases: 3 }),
    facts: { supplyPhaseCount: 1 },
  },
  { rule: 'K01.FR.81 id-above-external-constraints', facts: { externalConstraintsIdMax: 2001 } },
  { rule: 'K01.FR.56 update-rate-limit', facts: { nowMs: 9, updateNotBeforeMs: 10 } },
  {
    rule: 'K01.FR.22 external-constraints-not-ours',
    profile: { ...DEFAULT, purpose: 'external-constraints' },
  },
  { rule: 'K01.FR.03 station-max-on-station', profile: { ...STATION_MAX, evseNumber: 1 } },
  {
    rule: 'K01.FR.38 station-max-not-relative',
    profile: withoutStart({ ...STATION_MAX, kind: 'relative' }),
  },
  {
    rule: 'K01.FR.16 tx-profile-on-evse',
    profile: { ...GOOD, evseNumber: 0 },
    also: ['K01.FR.09 tx-profile-needs-transaction'],
  },
  { rule: 'K01.FR.03 tx-profile-names-transaction', profile: withoutTransaction(GOOD) },
  { rule: 'K01.FR.09 tx-profile-needs-transaction', facts: { transactions: [] } },
  {
    rule: 'K01.FR.33 tx-profile-matches-transaction',
    facts: { transactions: [{ evseNumber: 1, transactionId: '18' }] },
  },
  {
    rule: 'transaction-id-form',
    profile: { ...GOOD, transactionId: 'x'.repeat(37) },
    facts: { transactions: [{ evseNumber: 1, transactionId: 'x'.repeat(37) }] },
  },
  { rule: 'K01.FR.39 one-tx-profile-per-level', facts: { installed: [{ ...GOOD, id: 7 }] } },
  {
    rule: 'K01.FR.06 one-profile-per-level',
    profile: DEFAULT,
    facts: { installed: [{ ...DEFAULT, id: 7 }] },
  },
  {
    rule: 'K01.FR.52 no-evse-default-at-level',
    profile: { ...DEFAULT, evseNumber: 0 },
    facts: { installed: [{ ...DEFAULT, id: 7 }] },
  },
  {
    rule: 'K01.FR.53 no-station-default-at-level',
    profile: DEFAULT,
    facts: { installed: [{ ...DEFAULT, id: 7, evseNumber: 0 }] },
  },
  { rule: 'K01.FR.120 purpose-supported', profile: PRIORITY },
  {
    rule: 'purpose-of-version',
    profile: { ...GOOD, kind: 'dynamic' },
    facts: { version: 'ocpp2.0.1' },
  },
  {
    rule: 'K01.FR.122 dynamic-fields-need-dynamic-kind',
    profile: { ...GOOD, dynUpdateIntervalSec: 30 },
  },
  { rule: 'K01.FR.121 dynamic-supported', profile: { ...GOOD, kind: 'dynamic' } },
  { rule: 'K01.FR.123 local-time-supported', profile: withSchedule({ useLocalTime: true }) },
  {
    rule: 'K01.FR.124 randomized-delay-supported',
    profile: withSchedule({ randomizedDelaySec: 60 }),
  },
  {
    rule: 'K01.FR.125 limit-at-soc-supported',
    profile: withSchedule({ limitAtSoc: { socPercent: 80, limit: 6 } }),
  },
  { rule: 'K01.FR.126 evse-sleep-supported', profile: withPeriod({ evseSleep: true }) },
  {
    rule: 'K01.FR.95 randomized-delay-for-transactions',
    profile: withSchedule({ randomizedDelaySec: 60 }, STATION_MAX),
    facts: { features: ['randomized-delay'] },
  },
  {
    rule: 'K01.FR.70 priority-charging-without-duration',
    profile: withSchedule({ durationSec: 60 }, PRIORITY),
    facts: { additionalPurposes: ['priority-charging'] },
  },
  {
    rule: 'K01.FR.71 priority-charging-only-charges',
    profile: withPeriod({ operationMode: 'central-setpoint', setpoint: { l1: 6 } }, PRIORITY),
    facts: { additionalPurposes: ['priority-charging'] },
    also: ['operation-mode-of-purpose'],
  },
  {
    rule: 'operation-mode-of-purpose',
    profile: withPeriod({ operationMode: 'central-setpoint', setpoint: { l1: 6 } }, STATION_MAX),
  },
  { rule: 'operation-mode-fields', profile: withPeriod({ setpoint: { l1: 6 } }) },
  {
    rule: 'operation-mode-local-frequency',
    profile: withSchedule({
      periods: [{ startSec: 0, operationMode: 'local-frequency' }],
    }),
  },
  {
    rule: 'discharge-limit-not-positive',
    profile: withPeriod({
      operationMode: 'central-setpoint',
      setpoint: { l1: 6 },
      dischargeLimit: { l1: 1 },
    }),
  },
  {
    rule: 'setpoint-phases-same-sign',
    profile: withPeriod({ operationMode: 'central-setpoint', setpoint: { l1: 6, l2: -6, l3: 0 } }),
  },
];

describe('checkProfile', () => {
  test('takes a plain TxProfile, TxDefaultProfile and station maximum', () => {
    for (const profile of [GOOD, DEFAULT, STATION_MAX]) {
      expect(checkProfile(profile, FACTS)).toEqual([]);
    }
  });

  test.each(BREACHES.map((breach) => [breach.rule, breach] as const))(
    '%s is broken by one change and named',
    (rule, { profile = GOOD, facts = {}, also = [] }) => {
      const broken = checkProfile(profile, { ...FACTS, ...facts }).map((each) => each.rule);
      expect([...new Set(broken)].sort()).toEqual([rule, ...also].sort());
    },
  );

  test('every rule has a breach in this file', () => {
    const breached = BREACHES.map(({ rule }) => rule);
    expect(
      PROFILE_RULES.map(({ name }) => name).filter((name) => !breached.includes(name)),
    ).toEqual([]);
  });

  test.each(
    BREACHES.filter(({ rule }) => {
      const versions = PROFILE_RULES.find(({ name }) => name === rule)?.versions ?? [];
      return !versions.includes('ocpp1.6');
    }).map((breach) => [breach.rule, breach] as const),
  )('%s does not bind a 1.6 station', (rule, { profile = GOOD, facts = {} }) => {
    const broken = checkProfile(profile, { ...FACTS, ...facts, version: 'ocpp1.6' });
    expect(broken.map((each) => each.rule)).not.toContain(rule);
  });

  test('transaction-id-form asks for an integer in 1.6', () => {
    const profile = { ...GOOD, transactionId: 'f1522902' };
    const transactions = [{ evseNumber: 1, transactionId: 'f1522902' }];
    const broken = checkProfile(profile, { ...FACTS, transactions, version: 'ocpp1.6' });
    expect(broken.map((each) => each.rule)).toEqual(['transaction-id-form']);
  });

  test('K01.FR.45 refuses numberPhases on DC', () => {
    const broken = checkProfile(withPeriod({ numberPhases: 1 }), { ...FACTS, supplyPhaseCount: 0 });
    expect(broken.map((each) => each.rule)).toEqual(['K01.FR.45 number-phases-supplied']);
  });

  test('K01.FR.06 takes the same level when the validities do not overlap', () => {
    const until = { ...DEFAULT, id: 7, validToMs: 100 };
    const from = { ...DEFAULT, validFromMs: 100 };
    expect(checkProfile(from, { ...FACTS, installed: [until] })).toEqual([]);
  });
});

describe('checkClear', () => {
  test('K10.FR.06 leaves external constraints alone', () => {
    const broken = checkClear({ criteria: { purpose: 'external-constraints' } }, 'ocpp2.0.1');
    expect(broken.map((each) => each.rule)).toEqual([
      'K10.FR.06 clear-leaves-external-constraints',
    ]);
  });

  test.each([
    ['nothing', {}],
    ['empty criteria', { criteria: {} }],
    ['both', { profileId: 1, criteria: { purpose: 'tx' as const } }],
  ])('clear-names-something refuses %s', (_, clear) => {
    expect(checkClear(clear, 'ocpp1.6').map((each) => each.rule)).toEqual([
      'clear-names-something',
    ]);
  });
});
