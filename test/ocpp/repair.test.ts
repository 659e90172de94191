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

describe.each<OcppVersion>(['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'])('schemas of %s', (version) => {
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
