import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { type CircuitLimit, compileSite } from '../../solver/index.js';
import { OWN_MAXIMUM } from '../../solver/realtime/fill.js';
import { setKey, smallestIndex, startMinTree } from '../../solver/realtime/min-tree.js';
import { type Filled, filled } from './filled.js';
import { circuit, evse, line, primary, site, wye } from './site-builder.js';

interface Riser {
  readonly channels: string;
  readonly lowA: number;
  readonly highA: number;
  /** Level at which its current would be 0; every riser rises 1 A per s of level. */
  readonly zeroSec?: number;
  readonly reservedA?: number;
}

function fill(limits: readonly CircuitLimit[], risers: readonly Riser[]): Filled {
  const isDelta = limits.some((limit) => limit.kind !== 'wye');
  const evses = risers.map(({ channels }, at) => evse({ id: `e${at}`, channels }));
  const compiled = compileSite(
    site([circuit('grid', undefined, limits)], evses, isDelta ? 'delta' : 'wye'),
  );
  return filled(compiled, {
    slope: risers.map(() => 1),
    zeroSec: risers.map((riser) => riser.zeroSec ?? 0),
    lowA: risers.map((riser) => riser.lowA),
    highA: risers.map((riser) => riser.highA),
    reservedA: risers.map((riser) => riser.reservedA ?? 0),
  });
}

const rounded = ({ currentA }: Filled): number[] =>
  currentA.map((value) => Math.round(value * 1e9) / 1e9);

describe('filling', () => {
  test('stops everyone on a full phase and lets the other phases go on', () => {
    const filling = fill(
      [wye(20, 50, 50)],
      [
        { channels: '1', lowA: 6, highA: 32 },
        { channels: '123', lowA: 6, highA: 32 },
        { channels: '2', lowA: 6, highA: 32 },
      ],
    );
    deepStrictEqual(rounded(filling), [10, 10, 32]);
    deepStrictEqual([...filling.frozenBy], [0, 0, OWN_MAXIMUM]);
  });

  test('takes what minimums use off what the others can share', () => {
    const low = { channels: '1', highA: 32 };
    deepStrictEqual(
      rounded(
        fill(
          [wye(30)],
          [
            { ...low, lowA: 16 },
            { ...low, lowA: 6 },
          ],
        ),
      ),
      [16, 14],
    );
  });

  test('raises the urgent first, and the next from where the level meets its line', () => {
    const riser = { channels: '1', lowA: 6, highA: 32 };
    const apart = (zeroSec: number): Riser[] => [riser, { ...riser, zeroSec }];
    deepStrictEqual(rounded(fill([wye(38)], apart(10))), [24, 14]);
    deepStrictEqual(rounded(fill([wye(38)], apart(100))), [32, 6]);
  });

  test('meets a line limit exactly where the phasors meet it', () => {
    const riser = { lowA: 6, highA: 32 };
    const filling = fill(
      [line(30)],
      [
        { ...riser, channels: '1' },
        { ...riser, channels: '3' },
      ],
    );
    for (const currentA of filling.currentA) expect(currentA).toBeCloseTo(30 / Math.sqrt(3), 9);
  });

  // |I_A| is x / 4 while y <= x: BC does not add to a primary line that AB alone has filled.
  const full = [primary(7, 99, 99)];
  test('lets BC rise past a primary that AB fills, until it begins to add', () => {
    const filling = fill(full, [
      { channels: '1', lowA: 6, highA: 40 },
      { channels: '2', lowA: 6, highA: 40, zeroSec: 100 },
    ]);
    deepStrictEqual(rounded(filling), [28, 28]);
    deepStrictEqual([...filling.frozenBy], [0, 0]);
  });

  test('lets AB rise past a primary that BC fills, until it begins to add', () => {
    const filling = fill(full, [
      { channels: '1', lowA: 6, highA: 40, zeroSec: 100 },
      { channels: '2', lowA: 6, highA: 40 },
    ]);
    deepStrictEqual(rounded(filling), [28, 28]);
  });

  test('does not raise what reserved current overloads, and fills the rest', () => {
    const filling = fill(
      [wye(10, 20, 20)],
      [
        { channels: '1', lowA: 0, highA: 0, reservedA: 16 },
        { channels: '1', lowA: 0, highA: 32 },
        { channels: '2', lowA: 6, highA: 32 },
      ],
    );
    deepStrictEqual(rounded(filling), [0, 0, 20]);
  });
});

test('a tournament names the smallest key after any change, the lowest index on ties', () => {
  const tree = startMinTree(5);
  for (const [index, key] of [4, 2, 7, 2, 9].entries()) setKey(tree, index, key);
  expect(smallestIndex(tree)).toBe(1);
  setKey(tree, 1, 8);
  expect(smallestIndex(tree)).toBe(3);
  setKey(tree, 3, Infinity);
  expect(smallestIndex(tree)).toBe(0);
});
