import { expect, test } from 'vitest';
import { type CompositeInput, allowedA, compositeAt } from '../../simulator/station/composite.js';
import { compositeSchedule } from '../../simulator/station/composite-schedule.js';
import type { Profile } from '../../simulator/station/profile.js';

const T0 = Date.UTC(2026, 0, 5, 8);
const sec = (seconds: number): number => T0 + seconds * 1000;
const WYE = { currentMaxA: 32, phaseCount: 3, voltageV: 230 };

const profile = (fields: Partial<Profile>): Profile => ({
  id: 1,
  evseNumber: 1,
  purpose: 'tx',
  stackLevel: 0,
  kind: 'absolute',
  startAtMs: T0,
  unit: 'A',
  periods: [{ startSec: 0, limit: 16 }],
  receivedAtMs: T0,
  ...fields,
});

const input = (profiles: readonly Profile[], fields: Partial<CompositeInput> = {}) => ({
  profiles,
  evseNumber: 1,
  ownDefaultReplaces: true,
  transaction: { id: 'tx', startedAtMs: T0 },
  ...fields,
});

const limitsAt = (given: CompositeInput, seconds: readonly number[]): readonly number[] =>
  seconds.map((second) => allowedA(compositeAt(given, sec(second)), WYE));

const LEASE = profile({
  transactionId: 'tx',
  periods: [
    { startSec: 0, limit: 16 },
    { startSec: 900, limit: 0 },
  ],
});
const IDLE = profile({ id: 2, purpose: 'tx-default', periods: [{ startSec: 0, limit: 0 }] });

test('a lease holds until its boundary and not a millisecond longer', () => {
  expect(limitsAt(input([LEASE]), [0, 899.999, 900, 90_000])).toEqual([16, 16, 0, 0]);
  expect(compositeAt(input([LEASE]), T0).untilMs).toBe(sec(900));
});

test('the TxProfile of the running transaction leads over the default', () => {
  expect(limitsAt(input([LEASE, IDLE]), [10])).toEqual([16]);
});

test('a TxProfile of another transaction counts for nothing', () => {
  const foreign = input([LEASE, IDLE], { transaction: { id: 'other', startedAtMs: T0 } });
  expect(limitsAt(foreign, [10])).toEqual([0]);
});

test('without a transaction the default says what a new one would get', () => {
  const { transaction: _none, ...idle } = input([LEASE, IDLE]);
  expect(limitsAt(idle, [10])).toEqual([0]);
});

test('where a TxProfile has ended the default takes over', () => {
  const ended = profile({ transactionId: 'tx', durationSec: 60 });
  const fallback = profile({ id: 2, purpose: 'tx-default', periods: [{ startSec: 0, limit: 8 }] });
  expect(limitsAt(input([ended, fallback]), [59, 60])).toEqual([16, 8]);
});

test('the highest stack level leads while it has a limit', () => {
  const high = profile({
    id: 3,
    stackLevel: 2,
    durationSec: 30,
    periods: [{ startSec: 0, limit: 20 }],
  });
  expect(limitsAt(input([LEASE, high]), [0, 29, 30])).toEqual([20, 20, 16]);
});

test('the maximum of the station caps everything, and 0 is a limit', () => {
  const cap = (limit: number): Profile =>
    profile({ id: 4, evseNumber: 0, purpose: 'station-max', periods: [{ startSec: 0, limit }] });
  expect(limitsAt(input([LEASE, cap(10)]), [0])).toEqual([10]);
  expect(limitsAt(input([LEASE, cap(0)]), [0])).toEqual([0]);
});

test('watts and amperes are compared at the end, over the phases of the hardware', () => {
  const inWatts = profile({ unit: 'W', periods: [{ startSec: 0, limit: 6900 }] });
  expect(limitsAt(input([inWatts]), [0])).toEqual([10]);
});

test('nothing installed means the hardware maximum', () => {
  expect(limitsAt(input([]), [0])).toEqual([32]);
});

test('1.6: a connector has its own default or that of 0; 2.0.1: both are one stack', () => {
  const own = profile({ id: 5, purpose: 'tx-default', periods: [{ startSec: 0, limit: 8 }] });
  const all = profile({ id: 6, evseNumber: 0, purpose: 'tx-default', stackLevel: 3 });
  expect(limitsAt(input([own, all]), [0])).toEqual([8]);
  expect(limitsAt(input([own, all], { ownDefaultReplaces: false }), [0])).toEqual([16]);
});

test('a daily schedule comes again, a relative one counts from the transaction', () => {
  const daily = profile({ kind: 'recurring', recurrenceSec: 86_400, durationSec: 3600 });
  expect(limitsAt(input([daily]), [0, 3599, 3600, 86_400])).toEqual([16, 16, 32, 16]);
  const { startAtMs: _none, ...open } = profile({ kind: 'relative', durationSec: 60 });
  const started = { transaction: { id: 'tx', startedAtMs: sec(100) } };
  expect(limitsAt(input([open], started), [100, 159, 160])).toEqual([16, 16, 32]);
});

test('the composite schedule starts now, in the unit asked for, without equal neighbours', () => {
  const options = { fromMs: sec(100), durationSec: 3600, unit: 'A' as const };
  expect(compositeSchedule(input([LEASE, IDLE]), WYE, options)).toEqual([
    { startSec: 0, limit: 16 },
    { startSec: 800, limit: 0 },
  ]);
  expect(compositeSchedule(input([LEASE]), WYE, { ...options, unit: 'W' })[0]?.limit).toBe(11_040);
  const twice = profile({ periods: [0, 60].map((startSec) => ({ startSec, limit: 9 })) });
  expect(compositeSchedule(input([twice]), WYE, { ...options, fromMs: T0 })).toHaveLength(1);
  expect(compositeSchedule(input([LEASE]), WYE, { ...options, durationSec: 0 })).toHaveLength(1);
});
