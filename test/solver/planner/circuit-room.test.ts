/** Circuits as panels and cuts of a plan, against the conductors of the simulator. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { conductorsOf, loadOf } from '../../../simulator/conductors.js';
import {
  amps,
  type Circuit,
  circuitId,
  circuitRoom,
  type CircuitLimit,
  type CircuitRoom,
  volts,
  watts,
} from '../../../solver/index.js';

const rating = { source: { kind: 'rating' } } as const;
const three = (valueA: number) => [amps(valueA), amps(valueA), amps(valueA)] as const;
const circuit = (id: string, limits: readonly CircuitLimit[], parentId?: string): Circuit => ({
  id: circuitId(id),
  ...(parentId === undefined ? {} : { parentId: circuitId(parentId) }),
  limits,
  baseLoadA: three(0),
});
const wye = (limitA: number): CircuitLimit => ({ kind: 'wye', limitA: three(limitA), ...rating });

const SITE = { voltageLineToNeutralV: volts(100), voltageLineToLineV: volts(100) };

const limitOf: fc.Arbitrary<CircuitLimit> = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.double({ min: 5, max: 100, noNaN: true }))
  .map(([kind, limitA]): CircuitLimit => {
    if (kind === 0) return wye(limitA);
    if (kind === 1) return { kind: 'pair-sum', pair: 1, limitA: amps(limitA), ...rating };
    if (kind === 2) return { kind: 'line', limitA: three(limitA), ...rating };
    if (kind === 3)
      return { kind: 'power', limitW: watts(100 * limitA), voltageV: volts(100), ...rating };
    return { kind: 'delta-primary', limitA: three(limitA), turnsRatio: 4, ...rating };
  });

/** True where channel currents of the panels keep the room of a slot, each bound eased by a share. */
function keeps(
  { panels, groups }: CircuitRoom,
  currentA: readonly (readonly number[])[],
  eased: number,
): boolean {
  const isFree = panels.every(({ limitW, loadW }, panel) =>
    limitW.every((limit, channel) => {
      const freeW = limit - (loadW?.[channel]?.[0] ?? 0);
      return 100 * (currentA[panel]?.[channel] ?? 0) <= freeW * eased + 1e-6;
    }),
  );
  return (
    isFree &&
    groups.every(({ panelIndices, cuts }) =>
      cuts.every(({ weights, limitW }) => {
        const usedW = weights.reduce(
          (sum, weight, channel) =>
            sum +
            panelIndices.reduce(
              (all, at) => all + 100 * weight * (currentA[at]?.[channel] ?? 0),
              0,
            ),
          0,
        );
        return usedW <= (limitW[0] ?? 0) * eased + 1e-6;
      }),
    )
  );
}

test('cuts allow all that conductors carry, and at most one percent more', () => {
  const current = fc.double({ min: 0, max: 60, noNaN: true });
  const panelA = fc.tuple(current, current, current);
  fc.assert(
    fc.property(limitOf, limitOf, panelA, panelA, (top, own, a, b) => {
      const circuits = [circuit('top', [top]), circuit('a', [own], 'top'), circuit('b', [], 'top')];
      const room = circuitRoom({
        site: { ...SITE, supply: 'delta', circuits },
        panelIds: ['a', 'b'],
        slotCount: 1,
      });
      const sum = [a[0] + b[0], a[1] + b[1], a[2] + b[2]] as const;
      const fits = (factor: number): boolean =>
        conductorsOf(own).every((it) => loadOf(it, a, [0, 0, 0]) <= it.limit * factor) &&
        conductorsOf(top).every((it) => loadOf(it, sum, [0, 0, 0]) <= it.limit * factor);
      if (fits(1 - 1e-9)) expect(keeps(room, [a, b], 1)).toBe(true);
      if (!fits(1.01)) expect(keeps(room, [a, b], 1)).toBe(false);
    }),
    { numRuns: 5000 },
  );
});

test('a limit of phases with one panel below it is the panel, of two it is a group', () => {
  const circuits = [
    circuit('grid', [wye(100)]),
    circuit('floor', [wye(63)], 'grid'),
    circuit('a', [wye(40)], 'floor'),
    circuit('b', [], 'floor'),
    circuit('c', [wye(80)], 'grid'),
    circuit('d', [wye(32)], 'c'),
  ];
  const { panels, groups } = circuitRoom({
    site: { ...SITE, supply: 'wye', circuits },
    panelIds: ['a', 'b', 'd'],
    slotCount: 2,
    without: new Set(['grid']),
  });
  expect(panels.map((it) => it.limitW[0])).toEqual([4000, 1e7, 3200]);
  expect(groups).toHaveLength(1);
  expect(groups[0]).toMatchObject({ id: 'floor', panelIndices: [0, 1] });
  expect(groups[0]?.cuts).toHaveLength(3);
  expect(groups[0]?.cuts[1]).toEqual({ weights: [0, 1, 0], limitW: [6300, 6300] });
});

test('base load and what else is below a circuit is taken off, slot by slot', () => {
  const base = [amps(5), amps(0), amps(0)] as const;
  const circuits = [{ ...circuit('a', [wye(40)]), baseLoadA: base }];
  const { panels } = circuitRoom({
    site: { ...SITE, supply: 'wye', circuits },
    panelIds: ['a'],
    slotCount: 2,
    otherA: (_, channel, slot) => (channel === 1 && slot === 1 ? 50 : 0),
  });
  const freeW = (channel: number, slot: number): number =>
    (panels[0]?.limitW[channel] ?? 0) - (panels[0]?.loadW?.[channel]?.[slot] ?? 0);
  expect([freeW(0, 0), freeW(1, 0), freeW(2, 0)]).toEqual([3500, 4000, 4000]);
  expect([freeW(0, 1), freeW(1, 1), freeW(2, 1)]).toEqual([3500, 0, 4000]);
});
