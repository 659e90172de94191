/** Payloads: accepted by the schemas of each version, and read back as what was meant. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkProfile,
  installedFrom,
  ocpp16,
  ocpp201,
  ocpp21,
  profileIdOf,
  readProfile,
  type ChargingProfile,
  type CompositeQuery,
  type ProfileClear,
  type ProfilePurpose,
  type ProfileVersion,
} from '../../profiles/index.js';

const SCHEMAS = path.resolve(import.meta.dirname, '../../node_modules/ocpp-rpc/lib/schemas');

interface Wire {
  readonly version: ProfileVersion;
  readonly file: string;
  readonly wire: typeof ocpp16 | typeof ocpp201;
  readonly profileField: string;
}

const WIRES: readonly Wire[] = [
  {
    version: 'ocpp1.6',
    file: 'ocpp1_6.json',
    wire: ocpp16,
    profileField: 'csChargingProfiles',
  },
  { version: 'ocpp2.0.1', file: 'ocpp2_0_1.json', wire: ocpp201, profileField: 'chargingProfile' },
  { version: 'ocpp2.1', file: 'ocpp2_1.json', wire: ocpp21, profileField: 'chargingProfile' },
];

const LEASE: ChargingProfile = {
  id: 2001,
  stackLevel: 0,
  purpose: 'tx',
  evseNumber: 1,
  transactionId: '17',
  startAtMs: 1_749_999_940_000,
  unit: 'A',
  periods: [
    { startSec: 0, limit: 15.7, numberPhases: 3 },
    { startSec: 960, limit: 0, numberPhases: 3 },
  ],
};

const CLEARS: readonly ProfileClear[] = [
  { kind: 'clear-charging-profile', profileId: 2001 },
  { kind: 'clear-charging-profile', criteria: { evseNumber: 1, purpose: 'tx', stackLevel: 0 } },
  { kind: 'clear-charging-profile', criteria: { purpose: 'station-max' } },
];

const QUERIES: readonly CompositeQuery[] = [
  { evseNumber: 1, durationSec: 900 },
  { evseNumber: 0, durationSec: 604_800, unit: 'W' },
];

describe('ClearChargingProfile of 1.6 by an id of ours', () => {
  const payloadOf = (profileId: number) =>
    ocpp16.clearChargingProfile({ kind: 'clear-charging-profile', profileId });

  test('says where that is as well', () => {
    expect(payloadOf(profileIdOf('tx', 2, undefined))).toEqual({
      id: 2002,
      connectorId: 2,
      chargingProfilePurpose: 'TxProfile',
    });
    expect(payloadOf(profileIdOf('station-max', 0, undefined))).toEqual({
      id: 3000,
      connectorId: 0,
      chargingProfilePurpose: 'ChargePointMaxProfile',
    });
    expect(payloadOf(77)).toEqual({ id: 77 });
  });

  test('takes nothing else from a station for which an unknown id is no criterion (libocpp #872)', () => {
    const held = [
      { id: 1001, connectorId: 1, chargingProfilePurpose: 'TxDefaultProfile' },
      { id: 1002, connectorId: 2, chargingProfilePurpose: 'TxDefaultProfile' },
      { id: 2002, connectorId: 2, chargingProfilePurpose: 'TxProfile' },
    ];
    const { id, ...criteria } = payloadOf(2001) as Record<string, unknown>;
    expect(held.some((it) => it.id === id)).toBe(false);
    const kept = held.filter((it) =>
      Object.entries(criteria).some(([name, value]) => it[name as keyof typeof it] !== value),
    );
    expect(kept).toEqual(held);
  });
});

describe.each(WIRES)('payloads of $version', ({ version, file, wire, profileField }) => {
  const validate = validatorsOf(file);

  test('SetChargingProfile carries what was meant and breaks no rule', () => {
    const payload = written(wire.setChargingProfile(LEASE));
    expectValid(validate('SetChargingProfile.req'), payload);
    const [evse, profile] = [
      payload[version === 'ocpp1.6' ? 'connectorId' : 'evseId'],
      payload[profileField],
    ];
    expect(evse).toBe(1);
    const read = readProfile(version, 1, profile);
    const meant = installedFrom(LEASE);
    const schedules = meant.schedules.map(({ id, ...rest }) =>
      version === 'ocpp1.6' ? rest : { id, ...rest },
    );
    expect(read).toEqual({ ...meant, schedules });
    expect('id' in read && checkProfile(read, factsOf(version))).toEqual([]);
  });

  test('how long it holds offline is written in 2.1 alone', () => {
    const payload = written(wire.setChargingProfile({ ...LEASE, maxOfflineSec: 970 }));
    expectValid(validate('SetChargingProfile.req'), payload);
    const profile = payload[profileField] as Record<string, unknown>;
    const { maxOfflineDuration, invalidAfterOfflineDuration } = profile;
    const is21 = version === 'ocpp2.1';
    expect([maxOfflineDuration, invalidAfterOfflineDuration]).toEqual(
      is21 ? [970, true] : [undefined, undefined],
    );
    if (!is21) return;
    const meant = installedFrom({ ...LEASE, maxOfflineSec: 970 });
    expect(readProfile(version, 1, profile)).toEqual(meant);
  });

  test('any profile of ours passes the schema and reads back the same', () => {
    const schema = validate('SetChargingProfile.req');
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const payload = written(wire.setChargingProfile(profile));
        expectValid(schema, payload);
        const read = readProfile(version, profile.evseNumber, payload[profileField]);
        if (!('id' in read)) throw new Error(JSON.stringify(read));
        const [schedule] = read.schedules;
        expect(schedule?.startAtMs).toBe(profile.startAtMs);
        expect(schedule?.periods).toEqual(installedFrom(profile).schedules[0]?.periods);
        expect(schedule?.durationSec).toBeUndefined();
        expect(read.transactionId).toBe(profile.transactionId);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test('ClearChargingProfile names an id or criteria', () => {
    const schema = validate('ClearChargingProfile.req');
    for (const clear of CLEARS) {
      expectValid(schema, written(wire.clearChargingProfile(clear)));
    }
    const everything = wire.clearChargingProfile({ kind: 'clear-charging-profile' });
    expect(everything).toMatchObject([{ rule: 'clear-names-something' }]);
  });

  test('GetCompositeSchedule asks for what it is told', () => {
    const schema = validate('GetCompositeSchedule.req');
    for (const query of QUERIES) {
      expectValid(schema, wire.getCompositeSchedule(query));
    }
  });

  test('refuses a transactionId that the version cannot carry', () => {
    const transactionId = version === 'ocpp1.6' ? '2147483648' : 'x'.repeat(37);
    expect(wire.setChargingProfile({ ...LEASE, transactionId })).toMatchObject([
      { rule: 'transaction-id-form' },
    ]);
  });
});

describe('timestamps on the wire', () => {
  test('carry Z and at most milliseconds', () => {
    const payload = written(ocpp16.setChargingProfile({ ...LEASE, startAtMs: 1_750_000_000_120 }));
    expect(JSON.stringify(payload)).toContain('"startSchedule":"2025-06-15T15:06:40.120Z"');
  });
});

const CONTEXT = { evseNumber: 1, durationSec: 900, answeredAtMs: 1_750_000_000_000 };

describe('reading a 1.6 composite schedule', () => {
  const schedule = {
    chargingRateUnit: 'A',
    chargingSchedulePeriod: [
      { startPeriod: 0, limit: 16 },
      { startPeriod: 839.5, limit: 6, numberPhases: 3 },
    ],
  };

  test('takes the request for what the station leaves out, and fractional starts', () => {
    const answer = { status: 'Accepted', chargingSchedule: schedule };
    expect(ocpp16.readCompositeSchedule(answer, CONTEXT)).toEqual({
      evseNumber: 1,
      startAtMs: CONTEXT.answeredAtMs,
      durationSec: 900,
      unit: 'A',
      periods: [
        { startSec: 0, limit: 16 },
        { startSec: 839.5, limit: 6, numberPhases: 3 },
      ],
    });
  });

  test('prefers scheduleStart over startSchedule, with or without Z', () => {
    const started = { ...schedule, startSchedule: '2025-06-15T15:00:00Z', duration: 60 };
    const answer = { status: 'Accepted', connectorId: 2, chargingSchedule: started };
    expect(ocpp16.readCompositeSchedule(answer, CONTEXT)).toMatchObject({
      evseNumber: 2,
      startAtMs: 1_749_999_600_000,
      durationSec: 60,
    });
    const both = { ...answer, scheduleStart: '2025-06-15T17:06:40+02:00' };
    expect(ocpp16.readCompositeSchedule(both, CONTEXT)).toMatchObject({
      startAtMs: 1_750_000_000_000,
    });
    const bare = { ...answer, scheduleStart: '2025-06-15T15:06:40' };
    expect(ocpp16.readCompositeSchedule(bare, CONTEXT)).toMatchObject({
      startAtMs: 1_750_000_000_000,
    });
  });

  test.each([
    ['a refusal', { status: 'Rejected' }],
    ['an acceptance without schedule', { status: 'Accepted' }],
    ['-1 for no limit', accepted([{ startPeriod: 0, limit: -1 }])],
    ['a missing limit', accepted([{ startPeriod: 0 }])],
    ['no period', accepted([])],
    ['a first period that starts late', accepted([{ startPeriod: 5, limit: 6 }])],
    [
      'periods out of order',
      accepted([
        { startPeriod: 0, limit: 6 },
        { startPeriod: 0, limit: 8 },
      ]),
    ],
    ['a limit that is a text', accepted([{ startPeriod: 0, limit: '16' }])],
    [
      'an unknown unit',
      { status: 'Accepted', chargingSchedule: { ...schedule, chargingRateUnit: 'kW' } },
    ],
    [
      'a start that is no instant',
      { status: 'Accepted', scheduleStart: 'now', chargingSchedule: schedule },
    ],
    ['no object', 'Accepted'],
  ])('does not understand %s', (_, answer) => {
    expect(ocpp16.readCompositeSchedule(answer, CONTEXT)).toSatisfy(isViolations);
  });

  test.each([
    ['-1 alone', [-1], 'composite-unlimited'],
    ['-1 in every period', [-1, -1], 'composite-unlimited'],
    ['-1 before a limit', [-1, 6], 'composite-readable'],
    ['-1 after a limit', [6, -1], 'composite-readable'],
    ['-1 before nothing', [-1, undefined], 'composite-readable'],
  ])('says that nothing limits the EVSE where no period does: %s', (_, limits, rule) => {
    const periods = limits.map((limit, index) => ({ startPeriod: index * 60, limit }));
    const read = ocpp16.readCompositeSchedule(accepted(periods), CONTEXT);
    expect(read).toSatisfy(isViolations);
    expect(read).toSatisfy((all: { rule: string }[]) => all.every((it) => it.rule === rule));
  });
});

describe('reading a 2.x composite schedule', () => {
  const schedule = {
    evseId: 1,
    duration: 900,
    scheduleStart: '2025-06-15T15:06:40.000Z',
    chargingRateUnit: 'A',
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, limit_L2: 20, limit_L3: 10 }],
  };

  test('tells the highest phase in A and the sum of phases in W', () => {
    const answer = { status: 'Accepted', schedule };
    expect(ocpp21.readCompositeSchedule(answer, CONTEXT)).toMatchObject({
      startAtMs: 1_750_000_000_000,
      periods: [{ startSec: 0, limit: 20 }],
    });
    const watts = { status: 'Accepted', schedule: { ...schedule, chargingRateUnit: 'W' } };
    expect(ocpp21.readCompositeSchedule(watts, CONTEXT)).toMatchObject({
      periods: [{ startSec: 0, limit: 46 }],
    });
  });

  test.each([
    ['a refusal', { status: 'Rejected', statusInfo: { reasonCode: 'NoError' } }],
    ['an absent limit', withPeriods([{ startPeriod: 0 }])],
    ['a phase below 0', withPeriods([{ startPeriod: 0, limit: 16, limit_L2: -1 }])],
  ])('does not understand %s', (_, answer) => {
    expect(ocpp201.readCompositeSchedule(answer, CONTEXT)).toSatisfy(isViolations);
  });

  function withPeriods(chargingSchedulePeriod: readonly object[]): object {
    return { status: 'Accepted', schedule: { ...schedule, chargingSchedulePeriod } };
  }
});

describe('reading a profile', () => {
  test('names what is missing or of the wrong type', () => {
    const read = readProfile('ocpp2.0.1', 1, {
      id: '7',
      stackLevel: 0,
      chargingProfilePurpose: 'Something',
      chargingProfileKind: 'Absolute',
    });
    expect(Array.isArray(read) ? read.map(({ field }) => field) : read).toEqual([
      '/id',
      '/chargingProfilePurpose',
      '/chargingSchedule',
    ]);
  });
});

const anyProfile: fc.Arbitrary<ChargingProfile> = fc
  .record({
    purpose: fc.constantFrom<ProfilePurpose>('tx', 'tx-default', 'station-max'),
    evseNumber: fc.integer({ min: 1, max: 999 }),
    startAtMs: fc.integer({ min: 1_577_836_800_000, max: 4_102_444_800_000 }),
    unit: fc.constantFrom<'A' | 'W'>('A', 'W'),
    limits: fc.array(fc.integer({ min: 0, max: 3_500_000 }), { minLength: 1, maxLength: 4 }),
    stepSec: fc.integer({ min: 1, max: 86_400 }),
    numberPhases: fc.constantFrom(undefined, 1, 3),
    transactionId: fc.integer({ min: -1, max: 2_147_483_647 }),
  })
  .map(({ purpose, limits, numberPhases, stepSec, transactionId, ...drawn }) => {
    const evseNumber = purpose === 'station-max' ? 0 : drawn.evseNumber;
    return {
      id: profileIdOf(purpose, evseNumber, undefined),
      stackLevel: 0,
      purpose,
      evseNumber,
      ...(purpose === 'tx' ? { transactionId: String(transactionId) } : {}),
      startAtMs: drawn.startAtMs,
      unit: drawn.unit,
      periods: limits.map((tenths, index) => ({
        startSec: index * stepSec,
        limit: tenths / 10,
        ...(numberPhases === undefined ? {} : { numberPhases }),
      })),
    };
  });

function validatorsOf(file: string): (id: string) => ValidateFunction {
  const schemas = JSON.parse(readFileSync(path.join(SCHEMAS, file), 'utf8')) as {
    $id?: string;
    $schema?: string;
  }[];
  const ajv = new Ajv({ strict: false, multipleOfPrecision: 6, formats: { 'date-time': true } });
  return (id) => {
    const names = [`urn:${id}`, `urn:${id.replace('.req', 'Request')}`];
    const schema = schemas.find((candidate) => names.includes(candidate.$id ?? ''));
    if (!schema) throw new Error(`${file} has no ${id}`);
    const { $id: _, $schema: __, ...anonymous } = schema;
    return ajv.compile(anonymous);
  };
}

function expectValid(validate: ValidateFunction, payload: unknown): void {
  expect({ valid: validate(payload), errors: validate.errors }).toEqual({
    valid: true,
    errors: null,
  });
}

function written(answer: object): Readonly<Record<string, unknown>> {
  if (Array.isArray(answer)) throw new Error(`not written: ${JSON.stringify(answer)}`);
  return { ...answer };
}

function accepted(chargingSchedulePeriod: readonly object[]): object {
  return {
    status: 'Accepted',
    connectorId: 1,
    chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod },
  };
}

function isViolations(answer: unknown): boolean {
  return Array.isArray(answer) && answer.length > 0;
}

function factsOf(version: ProfileVersion) {
  return {
    version,
    smartChargingAvailable: true,
    units: ['A'] as const,
    evseCount: 1,
    transactions: [{ evseNumber: 1, transactionId: '17' }],
    installed: [],
    stackLevelMax: 0,
    periodsMax: 2,
    supplyPhaseCount: 3 as const,
    phaseSwitching: false,
    features: [],
    additionalPurposes: [],
  };
}
