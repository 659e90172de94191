/** What circuits keep free counts as if EVSEs drew it: allocator, ledger, check and picture agree. */
import { expect, test } from 'vitest';
import { carries } from '../../ledger/tree-load.js';
import {
  allocate,
  amps,
  type Circuit,
  compileTree,
  conductorLoads,
  type SiteProblem,
  verifyAllocation,
} from '../../solver/index.js';
import { randomFrom, randomSite } from './random-site.js';
import { circuit, claim, evse, line, power, site, TENTHS, triple } from './site-builder.js';

const SITES = 3000;

function keepingSome(problem: SiteProblem, random: () => number): SiteProblem {
  const some = (): number => (random() < 0.5 ? 0 : 30 * random());
  const circuits = problem.circuits.map(
    (it): Circuit => (random() < 0.5 ? it : { ...it, keptA: triple(some(), some(), some()) }),
  );
  return { ...problem, circuits };
}

test('an allocation leaves what is kept free, on wye and delta', () => {
  let withVehicles = 0;
  for (let seed = 1; seed <= SITES; seed += 1) {
    const wiring = (['one-phase', 'three-phase', 'delta'] as const)[seed % 3] ?? 'delta';
    const random = randomFrom(seed + 77_000);
    const plain = randomSite(seed, { wiring });
    // What nobody can cut may overload by itself.
    const evses = plain.evses.map((it) => ({ ...it, reservedA: amps(0) }));
    const problem = keepingSome({ ...plain, evses }, random);
    const allocation = allocate(problem);
    expect(verifyAllocation(problem, allocation), `site ${seed}`).toEqual([]);
    const currentA = Float64Array.from(allocation.limits, (it) => it.limitA);
    if (currentA.every((it) => it === 0)) continue;
    withVehicles += 1;
    const loads = conductorLoads(compileTree(problem), currentA);
    for (const [index, it] of problem.circuits.entries()) {
      const [x, y, z] = sumsBelow(problem, index, currentA);
      // What is kept free may overload a conductor by itself, on which no vehicle draws.
      if (!carries(it, 0, 0, 0, 'all')) continue;
      expect(carries(it, x, y, z, 'all'), `site ${seed}, ${it.id}`).toBe(true);
      const ofCircuit = loads.filter(({ circuitId }) => circuitId === it.id);
      for (const load of ofCircuit) expect(load.loadFraction).toBeLessThanOrEqual(1 + 1e-6);
    }
  }
  expect(withVehicles).toBeGreaterThan(SITES / 4);
});

/** Per channel, A. */
function sumsBelow(problem: SiteProblem, index: number, currentA: Float64Array) {
  const parents = new Map(problem.circuits.map((it) => [it.id, it.parentId]));
  const sums: [number, number, number] = [0, 0, 0];
  const top = problem.circuits[index]?.id;
  for (const [at, it] of problem.evses.entries()) {
    let id: Circuit['parentId'] = it.circuitId;
    while (id !== undefined && id !== top) id = parents.get(id);
    if (id === undefined) continue;
    for (const channel of [0, 1, 2] as const) {
      if (it.channels[channel]) sums[channel] += currentA[at] ?? 0;
    }
  }
  return sums;
}

test('what one pair keeps free is on both of its lines, and in watts at the voltage between them', () => {
  const own = circuit('grid', undefined, [line(100), power(48_000, 400)]);
  const grid: Circuit = { ...own, keptA: triple(40, 0, 0) };
  expect(carries(grid, 60, 0, 0, 'all')).toBe(true);
  expect(carries(grid, 60.1, 0, 0, 'all')).toBe(false);
  // Line b joins AB and BC: |40 + 70 at 60 degrees| = 96.4 A.
  expect(carries(grid, 0, 70, 0, 'all')).toBe(true);
  expect(carries(grid, 0, 75, 0, 'all')).toBe(false);
  // 120 A times 400 V, of which 40 are kept.
  const roomy: Circuit = { ...grid, limits: [line(1000), power(48_000, 400)] };
  expect(carries(roomy, 40, 20, 20, 'all')).toBe(true);
  expect(carries(roomy, 40, 20, 20.1, 'all')).toBe(false);
  const problem = site(
    [roomy],
    [evse({ id: 'a', channels: '1', pilots: TENTHS, maxA: 200, claim: claim({ maxA: 200 }) })],
    'delta',
  );
  expect(allocate(problem).limits[0]?.limitA).toBeCloseTo(80, 6);
});

test('rows are told anew when what is kept free comes, changes and goes', () => {
  const own = circuit('grid', undefined, [line(100)]);
  const vehicles = [
    evse({ id: 'a', channels: '1', pilots: TENTHS, maxA: 200, claim: claim({ maxA: 200 }) }),
  ];
  const told = (keptA: Circuit['keptA']): number => {
    const grid = keptA === undefined ? own : { ...own, keptA };
    return allocate(site([grid], vehicles, 'delta')).limits[0]?.limitA ?? Number.NaN;
  };
  expect([undefined, triple(40, 0, 0), triple(10, 0, 0), undefined].map(told)).toEqual([
    100, 60, 90, 100,
  ]);
});
