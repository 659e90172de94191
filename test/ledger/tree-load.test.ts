import { expect, test } from 'vitest';
import { carries } from '../../ledger/index.js';
import { amps, type Circuit, type CircuitLimit, volts, watts } from '../../solver/index.js';
import { circuit, RATING } from './build.js';

const with_ = (
  limit: CircuitLimit,
  baseA: readonly [number, number, number] = [0, 0, 0],
): Circuit => ({
  ...circuit('c', [limit]),
  baseLoadA: [amps(baseA[0]), amps(baseA[1]), amps(baseA[2])],
});
const three = (limitA: number) => [amps(limitA), amps(limitA), amps(limitA)] as const;
const ROOT_3 = Math.sqrt(3);

/** The least of three equal limits that carries the sums, by bisection, A. */
function leastA(kind: 'line' | 'delta-primary', x: number, y: number, z: number): number {
  let [low, high] = [0, 1000];
  for (let round = 0; round < 60; round += 1) {
    const limitA = three((low + high) / 2);
    const limit: CircuitLimit =
      kind === 'line'
        ? { kind, limitA, source: RATING }
        : { kind, limitA, turnsRatio: 4, source: RATING };
    if (carries(with_(limit), x, y, z, 'all')) high = limitA[0];
    else low = limitA[0];
  }
  return high;
}

test('a wye limit holds per phase with its base load', () => {
  const limit: CircuitLimit = { kind: 'wye', limitA: three(32), source: RATING };
  expect(carries(with_(limit, [2, 0, 0]), 30, 32, 32, 'all')).toBe(true);
  expect(carries(with_(limit, [2, 0, 0]), 30.01, 0, 0, 'all')).toBe(false);
});
test('a pair sum counts its own pair only', () => {
  const limit: CircuitLimit = { kind: 'pair-sum', pair: 1, limitA: amps(20), source: RATING };
  expect(carries(with_(limit, [0, 4, 0]), 99, 16, 99, 'all')).toBe(true);
  expect(carries(with_(limit, [0, 4, 0]), 0, 16.01, 0, 'all')).toBe(false);
});
test('a line carries sqrt 3 times balanced pairs and the current of one pair alone', () => {
  expect(leastA('line', 10, 10, 10)).toBeCloseTo(10 * ROOT_3, 5);
  expect(leastA('line', 10, 0, 0)).toBeCloseTo(10, 5);
});
test('a primary counts the worst corner: one pair stopping must not lift a line', () => {
  expect(leastA('delta-primary', 0, 0, 10)).toBeCloseTo(20 / 4, 5);
  expect(leastA('delta-primary', 10, 10, 10)).toBeCloseTo(30 / 4, 5);
  const limitA = [amps(3.0), amps(1000), amps(1000)] as const;
  const limit: CircuitLimit = { kind: 'delta-primary', limitA, turnsRatio: 4, source: RATING };
  // |IA| of x = 12.1 alone is 12.1 / 4 = 3.025; with y = 6 beside it, 10.48 / 4 = 2.62.
  expect(carries(with_(limit), 12.1, 6, 0, 'all')).toBe(false);
  expect(carries(with_(limit), 12, 6, 0, 'all')).toBe(true);
});
test('power counts all channels and the base load', () => {
  const source = { kind: 'owner' } as const;
  const limit: CircuitLimit = { kind: 'power', limitW: watts(6900), voltageV: volts(230), source };
  expect(carries(with_(limit, [1, 1, 1]), 9, 9, 9, 'all')).toBe(true);
  expect(carries(with_(limit, [1, 1, 1]), 9, 9, 9.01, 'all')).toBe(false);
  expect(carries(with_(limit), 900, 0, 0, 'ratings')).toBe(true);
});
