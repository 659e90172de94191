import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { allocate, amps, createAllocator, type SiteProblem, signalId } from '../../solver/index.js';
import { compileLimits, updateLimits } from '../../solver/electrical/limits.js';
import { circuit, claim, evse, line, power, primary, site, wye } from './site-builder.js';

const SITE = site(
  [circuit('grid', undefined, [wye(40)]), circuit('panel', 'grid', [wye(20)])],
  [
    evse({ id: 'a', on: 'panel', claim: claim() }),
    evse({ id: 'b', on: 'grid', channels: '123', claim: claim() }),
    evse({ id: 'c', on: 'panel', channels: '2', claim: claim() }),
  ],
);

describe('an allocator that has seen another problem', () => {
  const [grid, panel] = SITE.circuits as [
    SiteProblem['circuits'][number],
    SiteProblem['circuits'][number],
  ];
  const [a, b, c] = SITE.evses as [
    SiteProblem['evses'][number],
    SiteProblem['evses'][number],
    SiteProblem['evses'][number],
  ];
  const signal = { kind: 'signal', signalId: signalId('order') } as const;
  test.each<[string, SiteProblem]>([
    ['other limits', { ...SITE, circuits: [grid, { ...panel, limits: [wye(13)] }] }],
    ['another kind of limit', { ...SITE, circuits: [grid, { ...panel, limits: [power(5000)] }] }],
    ['no limit', { ...SITE, circuits: [grid, { ...panel, limits: [] }] }],
    [
      'another source',
      { ...SITE, circuits: [grid, { ...panel, limits: [{ ...wye(13), source: signal }] }] },
    ],
    [
      'a base load',
      { ...SITE, circuits: [{ ...grid, baseLoadA: [amps(9), amps(1), amps(0)] }, panel] },
    ],
    ['an EVSE that moved', { ...SITE, evses: [{ ...a, circuitId: grid.id }, b, c] }],
    ['another rotation', { ...SITE, evses: [a, b, { ...c, channels: [true, false, false] }] }],
    ['another order', { ...SITE, evses: [c, b, a] }],
    ['fewer EVSEs', { ...SITE, evses: [a, b] }],
    ['a circuit more', { ...SITE, circuits: [grid, panel, circuit('new', 'grid', [wye(9)])] }],
  ])('answers as a new one does to %s', (_, problem) => {
    const allocateHere = createAllocator();
    allocateHere(SITE);
    deepStrictEqual(allocateHere(problem), allocate(problem));
    deepStrictEqual(allocateHere(SITE), allocate(SITE));
  });
});

test('replaces the numbers of limit rows in place, and compiles anew what is of another kind', () => {
  const before = [circuit('grid', undefined, [line(30), primary(20), power(9000, 208)])];
  const after = [
    circuit('grid', undefined, [line(25, 24, 23), primary(10), power(800, 208)], [1, 2, 3]),
  ];
  const rows = compileLimits(before);
  const updated = updateLimits(rows, after);
  expect(updated).toBe(rows);
  const fresh = compileLimits(after);
  deepStrictEqual(updated.limitA, fresh.limitA);
  deepStrictEqual(updated.baseA, fresh.baseA);
  deepStrictEqual(updated.capacityA, fresh.capacityA);
  const turned = [circuit('grid', undefined, [line(25), primary(10, 10, 10, 2), power(800, 208)])];
  expect(updateLimits(rows, turned)).not.toBe(rows);
});
