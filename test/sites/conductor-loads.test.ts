import { describe, expect, test } from 'vitest';
import { amps, volts, watts } from '../../solver/index.js';
import { conductorLoads } from '../../src/sites/conductor-loads.js';

const source = { kind: 'rating' } as const;
const A = (value: number) => [amps(value), amps(value), amps(value)] as const;
const loads = (...args: Parameters<typeof conductorLoads>) =>
  conductorLoads(...args).map((each) => Number(each.load.toFixed(6)));

describe('conductorLoads', () => {
  test('adds base load to each phase of a wye', () => {
    expect(loads({ kind: 'wye', limitA: A(63), source }, [10, 20, 30], [1, 2, 3])).toEqual([
      11, 22, 33,
    ]);
  });

  test('sums one pair of a delta panel', () => {
    const limit = { kind: 'pair-sum', pair: 1, limitA: amps(80), source } as const;
    expect(loads(limit, [10, 20, 30], [0, 5, 0])).toEqual([25]);
  });

  test('gives sqrt 3 times the pair current on each line of a balanced delta', () => {
    const [a, b, c] = loads({ kind: 'line', limitA: A(100), source }, [10, 10, 10], [0, 0, 0]);
    for (const current of [a, b, c]) expect(current).toBeCloseTo(10 * Math.sqrt(3), 5);
  });

  test('puts a single pair on two lines of the secondary, and leaves the third free', () => {
    expect(loads({ kind: 'line', limitA: A(100), source }, [10, 0, 0], [0, 0, 0])).toEqual([
      10, 10, 0,
    ]);
  });

  test('divides by the turns ratio ahead of a transformer', () => {
    const limit = { kind: 'delta-primary', limitA: A(100), turnsRatio: 4, source } as const;
    const [first, second, third] = loads(limit, [10, 10, 10], [0, 0, 0]);
    expect(first).toBeCloseTo((10 * Math.sqrt(9)) / 4, 5);
    expect([second, third]).toEqual([first, first]);
  });

  test('multiplies all channels by the voltage for power', () => {
    const limit = { kind: 'power', limitW: watts(1), voltageV: volts(230), source } as const;
    expect(loads(limit, [1, 2, 3], [1, 0, 0])).toEqual([7 * 230]);
  });
});
