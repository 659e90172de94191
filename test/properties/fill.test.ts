/** Filling against slower ways to the same answer: bisection, and a sequence of linear programs. */
import { describe, expect, test } from 'vitest';
import { loadHighs } from '../../solver/backends/highs.js';
import { type CompiledSite, compileSite, decide, type SiteProblem } from '../../solver/index.js';
import { fillAdmitted } from '../../solver/realtime/allocate.js';
import { byIndex, filled } from '../solver/filled.js';
import { fillByPrograms } from '../solver/lexicographic-lp.js';
import { randomFrom, type RandomSiteOptions, randomSite } from '../solver/random-site.js';
import { fillSlowly, type Rising } from '../solver/slow-filling.js';

const FIRST_SEED = 20_260_101;
const WIRINGS = ['one-phase', 'three-phase', 'delta'] as const;

function each(count: number, holds: (seed: number, at: number) => void): void {
  for (let at = 0; at < count; at += 1) {
    try {
      holds(FIRST_SEED + at, at);
    } catch (error) {
      throw new Error(`on site ${FIRST_SEED + at}`, { cause: error });
    }
  }
}

/** The level functions of the admitted claims of a site. */
function risingOf(site: CompiledSite, problem: SiteProblem): Rising {
  decide(site, problem);
  const { table, admission } = site;
  const admitted = byIndex(site, admission.admitted);
  const among = (column: Float64Array): number[] =>
    byIndex(site, column).map((value, at) => (admitted[at] === 1 ? value : 0));
  return {
    slope: byIndex(site, table.slope).map((slope) => (slope > 0 ? slope : 1)),
    zeroSec: byIndex(site, table.zeroSec),
    lowA: among(table.minA),
    highA: among(table.maxA),
    reservedA: byIndex(site, table.reservedA),
  };
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(0, ...a.map((value, at) => Math.abs(value - (b[at] ?? Number.NaN))));
}

function bothWays(
  options: RandomSiteOptions,
  seed: number,
  otherWay: (problem: SiteProblem, rising: Rising) => number[],
): number {
  const problem = randomSite(seed, options);
  const site = compileSite(problem);
  const rising = risingOf(site, problem);
  return largestDifference(filled(site, rising).currentA, otherWay(problem, rising));
}

describe('filling before rounding', () => {
  test('is max-min fair: it equals slow filling by bisection', () => {
    each(600, (seed, at) => {
      const options = { wiring: WIRINGS[at % 3] ?? 'delta', equalClaims: true, evseCount: 6 };
      expect(bothWays(options, seed, fillSlowly)).toBeLessThan(1e-3);
    });
  });

  test('equalises laxity: it equals slow filling with the same level functions', () => {
    each(600, (seed, at) => {
      const options = { wiring: WIRINGS[at % 3] ?? 'delta', evseCount: 7 };
      expect(bothWays(options, seed, fillSlowly)).toBeLessThan(1e-3);
    });
  });

  test('is lexicographically optimal: it equals a sequence of linear programs', async () => {
    const highs = await loadHighs();
    const byPrograms = (problem: SiteProblem, rising: Rising): number[] =>
      fillByPrograms(highs, problem, rising);
    let moving = 0;
    each(160, (seed, at) => {
      const wiring = at % 2 === 0 ? 'three-phase' : 'one-phase';
      const options = { wiring, equalClaims: at % 4 < 2, evseCount: 6 } as const;
      expect(bothWays(options, seed, byPrograms)).toBeLessThan(1e-3);
      moving += 1;
    });
    expect(moving).toBe(160);
  });

  test('is lexicographically optimal on phasors: it equals programs with tangents', async () => {
    const highs = await loadHighs();
    const bound = { line: 0, primary: 0 };
    each(480, (seed, at) => {
      const options = { wiring: 'delta', equalClaims: at % 4 < 2, evseCount: 6 } as const;
      const problem = randomSite(seed, options);
      const site = compileSite(problem);
      const rising = risingOf(site, problem);
      const { currentA, frozenBy } = filled(site, rising);
      const programs = fillByPrograms(highs, problem, rising);
      expect(largestDifference(currentA, programs)).toBeLessThan(1e-4);
      const conductors = frozenBy.map((row) => site.tree.rows.names[row]?.conductor ?? '');
      if (conductors.some((it) => it.startsWith('line'))) bound.line += 1;
      if (conductors.some((it) => it.startsWith('primary'))) bound.primary += 1;
    });
    console.info(
      `of 480 delta sites ${bound.line} are bound by lines, ${bound.primary} by primaries`,
    );
    expect(bound.line).toBeGreaterThan(100);
    expect(bound.primary).toBeGreaterThan(60);
  });

  test('lowers nobody when the root of a one-phase tree grows and all claims are equal', () => {
    each(1000, (seed) => {
      const small = randomSite(seed, { wiring: 'one-phase', equalClaims: true });
      const [root, ...others] = small.circuits;
      if (root === undefined) throw new Error('a site has a root');
      const moreA = 60 * randomFrom(seed)();
      const grown = root.limits.map((limit) => raised(limit, moreA));
      const large = { ...small, circuits: [{ ...root, limits: grown }, ...others] };
      const site = compileSite(small);
      const rising = risingOf(site, small);
      fillAdmitted(site);
      const before = byIndex(site, site.filling.currentA);
      const after = filled(compileSite(large), rising).currentA;
      for (const [at, currentA] of before.entries()) {
        expect(after[at] ?? Number.NaN).toBeGreaterThanOrEqual(currentA - 1e-9);
      }
    });
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
