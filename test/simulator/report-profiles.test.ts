/** A virtual 2.x station tells what it holds, in messages that the standard's schema takes. */
import { expect, test } from 'vitest';
import { readProfile } from '../../profiles/index.js';
import { profileReports } from '../../simulator/station/report-profiles.js';
import type { Profile } from '../../simulator/station/profile.js';
import { createMessageSchemas } from '../../src/ocpp/validation.js';

const T0 = Date.UTC(2026, 0, 5, 8);

const held = (id: number, evseNumber: number, fields: Partial<Profile> = {}): Profile => ({
  id,
  evseNumber,
  purpose: 'tx-default',
  stackLevel: 2,
  kind: 'recurring',
  recurrenceSec: 604_800,
  startAtMs: T0,
  durationSec: 3600,
  validFromMs: T0 - 1000,
  unit: 'A',
  periods: [
    { startSec: 0, limit: 16, numberPhases: 3 },
    { startSec: 60, limit: 6.5 },
  ],
  receivedAtMs: T0,
  ...fields,
});
const ALL = [held(1001, 1), held(5, 0), held(2001, 1, { purpose: 'tx', transactionId: 'x' })];

interface Report {
  readonly requestId: number;
  readonly evseId: number;
  readonly tbc: boolean;
  readonly chargingProfile: readonly unknown[];
}

test('one message a place, the last of them says so, and each passes the schema', () => {
  const calls = profileReports(ALL, { requestId: 9 });
  const schemas = createMessageSchemas('ocpp2.0.1', 'strict');
  const reports = calls.map(({ action, payload }) => {
    expect(action).toBe('ReportChargingProfiles');
    return schemas.checkRequest(action, payload).payload as Report;
  });
  expect(reports.map(({ evseId, tbc }) => [evseId, tbc])).toEqual([
    [1, true],
    [0, false],
  ]);
  const read = reports.flatMap(({ evseId, chargingProfile }) =>
    chargingProfile.map((profile) => readProfile('ocpp2.0.1', evseId, profile)),
  );
  expect(read).toMatchObject([
    { id: 1001, evseNumber: 1, kind: 'recurring', recurrency: 'weekly', validFromMs: T0 - 1000 },
    { id: 2001, evseNumber: 1, purpose: 'tx', transactionId: 'x' },
    { id: 5, evseNumber: 0, schedules: [{ startAtMs: T0, durationSec: 3600 }] },
  ]);
});

test('only the place that was asked for, and nothing where nothing is held', () => {
  expect(profileReports(ALL, { requestId: 9, evseNumber: 0 })).toHaveLength(1);
  expect(profileReports(ALL, { requestId: 9, evseNumber: 2 })).toEqual([]);
});
