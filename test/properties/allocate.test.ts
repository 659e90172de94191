import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type EvseId,
  type SiteProblem,
  addCurrent,
  allocate,
  blockingRow,
  channelSums,
  checkProblem,
  compileTree,
  NO_ROW,
  pilotAbove,
  rowLoadFrom,
  verifyAllocation,
} from '../../solver/index.js';
import { admit } from '../../solver/realtime/admit.js';
import { fillAdmitted } from '../../solver/realtime/allocate.js';
import { tabulateClaims } from '../../solver/realtime/claim-table.js';
import { fillByLevel } from '../../solver/realtime/fill.js';
import { type RandomSiteOptions, randomSite, shuffled } from '../solver/random-site.js';
import { fillSlowly } from '../solver/slow-filling.js';

const SEED = 20260101;
const WIRINGS = ['one-phase', 'three-phase', 'delta'] as const;
const seeds = fc.nat({ max: 2 ** 31 - 1 });

function overSites(
  options: Omit<RandomSiteOptions, 'wiring'>,
  numRuns: number,
  holds: (problem: SiteProblem, seed: number) => void,
): void {
  const property = fc.property(seeds, fc.constantFrom(...WIRINGS), (seed, wiring) => {
    holds(randomSite(seed, { ...options, wiring }), seed);
  });
  fc.assert(property, { seed: SEED, numRuns });
}

const limitsById = (problem: SiteProblem): Map<EvseId, number> =>
  new Map(allocate(problem).limits.map((limit) => [limit.evseId, limit.limitA]));

describe('any site', () => {
  test('gets an allocation that the independent check accepts, and nobody between 0 and the minimum', () => {
    overSites({}, 3000, (problem) => {
      deepStrictEqual(checkProblem(problem), []);
      deepStrictEqual(verifyAllocation(problem, allocate(problem)), []);
    });
  });

  test('leaves no charging EVSE that could rise one pilot by itself', () => {
    overSites({}, 2000, (problem) => {
      const { limits } = allocate(problem);
      const tree = compileTree(problem);
      const drawnA = problem.evses.map((evse, at) => evse.reservedA + (limits[at]?.limitA ?? 0));
      const sumsA = channelSums(tree, Float64Array.from(drawnA));
      const table = tabulateClaims(problem);
      for (const [at, evse] of problem.evses.entries()) {
        const limitA = limits[at]?.limitA ?? 0;
        const nextA = pilotAbove(evse.pilots, limitA);
        if (limitA === 0 || nextA === undefined || nextA > (table.topA[at] ?? 0) + 1e-9) continue;
        expect(blockingRow(tree, sumsA, at, nextA - limitA)).not.toBe(NO_ROW);
      }
    });
  });

  test('keeps a session off only where its minimum does not fit, when nobody rests or starves', () => {
    overSites({ equalClaims: true }, 1000, (problem) => {
      const { limits } = allocate(problem);
      const tree = compileTree(problem);
      const sumsA = channelSums(
        tree,
        Float64Array.from(limits, (limit) => limit.limitA),
      );
      const { minA } = tabulateClaims(problem);
      for (const [at, limit] of limits.entries()) {
        if (limit.limitA > 0) continue;
        if (limit.boundBy.kind === 'evse') continue;
        expect(limit.boundBy.kind).toBe('admission');
        const blocked = blockingRow(tree, sumsA, at, minA[at] ?? 0);
        expect(blocked).not.toBe(NO_ROW);
      }
    });
  });

  test('gets the same answer twice, and the permuted answer when its EVSEs are permuted', () => {
    overSites({}, 1000, (problem, seed) => {
      deepStrictEqual(allocate(problem), allocate(problem));
      const other = limitsById(shuffled(problem, seed));
      for (const [id, limitA] of limitsById(problem)) expect(other.get(id)).toBe(limitA);
    });
  });

  test('says that a circuit binds only where one more pilot would overload it', () => {
    overSites({}, 500, (problem) => {
      const { limits } = allocate(problem);
      const tree = compileTree(problem);
      const drawnA = problem.evses.map((evse, at) => evse.reservedA + (limits[at]?.limitA ?? 0));
      for (const [at, limit] of limits.entries()) {
        const { boundBy } = limit;
        if (boundBy.kind !== 'circuit') continue;
        const evse = problem.evses[at];
        const nextA = evse === undefined ? undefined : pilotAbove(evse.pilots, limit.limitA);
        const sumsA = channelSums(tree, Float64Array.from(drawnA));
        addCurrent(tree, sumsA, at, (nextA ?? Number.NaN) - limit.limitA);
        const row = tree.rows.names.findIndex(
          (name) => name.circuitId === boundBy.circuitId && name.conductor === boundBy.conductor,
        );
        const carriedA = rowLoadFrom(tree.rows, row, sumsA);
        expect(carriedA).toBeGreaterThan(tree.rows.capacityA[row] ?? Number.NaN);
        expect(boundBy.shareCount).toBeGreaterThanOrEqual(1);
      }
    });
  });
});

describe('filling before rounding', () => {
  const compare = (problem: SiteProblem): void => {
    const tree = compileTree(problem);
    const table = tabulateClaims(problem);
    const admission = admit(tree, problem.evses, table);
    const among = (column: Float64Array): Float64Array =>
      column.map((value, at) => (admission.admitted[at] === 1 ? value : 0));
    const levels = {
      slope: table.slope.map((slope) => (slope > 0 ? slope : 1)),
      zeroSec: table.zeroSec,
      lowA: among(table.minA),
      highA: among(table.maxA),
      reservedA: table.reservedA,
    };
    const filled = fillByLevel(tree, levels).currentA;
    const slow = fillSlowly(problem, {
      slope: [...levels.slope],
      zeroSec: [...levels.zeroSec],
      lowA: [...levels.lowA],
      highA: [...levels.highA],
      reservedA: [...levels.reservedA],
    });
    for (const [at, currentA] of slow.entries()) {
      expect(Math.abs(currentA - (filled[at] ?? Number.NaN))).toBeLessThan(1e-3);
    }
  };

  test('is max-min fair: it equals slow filling by bisection', () => {
    overSites({ equalClaims: true, evseCount: 6 }, 250, compare);
  });

  test('equalises laxity: it equals slow filling with the same level functions', () => {
    overSites({ evseCount: 7 }, 250, compare);
  });

  test('lowers nobody when the root of a one-phase tree grows and all claims are equal', () => {
    const property = fc.property(
      seeds,
      fc.double({ min: 0, max: 60, noNaN: true }),
      (seed, moreA) => {
        const small = randomSite(seed, { wiring: 'one-phase', equalClaims: true });
        const [root, ...others] = small.circuits;
        if (root === undefined) return;
        const baseLoadA = [root.baseLoadA[0], root.baseLoadA[1], root.baseLoadA[2]] as const;
        const grown = root.limits.map((limit) => raised(limit, moreA));
        const large = { ...small, circuits: [{ ...root, baseLoadA, limits: grown }, ...others] };
        const tree = compileTree(small);
        const table = tabulateClaims(small);
        const admission = admit(tree, small.evses, table);
        const before = fillAdmitted(tree, table, admission).currentA;
        const after = fillAdmitted(compileTree(large), table, admission).currentA;
        for (const [at, currentA] of before.entries()) {
          expect(after[at] ?? Number.NaN).toBeGreaterThanOrEqual(currentA - 1e-9);
        }
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });
});

type Limit = SiteProblem['circuits'][number]['limits'][number];

function raised(limit: Limit, moreA: number): Limit {
  if (limit.kind === 'power') {
    return { ...limit, limitW: (limit.limitW + moreA * limit.voltageV) as typeof limit.limitW };
  }
  if (limit.kind !== 'wye') return limit;
  const [a, b, c] = limit.limitA;
  const more = (value: typeof a): typeof a => (value + moreA) as typeof a;
  return { ...limit, limitA: [more(a), more(b), more(c)] };
}
