import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  boundaryEnergyWh,
  readMeterValues,
  type WireSampledValue,
} from '../../src/ocpp/meter-values.js';

const AT = '2026-03-01T12:00:00Z';
const AT_MS = Date.parse(AT);

const read = (...sampledValue: WireSampledValue[]) =>
  readMeterValues([{ timestamp: AT, sampledValue }], AT_MS)[0];
const current = (value: string | number, phase?: string): WireSampledValue => ({
  value,
  measurand: 'Current.Import',
  ...(phase !== undefined && { phase }),
});
const power = (value: string | number, more: Partial<WireSampledValue> = {}): WireSampledValue => ({
  value,
  measurand: 'Power.Active.Import',
  ...more,
});

describe('one sample', () => {
  test.each<[string, WireSampledValue[], object | undefined]>([
    ['absent measurand and unit: energy in Wh', [{ value: '1234' }], { energyWh: 1234 }],
    ['kWh', [{ value: '1.5', unit: 'kWh' }], { energyWh: 1500 }],
    ['a register labelled with phase N', [{ value: '7', phase: 'N' }], { energyWh: 7 }],
    [
      'a register per phase is summed',
      [
        { value: '1', phase: 'L1' },
        { value: '2', phase: 'L2' },
        { value: '3', phase: 'L3' },
      ],
      { energyWh: 6 },
    ],
    [
      'an interval is no register',
      [{ value: '9', measurand: 'Energy.Active.Import.Interval' }],
      undefined,
    ],
    ['kW', [power('7.36', { unit: 'kW' })], { powerW: 7360 }],
    ['power as a number', [power(7360)], { powerW: 7360 }],
    ['a decimal comma', [power('7,5', { unit: 'kW' })], { powerW: 7500 }],
    [
      'a multiplier of 2.x',
      [power(2, { unitOfMeasure: { unit: 'W', multiplier: 3 } })],
      { powerW: 2000 },
    ],
    [
      'power per phase is summed where there is no total',
      [
        power(1000, { phase: 'L1-N' }),
        power(1100, { phase: 'L2-N' }),
        power(900, { phase: 'L3-N' }),
      ],
      { powerW: 3000 },
    ],
    [
      'a total of power beats the phases',
      [power(1000, { phase: 'L1' }), power(3100)],
      { powerW: 3100 },
    ],
    [
      'power is not derived from current',
      [current('16', 'L1')],
      { currentA: [16, undefined, undefined] },
    ],
    [
      'currents per phase, zero placeholders kept',
      [current('16', 'L1'), current('0', 'L2'), current(0, 'L3')],
      { currentA: [16, 0, 0] },
    ],
    [
      'a subset of phases, to neutral',
      [current('9', 'L2-N')],
      { currentA: [undefined, 9, undefined] },
    ],
    [
      'line to line, by the first line named',
      [current('20', 'L1-L2'), current('21', 'L3-L1')],
      { currentA: [20, undefined, 21] },
    ],
    ['an unphased current counts on every phase', [current('16')], { currentA: [16, 16, 16] }],
    [
      'a current on N alone counts on every phase',
      [current('16', 'N')],
      { currentA: [16, 16, 16] },
    ],
    [
      'a current on N beside phases is not drawn current',
      [current('10', 'L1'), current('3', 'N')],
      { currentA: [10, undefined, undefined] },
    ],
    [
      'milliamperes',
      [{ ...current('16000', 'L1'), unit: 'mA' }],
      { currentA: [16, undefined, undefined] },
    ],
    [
      'the offer is the highest of its phases',
      [
        { value: '16', measurand: 'Current.Offered', phase: 'L1' },
        { value: '10', measurand: 'Current.Offered', phase: 'L2' },
      ],
      { offeredA: 16 },
    ],
    [
      'state of charge',
      [{ value: '42', measurand: 'SoC', unit: 'Percent' }],
      { socFraction: 0.42 },
    ],
    ['a state of charge of 101 %', [{ value: '101', measurand: 'SoC' }], undefined],
    [
      'Transaction.Begin after the live value does not overwrite it',
      [{ value: '5000' }, { value: '0', context: 'Transaction.Begin' }],
      { energyWh: 5000 },
    ],
    [
      'Transaction.Begin before the live value neither, whatever its phase',
      [
        { value: '0', context: 'Transaction.Begin' },
        { value: '5000', phase: 'L1' },
      ],
      { energyWh: 5000 },
    ],
    [
      'Transaction.End beats Transaction.Begin',
      [
        { value: '9', context: 'Transaction.End' },
        { value: '1', context: 'Transaction.Begin' },
      ],
      { energyWh: 9 },
    ],
    [
      'a lone Transaction.Begin counts',
      [{ value: '3', context: 'Transaction.Begin' }],
      { energyWh: 3 },
    ],
    ['text that is no number', [power('NaN'), power(''), power('1e999'), power('0x10')], undefined],
    ['a unit of another quantity', [{ ...current('16', 'L1'), unit: 'W' }], undefined],
    ['a unit named like a method', [power('1', { unit: 'constructor' })], undefined],
    ['signed data', [{ value: '123', format: 'SignedData' }], undefined],
    ['an unknown phase', [current('5', 'L4')], undefined],
  ])('%s', (_what, values, expected) => {
    const sample = read(...values);
    expect(sample).toEqual(expected === undefined ? undefined : { atMs: AT_MS, ...expected });
  });

  test('a bad value beside good ones is skipped alone', () => {
    expect(read(current('x', 'L1'), current('8', 'L2'))).toEqual({
      atMs: AT_MS,
      currentA: [undefined, 8, undefined],
    });
  });

  test('a timestamp that cannot be read is the time of receipt', () => {
    const sampledValue = [{ value: '1' }];
    expect(readMeterValues([{ timestamp: 'soon', sampledValue }], 77)).toEqual([
      { atMs: 77, energyWh: 1 },
    ]);
  });
});

test('the register of a boundary is read by its context', () => {
  const sampledValue = [
    { value: '10', context: 'Transaction.Begin' },
    { value: '2', unit: 'kWh', context: 'Transaction.End' },
  ];
  expect(boundaryEnergyWh([{ timestamp: AT, sampledValue }], 'Transaction.Begin')).toBe(10);
  expect(boundaryEnergyWh([{ timestamp: AT, sampledValue }], 'Transaction.End')).toBe(2000);
  expect(boundaryEnergyWh(undefined, 'Transaction.End')).toBeUndefined();
});

test('whatever is sent, a sample holds finite numbers only (500 runs)', () => {
  const optional = (...values: string[]) =>
    fc.option(fc.constantFrom(...values), { nil: undefined });
  const value = fc.record(
    {
      value: fc.oneof(fc.string(), fc.double(), fc.double().map(String)),
      measurand: optional('Current.Import', 'Power.Active.Import', 'SoC', 'Current.Offered', 'x'),
      phase: optional('L1', 'L2', 'L3', 'N', 'L1-N', '?'),
      unit: optional('A', 'kW', 'W', 'kWh', 'Percent'),
      context: optional('Transaction.Begin', 'Sample.Periodic'),
    },
    { requiredKeys: ['value'] },
  );
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const sample = read(...(values as WireSampledValue[]));
      for (const number of Object.values(sample ?? {}).flat()) {
        expect(number === undefined || Number.isFinite(number)).toBe(true);
      }
    }),
    { numRuns: 500, seed: 7 },
  );
});
