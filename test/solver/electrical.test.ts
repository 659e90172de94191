import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from 'vitest';
import {
  addCurrent,
  channelSums,
  compileTree,
  conductorLoads,
  fits,
  overloads,
  withLimits,
  worstConductor,
} from '../../solver/index.js';
import { RATING, circuit, evse, line, pairSum, power, primary, site, wye } from './site-builder.js';

const currents = (...values: number[]): Float64Array => Float64Array.from(values);

const TREE = compileTree(
  site(
    [
      circuit('grid', undefined, [wye(40, 40, 40), power(230 * 90)], [5, 0, 0]),
      circuit('panel', 'grid', [wye(20)]),
      circuit('other', 'grid', []),
      circuit('deep', 'panel', [wye(16)]),
    ],
    [
      evse({ id: 'a', on: 'grid', channels: '1' }),
      evse({ id: 'b', on: 'deep', channels: '123' }),
      evse({ id: 'c', on: 'panel', channels: '2' }),
      evse({ id: 'd', on: 'other', channels: '12' }),
    ],
  ),
);

describe('channel sums', () => {
  test('add each EVSE on its loaded channels to every circuit above it', () => {
    const sumsA = channelSums(TREE, currents(1, 2, 4, 8));
    deepStrictEqual([...sumsA], [11, 14, 2, 2, 6, 2, 8, 8, 0, 2, 2, 2]);
  });

  test('change in place by one EVSE as if computed anew', () => {
    const sumsA = channelSums(TREE, currents(1, 2, 4, 8));
    addCurrent(TREE, sumsA, 1, 3);
    deepStrictEqual(sumsA, channelSums(TREE, currents(1, 5, 4, 8)));
  });

  test('stand in one range per subtree', () => {
    const { evseBySubtree, subtreeStart, subtreeEnd } = TREE.topology;
    const below = (index: number): number[] =>
      Array.from(evseBySubtree.subarray(subtreeStart[index], subtreeEnd[index])).sort();
    deepStrictEqual([0, 1, 2, 3].map(below), [[0, 1, 2, 3], [1, 2], [3], [1]]);
  });
});

describe('overloads', () => {
  test('name circuit, conductor, load with base load, and excess', () => {
    deepStrictEqual(overloads(TREE, currents(20, 16, 4, 4)), [
      {
        circuitId: 'grid',
        conductor: 'L1',
        source: RATING,
        loadFraction: 45 / 40,
        limitA: 40,
        loadA: 45,
        excessFraction: 5 / 40,
      },
    ]);
  });

  test('of power are in W', () => {
    const found = overloads(TREE, currents(0, 32, 0, 0)).find((load) => 'limitW' in load);
    deepStrictEqual(found, {
      circuitId: 'grid',
      conductor: 'total power',
      source: RATING,
      loadFraction: 101 / 90,
      limitW: 230 * 90,
      loadW: 230 * 101,
      excessFraction: 11 / 90,
    });
  });

  test('begin a millionth of an ampere above the limit', () => {
    deepStrictEqual(overloads(TREE, currents(35 + 9e-7, 0, 0, 0)), []);
    expect(overloads(TREE, currents(35 + 2e-6, 0, 0, 0))).toHaveLength(1);
  });

  test('follow limits that change while the shape stays', () => {
    const lowered = withLimits(TREE, [
      circuit('grid', undefined, [wye(0)]),
      circuit('panel', 'grid', []),
      circuit('other', 'grid', []),
      circuit('deep', 'panel', []),
    ]);
    const [first] = overloads(lowered, currents(2, 0, 0, 0));
    expect(first).toMatchObject({ conductor: 'L1', limitA: 0, loadA: 2, loadFraction: 2 });
    expect(worstConductor(lowered, currents(2, 0, 3, 0))).toMatchObject({ conductor: 'L2' });
  });
});

describe('a raise', () => {
  const sumsA = channelSums(TREE, currents(10, 10, 10, 0));

  test('fits up to the tightest conductor above the EVSE', () => {
    expect(fits(TREE, sumsA, 0, { fromA: 10, toA: 25 })).toBe(true);
    expect(fits(TREE, sumsA, 0, { fromA: 10, toA: 25.1 })).toBe(false);
    expect(fits(TREE, sumsA, 1, { fromA: 10, toA: 10.1 })).toBe(false);
    expect(fits(TREE, sumsA, 2, { fromA: 10, toA: 0 })).toBe(true);
  });

  test('is free on an overloaded circuit where it does not add to what is overloaded', () => {
    const heavy = channelSums(TREE, currents(60, 0, 0, 0));
    expect(fits(TREE, heavy, 0, { fromA: 60, toA: 61 })).toBe(false);
    expect(fits(TREE, heavy, 2, { fromA: 0, toA: 6 })).toBe(true);
  });
});

describe('delta conductors', () => {
  const at = (x: number, y: number, z: number) => {
    const tree = compileTree(
      site(
        [circuit('grid', undefined, [line(100), primary(100), pairSum(1, 50)], [1, 2, 3])],
        ['1', '2', '3'].map((channels) => evse({ id: `e${channels}`, channels })),
        'delta',
      ),
    );
    return conductorLoads(tree, currents(x, y, z)).map((load) =>
      'loadA' in load ? Math.round(load.loadA * 1e6) / 1e6 : Number.NaN,
    );
  };

  test('of a balanced load carry sqrt 3 times the pair current, 3/4 of it ahead of a 4:1 transformer', () => {
    const lineA = Math.round(Math.sqrt(3) * 20 * 1e6) / 1e6;
    deepStrictEqual(at(20, 20, 20), [lineA + 1, lineA + 2, lineA + 3, 16, 17, 18, 22]);
  });

  test('of one pair alone carry it in two lines, and twice as much in one primary', () => {
    deepStrictEqual(at(20, 0, 0), [21, 22, 3, 6, 12, 8, 2]);
  });

  test('count at the worst corner: BC does not relieve a primary line', () => {
    deepStrictEqual(at(20, 8, 0).slice(3, 4), at(20, 0, 0).slice(3, 4));
  });
});
