/** Drops that are known ahead as steps of one lease. */
import { describe, expect, test } from 'vitest';
import {
  answered,
  booted,
  type EvseLedger,
  type Grant,
  grant,
  type GrantInput,
  planned,
  type PossibleCommand,
  valueAt,
  worstCase,
} from '../../ledger/index.js';
import { coalesce } from '../../ledger/coalesce.js';
import { told } from '../../ledger/worst-case.js';
import { amps, signalId } from '../../solver/index.js';
import {
  circuit,
  command,
  type EvseGiven,
  entry,
  grantEvse,
  input,
  sec,
  SETTINGS,
  T0,
  wye,
} from './build.js';

const steps = (...of: readonly (readonly [number, number])[]) =>
  of.map(([fromSec, currentA]) => ({ fromMs: sec(fromSec), currentA: amps(currentA) }));
const signal = { kind: 'signal', signalId: signalId('grid') } as const;

/** 64 A now, and less from each instant on. */
function falling(
  evses: Record<string, EvseGiven>,
  ...drops: readonly (readonly [number, number])[]
): GrantInput {
  const tiers = drops.map(([fromSec, limitA]) => ({
    fromMs: sec(fromSec),
    circuits: [circuit('root', [wye(64), wye(limitA, signal)])],
  }));
  const all = Object.entries(evses).map(([id, { ledger, ...evse }]) =>
    grantEvse(id, { ...evse, ledger: { steps: 'shown', ...ledger } }),
  );
  const plain = input(all, 64);
  return { ...plain, tiers: [...plain.tiers, ...tiers] };
}

const brief = (grants: readonly Grant[]): string[] =>
  grants.map(
    (it) =>
      `${it.evseId} ${it.limitA}` +
      it.steps.map((s) => `, ${(s.fromMs - T0) / 1000}: ${s.currentA}`).join('') +
      `, ${(it.boundaryAtMs - T0) / 1000}: ${it.tailA}`,
  );
const run = (...of: Parameters<typeof falling>): string[] => brief(grant(falling(...of)).grants);

describe('W of a lease with steps', () => {
  const lease = command(1, 32, 900, { steps: steps([300, 16], [600, 8]), tailA: amps(6) });
  const w = (given: Partial<EvseLedger>) =>
    worstCase(entry({ commands: [lease], ...given }), T0, SETTINGS).map(
      (it) => `${(it.fromMs - T0) / 1000}:${it.currentA}`,
    );

  test('counts each step once skew and settle are over', () => {
    expect(w({ steps: 'shown' })).toEqual(['0:32', '322:16', '622:8', '922:6']);
  });
  test.each([undefined, 'ignored'] as const)('counts none where steps are %s', (given) => {
    expect(w({ steps: given })).toEqual(['0:32', '922:6']);
  });
  test('counts for ever where no lease was shown', () => {
    expect(w({ leaseShown: false })).toEqual(['0:32']);
  });
  test('a boot takes the credit of steps away', () => {
    const after = booted(entry({ steps: 'shown', commands: [lease] }));
    expect(after.steps).toBe('unread');
    const again = { ...after, fallbackIdleA: amps(0), leaseShown: true };
    expect(worstCase(again, sec(400), SETTINGS)[0]?.currentA).toBe(32);
    expect(worstCase(told(again), sec(400), SETTINGS)[0]?.currentA).toBe(16);
    expect(booted(entry({ steps: 'ignored' })).steps).toBe('ignored');
  });
  test('asks for each at its instant by a clock that is right', () => {
    const asked = [0, 299, 300, 600, 899, 900].map((at) => valueAt(lease, sec(at)));
    expect(asked).toEqual([32, 32, 16, 8, 8, 6]);
  });
});

describe('grant before drops that are known', () => {
  test('steps down to what is left, skew and settle early, in one lease', () => {
    expect(run({ a: { goalA: 32 } }, [400, 20], [700, 10])).toEqual([
      'a 32, 378: 20, 678: 10, 900: 0',
    ]);
  });
  test('counts what others have until then', () => {
    const ledger = { commands: [command(1, 32, 250)] };
    const both = { a: { goalA: 32, ledger }, b: { goalA: 32, ledger } };
    expect(run(both, [400, 48])).toEqual(['a 32, 900: 0', 'b 32, 378: 16, 900: 0']);
  });
  test('ends the lease where nothing above the tail is left', () => {
    expect(run({ a: { goalA: 32 } }, [400, 20], [700, 5])).toEqual(['a 32, 378: 20, 678: 0']);
    expect(run({ a: { goalA: 32 } }, [400, 5])).toEqual(['a 32, 378: 0']);
  });
  test.each([
    [2, 'a 32, 378: 0'],
    [3, 'a 32, 378: 20, 678: 0'],
    [4, 'a 32, 378: 20, 678: 10, 900: 0'],
  ])('a station that takes %i periods', (periodsMax, expected) => {
    const a = { goalA: 32, given: { periodsMax } };
    expect(run({ a }, [400, 20], [700, 10])).toEqual([expected]);
  });
  test('a station that ignores steps is told an end, as one that has not shown them yet', () => {
    const a = { goalA: 32, ledger: { steps: 'ignored' as const } };
    expect(run({ a }, [400, 20])).toEqual(['a 32, 378: 0']);
    const unread = { goalA: 32, ledger: { steps: undefined } };
    expect(run({ a: unread }, [400, 20])).toEqual(['a 32, 318: 31, 378: 0']);
  });
  test('a drop that comes at once is no step', () => {
    expect(run({ a: { goalA: 32 } }, [40, 20])).toEqual(['a 20, 900: 0']);
  });
  test('a lease that outlasts a drop is told of it, and raises nothing', () => {
    const ledger = { commands: [command(1, 32, 900)] };
    expect(run({ a: { goalA: 32, ledger } }, [400, 20])).toEqual(['a 32, 378: 20, 900: 0']);
  });
  test('one that steps down already is left alone', () => {
    const ledger = { commands: [command(1, 32, 900, { steps: steps([378, 20]) })] };
    expect(run({ a: { goalA: 32, ledger } }, [400, 20])).toEqual([]);
  });
  test('and told of a second drop beside the first', () => {
    const ledger = { commands: [command(1, 32, 900, { steps: steps([378, 20]) })] };
    expect(run({ a: { goalA: 32, ledger } }, [400, 20], [700, 10])).toEqual([
      'a 32, 378: 20, 678: 10, 900: 0',
    ]);
  });
  test('a renewal goes on from the step that holds', () => {
    const ledger = { commands: [command(1, 32, 200, { steps: steps([-10, 16]) })] };
    expect(run({ a: { goalA: 16, ledger } }, [4000, 20])).toEqual(['a 16, 900: 0']);
  });
  test('R4 over an unknown call no step is left out', () => {
    const lost = command(2, 20, 900, { state: 'unknown', steps: steps([300, 10]) });
    const ledger = { commands: [command(1, 6, 250), lost] };
    expect(run({ a: { goalA: 16, ledger } }, [4000, 20])).toEqual(['a 16, 300: 10, 900: 0']);
  });
});

describe('the first lease since a boot', () => {
  const first = (limitA: number, given: Partial<EvseLedger> = {}) => {
    const ledger = { steps: undefined, leaseShown: false, ...given };
    return brief(grant(input([grantEvse('a', { goalA: limitA, ledger })], 64)).grants);
  };
  test('has a step a minute before its end', () => {
    expect(first(16)).toEqual(['a 16, 840: 15, 900: 0']);
  });
  test('has none where nothing lies between limit and tail', () => {
    expect(first(6)).toEqual(['a 6, 900: 0']);
  });
  test.each(['shown', 'ignored'] as const)('has none where steps are %s', (given) => {
    expect(first(16, { steps: given })).toEqual(['a 16, 900: 0']);
  });
});

describe('commands that are kept as one', () => {
  const lost = (seq: number, given: Partial<PossibleCommand>): PossibleCommand =>
    command(seq, 16, 900, { state: 'unknown', unknownSinceMs: sec(seq), ...given });
  const wOf = (commands: readonly PossibleCommand[]) =>
    worstCase(entry({ steps: 'shown', commands }), T0, SETTINGS);

  test('a stepped one covers its like, and no other', () => {
    const stepped = steps([300, 8]);
    const same = [command(1, 6, 10), lost(2, { steps: stepped }), lost(3, { steps: stepped })];
    expect(coalesce(same)).toHaveLength(2);
    const other = [command(1, 6, 10), lost(2, { steps: stepped }), lost(3, { grantA: amps(10) })];
    for (const commands of [same, other]) {
      expect(wOf(coalesce(commands))).toEqual(wOf(commands));
    }
  });
  test('one without steps covers a stepped one', () => {
    const commands = [command(1, 6, 10), lost(2, { steps: steps([300, 8]) }), lost(3, {})];
    expect(coalesce(commands)).toHaveLength(2);
    expect(wOf(coalesce(commands))).toEqual(wOf(commands));
  });
  test('steps are stored with their command', () => {
    const given = { seq: 1, grantA: amps(16), boundaryAtMs: sec(900), tailA: amps(0) };
    const asked = planned(entry(), { ...given, steps: steps([300, 8]) });
    const known = answered(asked, { seq: 1, outcome: 'accepted', atMs: sec(1) }, SETTINGS);
    expect(known.commands[0]?.steps).toEqual(steps([300, 8]));
  });
});
