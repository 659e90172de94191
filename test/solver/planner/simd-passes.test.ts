/** The passes over variables on pairs of doubles do what the plain loops do. */
import { describe, expect, test } from 'vitest';
import { mulberry32, type Random } from '../../../simulator/random.js';
import { ARRAYS } from '../../../solver/planner/interior-point/simd-passes.js';
import {
  acceptCentrality,
  createVariables,
  type Distance,
  distance,
  moveVariables,
  pushCentrality,
  pushCorrector,
  pushPredictor,
  stepCentrality,
  stepCorrector,
  stepPredictor,
  type Variables,
} from '../../../solver/planner/interior-point/variables.js';

const TARGET = 0.01;

/** Powers of ten between -4 and 2. */
const size = (random: Random): number => 10 ** (6 * random() - 4);

function fill(v: Variables, random: Random): void {
  for (let j = 0; j < v.count; j += 1) {
    for (const name of ['x', 'room', 'lowerDual', 'upperDual', 'proximal'] as const)
      v[name][j] = size(random);
    v.price[j] = random() - 0.5;
  }
}

function plainCopy(v: Variables): Variables {
  const arrays = ARRAYS.map((name) => [name, v[name].slice()] as const);
  return { ...v, ...Object.fromEntries(arrays), simd: undefined } as Variables;
}

/** What an iteration does to the variables, and what it reads off them. */
function iterate(v: Variables, prices: readonly Float64Array[]): readonly number[] {
  const far: Distance = { complementarity: 0, proven: 0 };
  distance(v, far);
  pushPredictor(v);
  const predicted = { primal: 0, dual: 0, after: 0 };
  stepPredictor(v, predicted);
  pushCorrector(v, TARGET);
  v.price.set(prices[0] as Float64Array);
  const length = { primal: 0, dual: 0 };
  stepCorrector(v, length);
  pushCentrality(v, TARGET, { primal: 0.7, dual: 0.6 });
  v.price.set(prices[1] as Float64Array);
  const tried = { primal: 0, dual: 0 };
  stepCentrality(v, tried);
  acceptCentrality(v);
  moveVariables(v, { primal: 0.9 * tried.primal, dual: 0.8 * tried.dual });
  return [far, predicted, length, tried].flatMap((it) => Object.values(it) as number[]);
}

function near(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));
}

describe('passes', () => {
  test.each([
    [1, 1],
    [2, 1],
    [9, 6],
    [2000, 1601],
    [2001, 1600],
  ])('%i variables, %i of them bounded: as plain loops', (count, boundedCount) => {
    const random = mulberry32(count);
    const v = createVariables(count, boundedCount);
    expect(v.simd).toBeDefined();
    fill(v, random);
    const plain = plainCopy(v);
    const prices = [0, 1].map(() => Float64Array.from({ length: count }, () => random() - 0.5));
    const found = iterate(v, prices);
    const expected = iterate(plain, prices);
    expect(found.filter((value, at) => !near(value, expected[at] as number))).toEqual([]);
    for (const name of ARRAYS) {
      const wrong = v[name].filter((value, j) => !near(value, plain[name][j] as number));
      expect([name, ...wrong]).toEqual([name]);
    }
  });

  test('more variables than their memory holds are left to plain loops', () => {
    expect(createVariables(100_000, 90_000).simd).toBeUndefined();
  });

  test('a new program finds zeros', () => {
    createVariables(10, 5).x.fill(7);
    expect(createVariables(8, 4).x).toEqual(new Float64Array(8));
  });
});
