/** A power limit of a delta circuit beside a building that is told by its lines, against exact phasors. */
import { describe, expect, test } from 'vitest';
import { carries, compileTree as ledgerTree } from '../../ledger/tree-load.js';
import { allocate, amps, powerBaseA, verifyAllocation } from '../../solver/index.js';
import { randomFrom } from './random-site.js';
import {
  circuit,
  claim,
  evse,
  line,
  NOW_MS,
  pairSum,
  power,
  site,
  TENTHS,
} from './site-builder.js';

const VOLTAGE_V = 400;

interface Complex {
  readonly re: number;
  readonly im: number;
}

const polar = (size: number, angle: number): Complex => ({
  re: size * Math.cos(angle),
  im: size * Math.sin(angle),
});
const minus = (a: Complex, b: Complex): Complex => ({ re: a.re - b.re, im: a.im - b.im });
const size = ({ re, im }: Complex): number => Math.hypot(re, im);
/** Of a voltage and a current, W. */
const powerW = (u: Complex, i: Complex): number => u.re * i.re + u.im * i.im;

type Three = readonly [Complex, Complex, Complex];

/** Line to line voltages AB, BC, CA, none above `VOLTAGE_V`. */
function voltages(random: () => number): Three {
  const isEven = random() < 0.3;
  const ab = polar(VOLTAGE_V * (isEven ? 1 : 0.9 + 0.1 * random()), 0);
  for (;;) {
    const bc = isEven
      ? polar(VOLTAGE_V, (-2 * Math.PI) / 3)
      : polar(VOLTAGE_V * (0.9 + 0.1 * random()), (-2 * Math.PI) / 3 + 0.2 * (random() - 0.5));
    const ca = { re: -ab.re - bc.re, im: -ab.im - bc.im };
    if (size(ca) <= VOLTAGE_V + 1e-9) return [ab, bc, ca];
  }
}

/** What the building draws on each pair, at any angle, and the currents of its lines a, b, c. */
function building(random: () => number, [ab, bc, ca]: Three) {
  const isResistive = random() < 0.3;
  const drawn = (u: Complex): Complex => {
    const angle = Math.atan2(u.im, u.re) + (isResistive ? 0 : Math.PI * (random() - 0.5));
    return polar(60 * random(), angle);
  };
  const pairs: Three = [drawn(ab), drawn(bc), drawn(ca)];
  const [x, y, z] = pairs;
  const lineA = [size(minus(x, z)), size(minus(y, x)), size(minus(z, y))] as const;
  const takesW = powerW(ab, x) + powerW(bc, y) + powerW(ca, z);
  return { lineA, takesW };
}

describe('a power limit on a delta supply', () => {
  test('is kept by a building of any phasors and vehicles that take all that is left', () => {
    let tightest = 0;
    for (let seed = 1; seed <= 2000; seed += 1) {
      const random = randomFrom(seed);
      const supply = voltages(random);
      const { lineA, takesW } = building(random, supply);
      const limitW = 40_000 + 60_000 * random();
      const evses = ['1', '2', '3', '1', '2', '3'].map((channels, at) =>
        evse({ id: `e${at}`, channels, pilots: TENTHS, maxA: 63, claim: claim({ maxA: 63 }) }),
      );
      const limits = [line(1000), power(limitW, VOLTAGE_V)];
      const problem = site([circuit('grid', undefined, limits, [...lineA])], evses, 'delta');
      const allocation = allocate(problem);
      expect(verifyAllocation(problem, allocation)).toEqual([]);
      const sumsA: [number, number, number] = [0, 0, 0];
      for (const [at, { limitA }] of allocation.limits.entries()) {
        sumsA[(at % 3) as 0 | 1 | 2] += limitA;
      }
      const vehiclesW = sumsA.reduce(
        (sum, it, pair) => sum + it * size(supply[pair as 0 | 1 | 2]),
        0,
      );
      const [x, y, z] = sumsA;
      if (x + y + z === 0) continue;
      expect(takesW + vehiclesW).toBeLessThanOrEqual(limitW + 1e-6);
      if (x + y + z < 300) tightest = Math.max(tightest, (takesW + vehiclesW) / limitW);
      const [grid] = ledgerTree([{ fromMs: NOW_MS, circuits: problem.circuits }]).circuits[0] ?? [];
      if (grid === undefined) throw new Error('there is a circuit');
      expect(carries(grid, x, y, z, 'all')).toBe(true);
      const moreA = limitW / VOLTAGE_V - x - y - z - powerBaseA(grid) + 0.01;
      expect(carries(grid, x + moreA, y, z, 'all')).toBe(false);
    }
    expect(tightest).toBeGreaterThan(0.97);
  });

  test('leaves vehicles all but the power of balanced lines, and counts pairs in full', () => {
    const left = (limits: Parameters<typeof circuit>[2]): number => {
      const own = circuit('grid', undefined, limits, [50, 50, 50]);
      return 200 - powerBaseA(own);
    };
    expect(left([line(500), power(80_000, VOLTAGE_V)])).toBeCloseTo(200 - Math.sqrt(3) * 50, 9);
    expect(left([pairSum(0, 500), power(80_000, VOLTAGE_V)])).toBe(50);
    expect(left([power(80_000, VOLTAGE_V)])).toBe(50);
    expect(
      powerBaseA({ limits: [line(500)], baseLoadA: [amps(50), amps(0), amps(0)] }),
    ).toBeCloseTo(50 / Math.sqrt(3), 9);
  });
});
