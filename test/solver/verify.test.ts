import { deepStrictEqual } from 'node:assert';
import { describe, test } from 'vitest';
import {
  type Allocation,
  type SiteProblem,
  amps,
  evseId,
  verifyAllocation,
} from '../../solver/index.js';
import {
  circuit,
  claim,
  evse,
  line,
  onOneCircuit,
  pairSum,
  power,
  primary,
  site,
  wye,
} from './site-builder.js';

function answer(problem: SiteProblem, limitsA: readonly number[]): Allocation {
  const limits = limitsA.map((limitA, at) => ({
    evseId: problem.evses[at]?.id ?? evseId('?'),
    limitA: limitA as ReturnType<typeof amps>,
    boundBy: { kind: 'satisfied' } as const,
  }));
  return { limits };
}

const broken = (problem: SiteProblem, limitsA: readonly number[]): string[] =>
  verifyAllocation(problem, answer(problem, limitsA)).map(({ rule, field }) => `${rule} ${field}`);

describe('each limit', () => {
  const problem = onOneCircuit(
    [wye(100)],
    [evse({ id: 'a', maxA: 16, claim: claim({ minA: 8 }) }), evse({ id: 'b' })],
  );

  test('is 0 or a pilot within the minimum and the hardware, and needs a claim', () => {
    deepStrictEqual(broken(problem, [16, 0]), []);
    deepStrictEqual(broken(problem, [17, 0]), ['limit-within-hardware /limits/0/limitA']);
    deepStrictEqual(broken(problem, [7, 0]), ['limit-above-minimum /limits/0/limitA']);
    deepStrictEqual(broken(problem, [9.5, 0]), ['limit-is-pilot /limits/0/limitA']);
    deepStrictEqual(broken(problem, [-8, 0]), ['limit-positive /limits/0/limitA']);
    deepStrictEqual(broken(problem, [Number.NaN, 0]), ['limit-finite /limits/0/limitA']);
    deepStrictEqual(broken(problem, [0, 6]), ['limit-needs-claim /limits/1/limitA']);
  });

  test('stands at its place', () => {
    deepStrictEqual(broken(problem, [0]), ['allocation-complete /limits']);
    const swapped = { limits: answer(problem, [0, 0]).limits.toReversed() };
    deepStrictEqual(
      verifyAllocation(problem, swapped).map(({ rule }) => rule),
      ['allocation-order', 'allocation-order'],
    );
  });
});

describe('each conductor', () => {
  const over = 'circuit-over-capacity /circuits/0/limits/0';

  test('carries limits, reserved current and base load, on every circuit above', () => {
    const evses = [
      evse({ id: 'a', on: 'panel', claim: claim() }),
      evse({ id: 'b', reservedA: 10 }),
    ];
    const circuits = [
      circuit('grid', undefined, [wye(30)], [5, 0, 0]),
      circuit('panel', 'grid', []),
    ];
    deepStrictEqual(broken(site(circuits, evses), [15, 0]), []);
    deepStrictEqual(broken(site(circuits, evses), [16, 0]), [over]);
  });

  test('may stay overloaded by what nobody controls, and is not raised further', () => {
    const evses = [evse({ id: 'a', claim: claim() }), evse({ id: 'b', reservedA: 40 })];
    deepStrictEqual(broken(onOneCircuit([wye(30)], evses), [0, 0]), []);
    deepStrictEqual(broken(onOneCircuit([wye(30)], evses), [6, 0]), [over]);
  });

  test('of power counts all phases', () => {
    const evses = [evse({ id: 'a', channels: '123', claim: claim() })];
    deepStrictEqual(broken(onOneCircuit([power(230 * 30)], evses), [10]), []);
    deepStrictEqual(broken(onOneCircuit([power(230 * 30)], evses), [11]), [over]);
  });

  test('of a delta adds phasors', () => {
    const evses = ['1', '2', '3'].map((channels) =>
      evse({ id: `e${channels}`, channels, claim: claim() }),
    );
    const under = (limit: ReturnType<typeof line>, limitsA: number[]): string[] =>
      broken(site([circuit('grid', undefined, [limit])], evses, 'delta'), limitsA);
    deepStrictEqual(under(line(34.65), [20, 20, 20]), []);
    deepStrictEqual(under(line(34.6), [20, 20, 20]), [over, over, over]);
    deepStrictEqual(under(line(34.65), [20, 0, 21]), [over]);
    deepStrictEqual(under(pairSum(1, 10), [20, 10, 20]), []);
    deepStrictEqual(under(pairSum(1, 10), [0, 11, 0]), [over]);
    deepStrictEqual(under(primary(15), [20, 20, 20]), []);
    deepStrictEqual(under(primary(14.9), [20, 20, 20]), [over, over, over]);
  });

  test('of a primary line counts the worst corner: 24 A on AB alone make 6 A, whatever BC does', () => {
    const evses = [
      evse({ id: 'ab', channels: '1', claim: claim() }),
      evse({ id: 'bc', channels: '2', claim: claim() }),
    ];
    const onlyA = site([circuit('grid', undefined, [primary(5.9, 99, 99)])], evses, 'delta');
    deepStrictEqual(broken(onlyA, [24, 12]), [over]);
    deepStrictEqual(broken(onlyA, [23, 12]), []);
  });
});
