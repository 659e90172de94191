/** R0 under an owner's policy: room for the largest of the untested stations to fail. */
import { describe, expect, test } from 'vitest';
import { ceiling, grant } from '../../ledger/index.js';
import type { GrantEvse } from '../../ledger/types.js';
import { stationId, volts } from '../../solver/index.js';
import { circuit, command, grantEvse, input, SETTINGS, T0, wye } from './build.js';

const UNTESTED = { offlineTested: false, countsAsTold: true } as const;

/** Untested and linked, with a lease of so much. */
function told(id: string, heldA: number, goalA: number, station = id): GrantEvse {
  const commands = heldA === 0 ? [] : [command(1, heldA, 600)];
  const ledger = { ...UNTESTED, commands };
  return grantEvse(id, { goalA, ledger, given: { stationId: stationId(station) } });
}

const limitsOf = (evses: readonly GrantEvse[], limitA: number, failuresLeft?: number) =>
  grant(input(evses, limitA, { failuresLeft })).grants.map((it) => [it.evseId, it.limitA]);

describe('room for untested stations that fail', () => {
  test.each([
    ['none is kept where none may fail', 0, 32],
    ['one may fail: 32 A beside what the other has', 1, 8],
    ['a second one has nothing to add where there are two', 2, 0],
  ])('%s', (_what, failures, wantedA) => {
    const raised = limitsOf([told('a', 0, 0), told('b', 0, 32)], 40, failures);
    expect(raised).toEqual(wantedA === 0 ? [] : [['b', wantedA]]);
  });

  test('who may have all that it can draw adds nothing by failing', () => {
    expect(limitsOf([told('a', 0, 32)], 32, 1)).toEqual([['a', 32]]);
  });

  test('failures count by station: two EVSEs of one fail together', () => {
    const evses = [told('a', 0, 0, 'S'), told('b', 0, 0, 'S'), told('c', 0, 32, 'T')];
    expect(limitsOf(evses, 90, 1)).toEqual([['c', 26]]);
    expect(limitsOf(evses, 70, 1)).toEqual([['c', 6]]);
    expect(limitsOf([told('a', 0, 0), told('b', 0, 0), told('c', 0, 32)], 70, 1)).toEqual([
      ['c', 32],
    ]);
  });

  test('R5: of two raises the second finds the room that the first has left', () => {
    const evses = [told('a', 0, 20), told('b', 0, 20), told('c', 0, 20)];
    const grants = limitsOf(evses, 60, 1);
    const had = new Map(grants.map(([id, limitA]) => [id, limitA]));
    const currentA = ['a', 'b', 'c'].map((id) => Number(had.get(id as never) ?? 0));
    const sumA = currentA.reduce((all, it) => all + it, 0);
    expect(sumA + Math.max(...currentA.map((it) => 32 - it))).toBeLessThanOrEqual(60);
    expect(sumA).toBeGreaterThanOrEqual(20);
  });

  test('without room the circuit is not guaranteed, by the policy of its owner', () => {
    const { notGuaranteed, grants } = grant(
      input([told('a', 10, 16), told('b', 10, 10)], 40, { failuresLeft: 1 }),
    );
    expect(notGuaranteed).toEqual([{ circuitId: 'root', cause: 'owner-policy' }]);
    expect(grants.filter(({ kind }) => kind === 'raise')).toEqual([]);
  });

  test('a station that shows nothing counts at its maximum, and adds nothing by failing', () => {
    const unread = grantEvse('a', { ledger: { ...UNTESTED, fallbackIdleA: undefined } });
    const tested = grantEvse('b', { goalA: 8 });
    expect(limitsOf([unread, tested], 40, 1)).toEqual([['b', 8]]);
  });

  test('what is kept is part of the ceiling, and ends where leases end with more', () => {
    const { circuits } = ceiling({
      nowMs: T0,
      horizonSec: 3600,
      tiers: [{ fromMs: T0, circuits: [circuit('root', [wye(63)])] }],
      evses: [told('a', 20, 20), told('b', 8, 8)],
      settings: SETTINGS,
      voltageV: volts(230),
      failuresLeft: 1,
    });
    // 20 + 8 and the 24 that b would add; once both leases have ended, the 32 of one of them.
    expect(circuits[0]?.steps.map(({ currentA }) => currentA[0])).toEqual([52, 32]);
  });
});
