/**
 * What holds on any site: more than 100,000 generated ones, trees of every limit kind, claims in
 * every state. Each site is looked at for several properties; the counts say for how many.
 */
import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from 'vitest';
import {
  addCurrent,
  allocate,
  blockingRow,
  channelSums,
  checkProblem,
  type CircuitTree,
  compileSite,
  compileTopology,
  createAllocator,
  type Evse,
  evseId,
  type EvseLimit,
  NO_ROW,
  pilotAbove,
  rowLoadFrom,
  type SiteProblem,
  verifyAllocation,
} from '../../solver/index.js';
import { byIndex } from '../solver/filled.js';
import { randomSite, shuffled } from '../solver/random-site.js';
import { decided } from '../solver/decided.js';

const WIRINGS = ['one-phase', 'three-phase', 'delta'] as const;
const SITES = 102_000;
const FIRST_SEED = 20_260_101;

interface Case {
  readonly problem: SiteProblem;
  readonly limits: readonly EvseLimit[];
  /** In the problem's order, and what it carries with these limits and reserved current. */
  readonly tree: CircuitTree;
  readonly sumsA: Float64Array;
  /** The EVSE's own bounds as the allocator reads them. */
  readonly minA: readonly number[];
  readonly topA: readonly number[];
}

/** Seeds of one run of sites; a failure names the seed and the wiring. */
function overSites(count: number, holds: (seed: number, wiring: (typeof WIRINGS)[number]) => void) {
  for (let at = 0; at < count; at += 1) {
    const seed = FIRST_SEED + at;
    const wiring = WIRINGS[at % 3] ?? 'delta';
    try {
      holds(seed, wiring);
    } catch (error) {
      throw new Error(`on site ${seed} (${wiring})`, { cause: error });
    }
  }
}

function solved(problem: SiteProblem): Case {
  const site = compileSite(problem);
  const { limits } = decided(site, problem);
  // Its rows are the site's own, which no order of EVSEs changes.
  const tree = { topology: compileTopology(problem), rows: site.tree.rows };
  const drawnA = problem.evses.map((evse, at) => evse.reservedA + (limits[at]?.limitA ?? 0));
  const sumsA = channelSums(tree, Float64Array.from(drawnA));
  const { minA, topA } = site.table;
  return { problem, limits, tree, sumsA, minA: byIndex(site, minA), topA: byIndex(site, topA) };
}

/** No admitted EVSE can rise one pilot by itself. */
function isPareto({ problem, limits, tree, sumsA, topA }: Case): void {
  for (const [at, evse] of problem.evses.entries()) {
    const limitA = limits[at]?.limitA ?? 0;
    const nextA = pilotAbove(evse.pilots, limitA);
    if (limitA === 0 || nextA === undefined || nextA > (topA[at] ?? 0) + 1e-9) continue;
    if (blockingRow(tree, sumsA, at, nextA - limitA) === NO_ROW) {
      throw new Error(`${evse.id} can rise`);
    }
  }
}

/** A circuit binds only where one more pilot would overload it; somebody shares it. */
function namesWhatBinds({ problem, limits, tree, sumsA }: Case): number {
  let named = 0;
  for (const [at, { boundBy, limitA }] of limits.entries()) {
    if (boundBy.kind !== 'circuit') continue;
    const moreA = (pilotAbove((problem.evses[at] as Evse).pilots, limitA) ?? Number.NaN) - limitA;
    addCurrent(tree, sumsA, at, moreA);
    const over = tree.rows.names.some(
      (name, row) =>
        name.circuitId === boundBy.circuitId &&
        name.conductor === boundBy.conductor &&
        rowLoadFrom(tree.rows, row, sumsA) > (tree.rows.capacityA[row] ?? Number.NaN),
    );
    addCurrent(tree, sumsA, at, -moreA);
    if (!over || boundBy.shareCount < 1) throw new Error(`${at} is not bound by its circuit`);
    named += 1;
  }
  return named;
}

describe('any site', () => {
  test('gets limits that fit, are pilots or 0, cannot rise alone, and name what binds them', () => {
    let charging = 0;
    let bound = 0;
    overSites(SITES, (seed, wiring) => {
      const found = solved(randomSite(seed, { wiring }));
      deepStrictEqual(verifyAllocation(found.problem, { limits: found.limits }), []);
      isPareto(found);
      bound += namesWhatBinds(found);
      for (const { limitA } of found.limits) if (limitA > 0) charging += 1;
    });
    console.info(`${SITES} sites: ${charging} EVSEs charge, ${bound} of them bound by a circuit`);
    expect(charging).toBeGreaterThan(2 * SITES);
    expect(bound).toBeGreaterThan(SITES);
  });

  test('of these is a valid problem', () => {
    overSites(3000, (seed, wiring) => {
      deepStrictEqual(checkProblem(randomSite(seed, { wiring })), []);
    });
  });

  test('gets the permuted answer when its EVSEs are permuted', () => {
    const byId = (problem: SiteProblem) =>
      new Map(allocate(problem).limits.map(({ evseId, limitA }) => [evseId, limitA]));
    overSites(9000, (seed, wiring) => {
      const problem = randomSite(seed, { wiring });
      deepStrictEqual(byId(shuffled(problem, seed)), byId(problem));
    });
  });

  test('keeps its answer once that is in force', () => {
    let switched = 0;
    overSites(9000, (seed, wiring) => {
      const problem = randomSite(seed, { wiring, equalClaims: true });
      const { limits } = allocate(problem);
      for (const { limitA } of limits) if (limitA > 0) switched += 1;
      deepStrictEqual(
        limitsOf(inForce(problem, limits)),
        limits.map(({ limitA }) => limitA),
      );
    });
    expect(switched).toBeGreaterThan(9000);
  });

  test('has ties ended by id: of two that differ in nothing else the first gets no less', () => {
    let unequal = 0;
    overSites(9000, (seed, wiring) => {
      const problem = randomSite(seed, { wiring });
      const [first] = problem.evses;
      if (first === undefined) return;
      const twin = { ...first, id: evseId(`${first.id}-twin`) };
      const { limits } = allocate({ ...problem, evses: [twin, ...problem.evses] });
      const given = new Map(limits.map((it) => [it.evseId, it.limitA]));
      const firstA = given.get(first.id) ?? Number.NaN;
      const twinA = given.get(twin.id) ?? Number.NaN;
      expect(firstA).toBeGreaterThanOrEqual(twinA);
      if (firstA > twinA) unequal += 1;
    });
    expect(unequal).toBeGreaterThan(100);
  });

  test('gets the same answer from memory that other problems have used', () => {
    const allocateHere = createAllocator();
    overSites(3000, (seed, wiring) => {
      const problem = randomSite(seed, { wiring, evseCount: 9 });
      // The same shape under other limits and with other claims.
      const circuits = problem.circuits.map((it) => ({ ...it, limits: it.limits.map(halved) }));
      const evses = problem.evses.map((it, at) => withClaimOf(it, problem.evses[8 - at]));
      const other = { ...problem, circuits, evses };
      for (const each of [problem, other, problem]) {
        deepStrictEqual(allocateHere(each), allocate(each));
      }
    });
  });

  test('keeps a session off only where its minimum does not fit, when nobody rests or starves', () => {
    let off = 0;
    overSites(6000, (seed, wiring) => {
      const found = solved(randomSite(seed, { wiring, equalClaims: true }));
      const { tree, sumsA } = found;
      for (const [at, { limitA, boundBy }] of found.limits.entries()) {
        if (limitA > 0 || boundBy.kind === 'evse') continue;
        expect(boundBy.kind).toBe('admission');
        expect(blockingRow(tree, sumsA, at, found.minA[at] ?? 0)).not.toBe(NO_ROW);
        off += 1;
      }
    });
    expect(off).toBeGreaterThan(5000);
  });

  test('keeps who would not charge again, where the minimums of all such fit', () => {
    let kept = 0;
    overSites(6000, (seed, wiring) => {
      const site = randomSite(seed, { wiring });
      // There one that is left out may be what another needs for balance.
      if (site.circuits.some((it) => it.limits.some(({ kind }) => kind === 'delta-primary')))
        return;
      const found = solved(site);
      const { problem, tree, minA } = found;
      const isKept = ({ claim }: Evse, at: number): boolean =>
        claim?.resumes === false && claim.lastLimitA > 0 && !claim.satisfied && (minA[at] ?? 0) > 0;
      for (const [at, evse] of problem.evses.entries()) {
        if (!isKept(evse, at)) continue;
        const leastA = problem.evses.map((it, other) =>
          other !== at && isKept(it, other) ? (minA[other] ?? 0) : it.reservedA,
        );
        const others = channelSums(tree, Float64Array.from(leastA));
        if (blockingRow(tree, others, at, minA[at] ?? 0) !== NO_ROW) continue;
        expect(found.limits[at]?.limitA).toBeGreaterThan(0);
        kept += 1;
      }
    });
    expect(kept).toBeGreaterThan(500);
  });
});

const limitsOf = (problem: SiteProblem): number[] =>
  allocate(problem).limits.map(({ limitA }) => limitA);

/** The same problem a second later, each vehicle told what was decided. */
function inForce(problem: SiteProblem, limits: readonly EvseLimit[]): SiteProblem {
  const { nowMs } = problem;
  const evses = problem.evses.map((evse, at) => {
    const lastLimitA = limits[at]?.limitA;
    if (evse.claim === undefined || lastLimitA === undefined) return evse;
    const isSwitched = lastLimitA > 0 !== evse.claim.lastLimitA > 0;
    const sinceMs = isSwitched ? nowMs : evse.claim.sinceMs;
    return { ...evse, claim: { ...evse.claim, lastLimitA, sinceMs } };
  });
  return { ...problem, nowMs: nowMs + 1000, evses };
}

type Limit = SiteProblem['circuits'][number]['limits'][number];

function halved(limit: Limit): Limit {
  const half = <T extends number>(value: T): T => (value / 2) as T;
  if (limit.kind === 'power') return { ...limit, limitW: half(limit.limitW) };
  if (limit.kind === 'pair-sum') return { ...limit, limitA: half(limit.limitA) };
  const [a, b, c] = limit.limitA;
  return { ...limit, limitA: [half(a), half(b), half(c)] };
}

function withClaimOf(evse: Evse, other: Evse | undefined): Evse {
  const { claim: _, ...bare } = evse;
  return other?.claim === undefined ? bare : { ...bare, claim: other.claim };
}
