import { deepStrictEqual } from 'node:assert';
import { expect, test } from 'vitest';
import { compileSite, decide } from '../../solver/index.js';
import { randomSite } from './random-site.js';

test('puts claims by priority, urgency, plug-in and id, however many there are', () => {
  for (const evseCount of [1, 7, 8, 9, 17, 64, 200]) {
    const problem = randomSite(evseCount, { wiring: 'three-phase', evseCount });
    const site = compileSite(problem);
    decide(site, problem);
    const { table, topology } = site;
    const { places, count } = site.order.byUrgency;
    const served = Array.from(table.slope.keys()).filter((place) => (table.slope[place] ?? 0) > 0);
    const of = (column: Float64Array, place: number): number => column[place] ?? Number.NaN;
    const expected = served.toSorted(
      (a, b) =>
        of(table.priority, b) - of(table.priority, a) ||
        of(table.urgencySec, a) - of(table.urgencySec, b) ||
        of(table.pluggedInAtMs, a) - of(table.pluggedInAtMs, b) ||
        ((topology.evseIds[a] ?? '') < (topology.evseIds[b] ?? '') ? -1 : 1),
    );
    deepStrictEqual([...places.subarray(0, count)], expected);
    expect(count).toBeLessThanOrEqual(evseCount);
  }
});
