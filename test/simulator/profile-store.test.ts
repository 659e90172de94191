import { expect, test } from 'vitest';
import type { Profile } from '../../simulator/station/profile.js';
import { profileFrom201 } from '../../simulator/station/decode-profile.js';
import { type StoreRules, createProfileStore } from '../../simulator/station/profile-store.js';
import { pilotFor, traitsOf } from '../../simulator/station/traits.js';

const RULES: StoreRules = {
  version: 'ocpp2.0.1',
  evseNumbers: [1],
  units: ['A'],
  stackLevelMax: 1,
  periodsMax: 3,
  profilesMax: 4,
};

const profile = (fields: Partial<Profile> = {}): Profile => ({
  id: 1,
  evseNumber: 1,
  purpose: 'tx-default',
  stackLevel: 0,
  kind: 'absolute',
  startAtMs: 0,
  unit: 'A',
  periods: [{ startSec: 0, limit: 16 }],
  receivedAtMs: 0,
  ...fields,
});

const refusals: readonly [name: string, fields: Partial<Profile>, refusal: string | undefined][] = [
  ['takes a sound default', {}, undefined],
  ['K01.FR.28 refuses an unknown EVSE', { evseNumber: 2 }, 'UnknownEvse'],
  ['K01.FR.26 refuses a unit that it does not take', { unit: 'W' }, 'UnsupportedRateUnit'],
  ['refuses a stack level above its maximum', { stackLevel: 2 }, 'InvalidStackLevel'],
  [
    'K01.FR.31 refuses a first period that does not start at 0',
    { periods: [{ startSec: 1, limit: 6 }] },
    'InvalidSchedule',
  ],
  [
    'K01.FR.35 refuses periods out of order',
    { periods: [0, 60, 30].map((startSec) => ({ startSec, limit: 6 })) },
    'InvalidSchedule',
  ],
  [
    'refuses more periods than it holds',
    { periods: [0, 1, 2, 3].map((startSec) => ({ startSec, limit: 6 })) },
    'InvalidSchedule',
  ],
  ['K01.FR.03 refuses a maximum for one EVSE', { purpose: 'station-max' }, 'InvalidProfile'],
  ['K01.FR.33 refuses an unknown transaction', { purpose: 'tx', transactionId: 'b' }, 'TxNotFound'],
  ['takes the running transaction', { purpose: 'tx', transactionId: 'a' }, undefined],
];

test.each(refusals)('%s', (_name, fields, refusal) => {
  expect(createProfileStore(RULES).install(profile(fields), 'a')).toBe(refusal);
});

test('2.1: what lapses without a link is gone for good where it says so', () => {
  const store = createProfileStore({ ...RULES, version: 'ocpp2.1' });
  const lease = (id: number, endsForGood: boolean) =>
    profile({ id, stackLevel: id, offline: { validSec: 60, endsForGood } });
  store.install(lease(0, true), undefined);
  store.install(lease(1, false), undefined);
  store.linkBack({ fromMs: 1000, toMs: 60_999 });
  expect(store.all()).toHaveLength(2);
  store.linkBack({ fromMs: 1000, toMs: 61_000 });
  expect(store.all().map(({ id }) => id)).toEqual([1]);
});

test('2.1: how long a profile holds offline is read off the wire', () => {
  const wire = {
    id: 5,
    stackLevel: 0,
    chargingProfilePurpose: 'TxProfile',
    chargingProfileKind: 'Absolute',
    maxOfflineDuration: 90,
    invalidAfterOfflineDuration: true,
    chargingSchedule: [
      { chargingRateUnit: 'A' as const, chargingSchedulePeriod: [{ startPeriod: 0, limit: 9 }] },
    ],
  };
  expect(profileFrom201(wire, 1, 0)?.offline).toEqual({ validSec: 90, endsForGood: true });
  const { maxOfflineDuration: _none, ...open } = wire;
  expect(profileFrom201(open, 1, 0)?.offline).toBeUndefined();
});

test('K01.FR.40 asks a start of absolute profiles, in 2.0.1 only', () => {
  const { startAtMs: _none, ...open } = profile();
  expect(createProfileStore(RULES).install(open, undefined)).toBe('InvalidSchedule');
  const rules16: StoreRules = { ...RULES, version: 'ocpp1.6' };
  expect(createProfileStore(rules16).install(open, undefined)).toBeUndefined();
});

test('another id at the same place replaces in 1.6 and is refused in 2.0.1', () => {
  const newer = profile({ id: 2, periods: [{ startSec: 0, limit: 8 }] });
  for (const version of ['ocpp1.6', 'ocpp2.0.1'] as const) {
    const store = createProfileStore({ ...RULES, version });
    store.install(profile(), undefined);
    store.install(profile({ periods: [{ startSec: 0, limit: 7 }] }), undefined);
    expect(store.all().map(({ periods }) => periods[0]?.limit)).toEqual([7]);
    const refusal = store.install(newer, undefined);
    expect(refusal).toBe(version === 'ocpp1.6' ? undefined : 'DuplicateProfile');
    expect(store.all()).toHaveLength(1);
  }
});

test('a TxProfile ends with its transaction, defaults outlive even a reboot', () => {
  const store = createProfileStore(RULES);
  store.install(profile(), 'a');
  store.install(profile({ id: 2, purpose: 'tx', transactionId: 'a' }), 'a');
  store.endTransaction(1);
  expect(store.all().map(({ id }) => id)).toEqual([1]);
  store.install(profile({ id: 2, purpose: 'tx', transactionId: 'b' }), 'b');
  store.reboot();
  expect(store.all().map(({ id }) => id)).toEqual([1]);
});

test('a clear needs every given criterion to match', () => {
  const store = createProfileStore(RULES);
  store.install(profile(), undefined);
  expect(store.clear({ id: 9 })).toBe(0);
  expect(store.clear({ purpose: 'tx-default', evseNumber: 0 })).toBe(0);
  expect(store.clear({ purpose: 'tx-default', stackLevel: 0 })).toBe(1);
  expect(store.all()).toEqual([]);
});

test('the fleet is half 1.6 and half 2.0.1, with one watts-only and one flat station', () => {
  const fleet = Array.from({ length: 16 }, (_, index) => traitsOf(index, undefined));
  expect(fleet.filter(({ version }) => version === 'ocpp1.6')).toHaveLength(8);
  expect(fleet.filter(({ units }) => !units.includes('A'))).toHaveLength(1);
  expect(fleet.filter(({ stackLevelMax }) => stackLevelMax === 0)).toHaveLength(1);
});

test('a pilot is one that the hardware can signal', () => {
  const whole = { kind: 'continuous', minA: 6, stepA: 1 } as const;
  const coarse = { kind: 'set', valuesA: [8, 16, 24, 32] } as const;
  const down = { currentMaxA: 32, rounding: 'down' } as const;
  const up = { currentMaxA: 32, rounding: 'up' } as const;
  expect([0, 5.9, 6, 6.9, 32, 40].map((a) => pilotFor(a, whole, down))).toEqual([
    0, 0, 6, 6, 32, 32,
  ]);
  expect([0, 0.5, 6, 6.1, 32].map((a) => pilotFor(a, whole, up))).toEqual([0, 6, 6, 7, 32]);
  expect([7.9, 8, 31.9].map((a) => pilotFor(a, coarse, down))).toEqual([0, 8, 24]);
  expect(pilotFor(6900 / 690 - 1e-9, whole, down)).toBe(10);
});
