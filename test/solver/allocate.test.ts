import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { type SiteProblem, allocate, amps, verifyAllocation } from '../../solver/index.js';
import {
  EIGHTS,
  TENTHS,
  circuit,
  claim,
  evse,
  line,
  onOneCircuit,
  power,
  primary,
  site,
  wye,
} from './site-builder.js';

function limits(problem: SiteProblem): number[] {
  const allocation = allocate(problem);
  deepStrictEqual(verifyAllocation(problem, allocation), []);
  return allocation.limits.map((limit) => limit.limitA);
}

const reasons = (problem: SiteProblem): unknown[] =>
  allocate(problem).limits.map((limit) => limit.boundBy);

const RATING = { kind: 'rating' };

describe('sharing one phase', () => {
  test('gives everyone their maximum when the circuit can carry it', () => {
    const evses = [
      evse({ id: 'a', claim: claim({ maxA: 16 }) }),
      evse({ id: 'b', claim: claim({ maxA: 32 }) }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(63)], evses)), [16, 32]);
    deepStrictEqual(reasons(onOneCircuit([wye(63)], evses)), [
      { kind: 'vehicle', currentMaxA: 16 },
      { kind: 'evse', currentMaxA: 32 },
    ]);
  });

  test('hands what a small claim leaves to the others', () => {
    const evses = [
      evse({ id: 'a', claim: claim({ maxA: 10 }) }),
      evse({ id: 'b', claim: claim() }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(40)], evses)), [10, 30]);
  });

  test('gives the ampere that rounding leaves to the first by plug-in, then by id', () => {
    const claims = [claim({ pluggedInSecAgo: 100 }), claim({ pluggedInSecAgo: 900 }), claim()];
    const evses = ['a', 'b', 'c'].map((id, at) => {
      const given = claims[at];
      return given === undefined ? evse({ id }) : evse({ id, claim: given });
    });
    deepStrictEqual(limits(onOneCircuit([wye(32)], evses)), [10, 11, 11]);
  });

  test('subtracts the base load and reserved current, and gives nothing below a negative rest', () => {
    const evses = [evse({ id: 'a', claim: claim() }), evse({ id: 'b', reservedA: 6.5 })];
    const loaded = (baseA: number): SiteProblem =>
      site([circuit('grid', undefined, [wye(40)], [baseA, 0, 0])], evses);
    deepStrictEqual(limits(loaded(10)), [23, 0]);
    deepStrictEqual(limits(loaded(50)), [0, 0]);
    deepStrictEqual(reasons(loaded(50))[1], { kind: 'offline', reservedA: 6.5 });
  });

  test('counts a power limit over all phases together', () => {
    const evses = [
      evse({ id: 'a', channels: '123', claim: claim() }),
      evse({ id: 'b', channels: '2', claim: claim() }),
    ];
    deepStrictEqual(limits(onOneCircuit([power(230 * 60)], evses)), [15, 15]);
  });

  test('shares what binds and says with how many', () => {
    const evses = [
      evse({ id: 'a', claim: claim() }),
      evse({ id: 'b', claim: claim() }),
      evse({ id: 'c', channels: '2', claim: claim() }),
    ];
    const bound = reasons(onOneCircuit([wye(20, 40, 40)], evses));
    const shared = { kind: 'circuit', circuitId: 'grid', source: RATING, shareCount: 2 };
    deepStrictEqual(bound, [
      { ...shared, conductor: 'L1' },
      { ...shared, conductor: 'L1' },
      { kind: 'evse', currentMaxA: 32 },
    ]);
  });
});

describe('pilots', () => {
  test('lets a vehicle of 31.7 A have a pilot of 32 A, and never exceeds the hardware', () => {
    const vehicle = claim({ maxA: 31.7 });
    const evses = [
      evse({ id: 'a', pilots: EIGHTS, claim: vehicle }),
      evse({ id: 'b', claim: vehicle }),
      evse({ id: 'c', pilots: TENTHS, claim: vehicle }),
      evse({ id: 'd', pilots: EIGHTS, maxA: 30, claim: vehicle }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(200)], evses)), [32, 32, 31.7, 24]);
  });

  test('gives little-used steps last: 8 A for 2 A of use only where nobody else can take them', () => {
    const evses = [
      evse({ id: 'a', pilots: EIGHTS, claim: claim({ maxA: 10, priority: 9 }) }),
      evse({ id: 'b', claim: claim() }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(32)], evses)), [8, 24]);
    deepStrictEqual(limits(onOneCircuit([wye(48)], evses)), [16, 32]);
  });

  test('keeps tenths of an ampere exact', () => {
    const evses = ['a', 'b', 'c'].map((id) => evse({ id, pilots: TENTHS, claim: claim() }));
    deepStrictEqual(limits(onOneCircuit([wye(18.9)], evses)), [6.3, 6.3, 6.3]);
    deepStrictEqual(limits(onOneCircuit([wye(19.1)], evses)), [6.4, 6.4, 6.3]);
  });

  test('gives 0 and says why where no pilot reaches the minimum of the vehicle', () => {
    const problem = onOneCircuit(
      [wye(63)],
      [evse({ id: 'a', maxA: 8, pilots: EIGHTS, claim: claim({ minA: 10 }) })],
    );
    deepStrictEqual(limits(problem), [0]);
    deepStrictEqual(reasons(problem), [{ kind: 'evse', currentMaxA: 8 }]);
  });
});

describe('laxity', () => {
  test('fills the vehicle that cannot wait before the one that can', () => {
    const evses = [
      evse({ id: 'calm', claim: claim({ needWh: 5000, staySec: 36_000 }) }),
      evse({ id: 'urgent', claim: claim({ needWh: 14_000, staySec: 7200 }) }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(38)], evses)), [6, 32]);
  });

  test('shares equally between equal laxities', () => {
    const need = { needWh: 10_000, staySec: 10_000 };
    const evses = ['a', 'b'].map((id) => evse({ id, claim: claim(need) }));
    deepStrictEqual(limits(onOneCircuit([wye(40)], evses)), [20, 20]);
  });

  test('counts a departure in the past as now', () => {
    const stay = (staySec: number) => claim({ needWh: 1000, staySec });
    const evses = [
      evse({ id: 'long-gone', claim: stay(-90_000) }),
      evse({ id: 'due', claim: stay(0) }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(40)], evses)), [20, 20]);
  });
});

describe("the plan's targets", () => {
  test('come first, and what is left goes beyond them', () => {
    const evses = [
      evse({ id: 'a', claim: claim({ targetA: 20 }) }),
      evse({ id: 'b', claim: claim({ targetA: 8 }) }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(28)], evses)), [20, 8]);
    deepStrictEqual(limits(onOneCircuit([wye(40)], evses)), [20, 20]);
    deepStrictEqual(limits(onOneCircuit([wye(60)], evses)), [30, 30]);
  });

  test('leave those whose turn it is not what the planned do not need', () => {
    // By minimums alone both would charge; the plan wants one of them at its full current first.
    const evses = [
      evse({ id: 'now', claim: claim({ targetA: 30 }) }),
      evse({ id: 'later', claim: claim({ targetA: 0 }) }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(32)], evses)), [32, 0]);
    deepStrictEqual(limits(onOneCircuit([wye(38)], evses)), [32, 6]);
  });

  test('rank above laxity: who could wait by its need is served when the plan says so', () => {
    const need = (staySec: number) => ({ needWh: 5000, staySec });
    const evses = [
      evse({ id: 'lax', claim: claim({ ...need(90_000), targetA: 16 }) }),
      evse({ id: 'urgent', claim: claim({ ...need(4000), targetA: 0 }) }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(20)], evses)), [20, 0]);
  });

  test('are rounded to the nearer pilot before anybody goes beyond them', () => {
    const evses = [
      evse({ id: 'coarse', pilots: EIGHTS, claim: claim({ targetA: 31.7 }) }),
      evse({ id: 'fine', claim: claim({ targetA: 8 }) }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(40)], evses)), [32, 8]);
    deepStrictEqual(limits(onOneCircuit([wye(39)], evses)), [24, 15]);
  });

  test('bind where the plan says so', () => {
    const evses = [
      evse({ id: 'a', claim: claim({ targetA: 10, targetIsMax: true }) }),
      evse({ id: 'b', claim: claim({ targetA: 0, targetIsMax: true }) }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(60)], evses)), [10, 0]);
    deepStrictEqual(reasons(onOneCircuit([wye(60)], evses)), [
      { kind: 'target', targetA: 10 },
      { kind: 'target', targetA: 0 },
    ]);
  });

  test('below the minimum put a session behind those that the plan wants on', () => {
    const evses = [
      evse({ id: 'a', claim: claim({ targetA: 0, pluggedInSecAgo: 5000, lastA: 8 }) }),
      evse({ id: 'b', claim: claim({ targetA: 6 }) }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(10)], evses)), [0, 10]);
  });
});

describe('a vehicle that has stopped asking', () => {
  test('gets its minimum of what others leave, says so, and comes last', () => {
    const evses = [
      evse({ id: 'full', claim: claim({ satisfied: true, lastA: 16, pluggedInSecAgo: 9000 }) }),
      evse({ id: 'b', claim: claim() }),
    ];
    deepStrictEqual(limits(onOneCircuit([wye(40)], evses)), [6, 32]);
    deepStrictEqual(limits(onOneCircuit([wye(30)], evses)), [0, 30]);
    deepStrictEqual(reasons(onOneCircuit([wye(30)], evses))[0], { kind: 'satisfied' });
    deepStrictEqual(limits(onOneCircuit([wye(11)], evses)), [0, 11]);
  });
});

describe('delta sites', () => {
  test('add line currents as phasors: two pairs of 20 A make 34.6 A, not 40', () => {
    const evses = [
      evse({ id: 'ab', channels: '1', claim: claim() }),
      evse({ id: 'ca', channels: '3', claim: claim() }),
    ];
    const under = (lineA: number) =>
      limits(site([circuit('grid', undefined, [line(lineA)])], evses, 'delta'));
    deepStrictEqual(under(34.7), [20, 20]);
    deepStrictEqual(under(34.6), [20, 19]);
  });

  test('let one pair rise past a full primary line while it does not add to it', () => {
    // Primary A is full through AB alone, |I_A| = x / 4; BC takes away from it until y reaches x.
    const [ab, bc] = [claim(), claim()];
    const evses = [
      evse({ id: 'ab', channels: '1', claim: ab }),
      evse({ id: 'bc', channels: '2', claim: bc }),
    ];
    const lopsided = (limits: ReturnType<typeof primary>) =>
      site([circuit('grid', undefined, [limits])], evses, 'delta');
    deepStrictEqual(limits(lopsided(primary(5, 99, 99))), [20, 20]);
    const held = [
      evse({ id: 'ab', channels: '1', claim: claim({ maxA: 32 }) }),
      evse({ id: 'bc', channels: '2', claim: claim({ needWh: 100, staySec: 60_000 }) }),
    ];
    const ordered = site([circuit('grid', undefined, [primary(7, 99, 99)])], held, 'delta');
    deepStrictEqual(limits(ordered), [28, 28]);
    const mirrored = site(
      [circuit('grid', undefined, [primary(7, 99, 99)])],
      [
        evse({ id: 'ab', channels: '1', claim: claim({ needWh: 100, staySec: 60_000 }) }),
        evse({ id: 'bc', channels: '2', claim: claim({ maxA: 32 }) }),
      ],
      'delta',
    );
    deepStrictEqual(limits(mirrored), [28, 28]);
  });

  test('state every conductor of the site in its own words', () => {
    const problem = site(
      [circuit('transformer', undefined, [line(50), primary(8.9)])],
      ['1', '2', '3'].map((channels) =>
        evse({ id: `e${channels}`, on: 'transformer', channels, claim: claim() }),
      ),
      'delta',
    );
    expect(limits(problem)).toEqual([12, 12, 11]);
    expect(reasons(problem)[0]).toMatchObject({ kind: 'circuit', circuitId: 'transformer' });
  });
});

test('a site without EVSEs has an empty allocation', () => {
  deepStrictEqual(allocate(onOneCircuit([wye(16)], [])), { limits: [] });
});

test('an EVSE without a session gets 0', () => {
  const problem = onOneCircuit([wye(16)], [evse({ id: 'a' })]);
  deepStrictEqual(allocate(problem).limits, [
    { evseId: 'a', limitA: amps(0), boundBy: { kind: 'no-session' } },
  ]);
});
