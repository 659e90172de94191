import { deepStrictEqual } from 'node:assert';
import { expect, test } from 'vitest';
import { type CompiledSite, compileSite, decide } from '../../solver/index.js';
import { orderByUrgency } from '../../solver/realtime/order.js';
import { randomFrom, randomSite } from './random-site.js';

/** What is to come out, by the engine's own sort. */
function expectedOrder({ table, topology }: CompiledSite): number[] {
  const served = Array.from(table.slope.keys()).filter((place) => (table.slope[place] ?? 0) > 0);
  const of = (column: Float64Array, place: number): number => column[place] ?? Number.NaN;
  return served.toSorted(
    (a, b) =>
      of(table.priority, b) - of(table.priority, a) ||
      of(table.urgencySec, a) - of(table.urgencySec, b) ||
      of(table.pluggedInAtMs, a) - of(table.pluggedInAtMs, b) ||
      ((topology.evseIds[a] ?? '') < (topology.evseIds[b] ?? '') ? -1 : 1),
  );
}

test.each([1, 7, 8, 9, 17, 64, 200, 399, 600, 3000])(
  'puts %d claims by priority, urgency, plug-in and id',
  (evseCount) => {
    const problem = randomSite(evseCount, { wiring: 'three-phase', evseCount });
    const site = compileSite(problem);
    decide(site, problem);
    const { places, count } = site.order.byUrgency;
    deepStrictEqual([...places.subarray(0, count)], expectedOrder(site));
    expect(count).toBeLessThanOrEqual(evseCount);
  },
);

const TINY = 1e-300;
const TIED = [0, -0, TINY, -TINY, 1, 1 + 1e-12, 1 - 1e-12, -7200, -7200 - 1e-9, 1e9];
test.each([
  ['ties and near ties of urgency', 3, TIED],
  ['more priorities than are sorted by digits', 40, TIED],
  ['nothing but equal claims', 1, [5]],
] as const)('keeps the order with %s', (_, priorityCount, urgencies) => {
  const problem = randomSite(1, { wiring: 'three-phase', evseCount: 900, equalClaims: true });
  const site = compileSite(problem);
  decide(site, problem);
  const random = randomFrom(3);
  const { table } = site;
  for (let place = 0; place < 900; place += 1) {
    table.priority[place] = Math.floor(priorityCount * random());
    table.urgencySec[place] = urgencies[Math.floor(urgencies.length * random())] ?? 0;
    table.pluggedInAtMs[place] = Math.floor(4 * random());
  }
  orderByUrgency(site.order, table);
  const { places, count } = site.order.byUrgency;
  expect(count).toBeGreaterThan(800);
  deepStrictEqual([...places.subarray(0, count)], expectedOrder(site));
});
