import { describe, expect, test } from 'vitest';

import type { OcppVersion } from '../../src/ocpp/messages.js';
import { readNumber, repair } from '../../src/ocpp/repair.js';
import type { Schema } from '../../src/ocpp/schemas.js';
import { createMessageSchemas } from '../../src/ocpp/validation.js';

const schema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: { type: 'integer' },
    idTag: { type: 'string', maxLength: 3 },
    name: { type: 'string', maxLength: 3 },
    on: { type: 'boolean' },
    kind: { type: 'string', enum: ['a', 'b'] },
    list: {
      type: 'array',
      minItems: 1,
      items: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } },
    },
  },
};

describe('a forgiving repair', () => {
  test.each<[string, object, object]>([
    ['drops what the standard does not know', { id: 1, x: 2 }, { id: 1 }],
    ['reads numbers written as text', { id: '1' }, { id: 1 }],
    ['rounds where an integer is wanted', { id: 1.4 }, { id: 1 }],
    ['reads numbers as text', { id: 1, name: 7 }, { id: 1, name: '7' }],
    ['reads booleans written as text', { id: 1, on: 'false' }, { id: 1, on: false }],
    ['reads booleans in any case', { id: 1, on: 'True' }, { id: 1, on: true }],
    ['reads 0 and 1 as booleans', { id: 1, on: 0 }, { id: 1, on: false }],
    ['finds a word in another case', { id: 1, kind: ' A' }, { id: 1, kind: 'a' }],
    ['reads null as absent', { id: 1, kind: null, list: null }, { id: 1 }],
    ['leaves out an empty text where a word is due', { id: 1, kind: '' }, { id: 1 }],
    ['cuts long display texts', { id: 1, name: 'abcd' }, { id: 1, name: 'abc' }],
    ['never cuts an identifier', { id: 1, idTag: 'abcd' }, { id: 1 }],
    ['leaves out an optional property', { id: 1, kind: 'c' }, { id: 1 }],
    ['leaves out a broken list item', { id: 1, list: [{ n: 1 }, {}] }, { id: 1, list: [{ n: 1 }] }],
    ['leaves out a list without items', { id: 1, list: [{}] }, { id: 1 }],
    ['leaves a broken required property for the validator', { id: {} }, { id: {} }],
  ])('%s', (_what, payload, expected) => {
    const { value, notes } = repair(schema, payload, 'forgiving');
    expect(value).toEqual(expected);
    expect(notes.length > 0).toBe(!('id' in expected) || typeof expected.id === 'number');
  });
});

test('a payload that should be empty may be null or a list', () => {
  for (const nothing of [null, []]) {
    expect(repair({ type: 'object' }, nothing, 'forgiving').value).toEqual({});
    expect(repair(schema, nothing, 'forgiving').value).toBe(nothing);
  }
});

test('a careful repair reads null as absent and words in any case, like every other', () => {
  expect(repair(schema, { id: 1, kind: 'B', name: null }, 'careful').value).toEqual({
    id: 1,
    kind: 'b',
  });
});

test('a careful repair leaves nothing out of an answer', () => {
  const payload = { id: '1', x: 1, kind: 'c', list: [{ n: 1 }, {}] };
  expect(repair(schema, payload, 'careful').value).toEqual({
    id: 1,
    kind: 'c',
    list: [{ n: 1 }, {}],
  });
});

test.each<[string, number | undefined]>([
  ['1.5', 1.5],
  [' -2 ', -2],
  ['1,5', 1.5],
  ['1e3', 1000],
  ['', undefined],
  ['1.2.3', undefined],
  ['Infinity', undefined],
  ['1e999', undefined],
])('%j reads as %s', (text, number) => {
  expect(readNumber(text)).toBe(number);
});

test('a strict station is held to the letter', () => {
  const strict = createMessageSchemas('ocpp1.6', 'strict');
  const status = { connectorId: 1, status: 'Available', errorCode: 'NoError' };
  expect(strict.checkRequest('StatusNotification', status).notes).toEqual([]);
  for (const [slip, code] of [
    [{ extra: 1 }, 'FormatViolation'],
    [{ connectorId: '1' }, 'TypeConstraintViolation'],
    [{ status: 'available' }, 'PropertyConstraintViolation'],
    [{ errorCode: 'VendorThing' }, 'PropertyConstraintViolation'],
    [{ timestamp: '01.03.2026' }, 'FormatViolation'],
    [{ errorCode: undefined }, 'OccurrenceConstraintViolation'],
  ] as const) {
    expect(() => strict.checkRequest('StatusNotification', { ...status, ...slip })).toThrow(
      expect.objectContaining({ code }),
    );
  }
  const lenient = createMessageSchemas('ocpp1.6');
  const slips = { extra: 1, connectorId: '1', status: 'available', timestamp: '1772366400' };
  expect(lenient.checkRequest('StatusNotification', { ...status, ...slips }).payload).toEqual({
    ...status,
    timestamp: '1772366400',
  });
});

describe.each<OcppVersion>(['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'])('schemas of %s', (version) => {
  test('an integer has 32 bits, but for meter registers', () => {
    const request =
      version === 'ocpp1.6'
        ? ['StatusNotification', { status: 'Available', errorCode: 'NoError', connectorId: 1e20 }]
        : ['ReservationStatusUpdate', { reservationUpdateStatus: 'Expired', reservationId: 1e20 }];
    const [action, payload] = request as [string, object];
    expect(() => schemas.checkRequest(action, payload)).toThrow(/must be <= 2147483647/);
    if (version !== 'ocpp1.6') return;
    const timestamp = '2026-03-01T12:00:00Z';
    const start = { connectorId: 1, idTag: 'T', meterStart: 3e9, timestamp };
    expect(schemas.checkRequest('StartTransaction', start).notes).toEqual([]);
  });
  test('a start period between seconds is rounded in an answer about limits', () => {
    const period = [
      { startPeriod: 0, limit: 16 },
      { startPeriod: 59.6, limit: 8 },
    ];
    const plan = { duration: 60, chargingRateUnit: 'A', chargingSchedulePeriod: period };
    const schedule = { ...plan, evseId: 1, scheduleStart: '2026-03-01T12:00:00Z' };
    const answer =
      version === 'ocpp1.6'
        ? { status: 'Accepted', connectorId: 1, chargingSchedule: plan }
        : { status: 'Accepted', schedule };
    const { payload, notes } = schemas.checkAnswer('GetCompositeSchedule', answer);
    expect(JSON.stringify(payload)).toContain('"startPeriod":60');
    expect(notes).toHaveLength(1);
  });
  const schemas = createMessageSchemas(version);
  test('know the calls of the version under one name', () => {
    expect(schemas.knows('Heartbeat')).toBe(true);
    expect(schemas.knows('TransactionEvent')).toBe(version !== 'ocpp1.6');
    expect(schemas.knows('AFRRSignal')).toBe(version === 'ocpp2.1');
    expect(schemas.knows('constructor')).toBe(false);
  });
  test('pass a correct payload untouched', () => {
    const payload = {};
    expect(schemas.checkRequest('Heartbeat', payload)).toEqual({ payload, notes: [] });
  });
  test('every limit of one decimal from 0 to 32 A is a multiple of 0.1', () => {
    const place = version === 'ocpp1.6' ? { connectorId: 1 } : {};
    for (let tenths = 0; tenths <= 320; tenths += 1) {
      const chargingSchedule = {
        duration: 60,
        chargingRateUnit: 'A',
        chargingSchedulePeriod: [{ startPeriod: 0, limit: tenths / 10 }],
      };
      const schedule = { ...chargingSchedule, evseId: 1, scheduleStart: '2026-03-01T12:00:00Z' };
      const answer =
        version === 'ocpp1.6'
          ? { status: 'Accepted', ...place, chargingSchedule }
          : { status: 'Accepted', schedule };
      expect(schemas.checkAnswer('GetCompositeSchedule', answer).notes).toEqual([]);
    }
  });
});
