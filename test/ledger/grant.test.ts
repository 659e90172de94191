import { describe, expect, test } from 'vitest';
import { type EvseLedger, type GrantInput, type GrantResult, grant } from '../../ledger/index.js';
import { amps, circuitId, evseId, signalId } from '../../solver/index.js';
import {
  circuit,
  command,
  type EvseGiven,
  entry,
  grantEvse,
  input,
  sec,
  T0,
  wye,
} from './build.js';

const run = (
  evses: Record<string, EvseGiven>,
  limitA: number,
  given: Partial<GrantInput> = {},
): GrantResult =>
  grant(
    input(
      Object.entries(evses).map(([id, evse]) => grantEvse(id, evse)),
      limitA,
      given,
    ),
  );
const brief = ({ grants }: GrantResult): string[] =>
  grants.map(
    ({ evseId, kind, limitA, boundaryAtMs, tailA }) =>
      `${evseId} ${kind} ${limitA} until ${(boundaryAtMs - T0) / 1000} then ${tailA}`,
  );
const boundBy = ({ limits }: GrantResult, id: string): unknown =>
  limits.find((limit) => limit.evseId === id)?.boundBy;
const held = (limitA: number, boundarySec = 900): Partial<EvseLedger> => ({
  commands: [command(1, limitA, boundarySec)],
});

describe('grant', () => {
  test('R5 raises to the goal with a full lease and the wanted tail where all of it fits', () => {
    const given = { goalA: 16, given: { tailWantedA: amps(6) } };
    expect(brief(run({ a: given }, 32))).toEqual(['a raise 16 until 900 then 6']);
  });
  test('R5 takes tail 0 where the wanted tail does not fit for ever', () => {
    const low = [circuit('root', [wye(4)])];
    const tiers = [...input([], 32).tiers, { fromMs: sec(5000), circuits: low }];
    const given = { goalA: 16, given: { tailWantedA: amps(6) } };
    expect(brief(run({ a: given }, 32, { tiers }))).toEqual(['a raise 16 until 900 then 0']);
  });
  test('R5 sends the cut first and waits with the raise until the cut has settled', () => {
    const result = run({ a: { goalA: 16 }, b: { goalA: 16, ledger: held(32) } }, 32);
    expect(brief(result)).toEqual(['b cut 16 until 900 then 0']);
    expect(boundBy(result, 'a')).toEqual({ kind: 'ledger', circuitId: 'root', waitsFor: ['b'] });
    const settling = {
      commands: [
        command(1, 32, 900, { state: 'superseded', countsUntilMs: sec(1) }),
        command(2, 16, 900),
      ],
    };
    const evses = { a: { goalA: 16 }, b: { goalA: 16, ledger: settling } };
    expect(run(evses, 32).nextWakeAtMs).toBe(sec(1));
    const circuits = input([], 32).tiers[0]?.circuits ?? [];
    const later = { nowMs: sec(1), tiers: [{ fromMs: T0, circuits }] };
    expect(brief(run(evses, 32, later))).toEqual(['a raise 16 until 901 then 0']);
  });
  test('R5 gives the largest lower pilot that fits and names what it waits for', () => {
    const unknown = { commands: [command(1, 20, 900, { state: 'unknown' })] };
    const offline = { ledger: unknown, given: { controllable: false } };
    const result = run({ a: { goalA: 16 }, b: offline }, 32);
    expect(brief(result)).toEqual(['a raise 12 until 900 then 0']);
    expect(boundBy(result, 'a')).toEqual({ kind: 'ledger', circuitId: 'root', waitsFor: ['b'] });
  });
  test('R5 gives nothing where not even the smallest pilot fits', () => {
    const offline = { ledger: held(30), given: { controllable: false } };
    expect(brief(run({ a: { goalA: 16 }, b: offline }, 32))).toEqual([]);
  });
  test('R5 checks every channel and every circuit on the way up', () => {
    const root = circuit('root', [wye(100)]);
    const leaf = circuit('leaf', [wye(10)], 'root');
    const tiers = [{ fromMs: T0, circuits: [root, leaf] }];
    const one = { channels: [true, false, false] } as const;
    const two = { channels: [false, true, false] } as const;
    const result = run(
      {
        a: { circuit: 'leaf', goalA: 10, given: one },
        b: { circuit: 'leaf', goalA: 10, given: two },
        c: { circuit: 'leaf', goalA: 10, given: one },
        d: { circuit: 'root', goalA: 10, given: one },
      },
      0,
      { tiers },
    );
    expect(result.grants.map((one) => one.evseId)).toEqual(['a', 'b', 'd']);
    expect(boundBy(result, 'c')).toMatchObject({ kind: 'ledger', circuitId: 'leaf' });
  });
  test('R5 raises the smallest limit in force first, then by id', () => {
    const evses = { c: { goalA: 16 }, b: { goalA: 16, ledger: held(6) }, a: { goalA: 16 } };
    expect(brief(run(evses, 38))).toEqual([
      'a raise 16 until 900 then 0',
      'c raise 16 until 900 then 0',
    ]);
  });
  test('R6 ends a lease skew and settle before a lower limit that it would not fit', () => {
    const low = [circuit('root', [wye(10)])];
    const tiers = [...input([], 32).tiers, { fromMs: sec(300), circuits: low }];
    expect(brief(run({ a: { goalA: 16 } }, 32, { tiers }))).toEqual([
      'a raise 16 until 278 then 0',
    ]);
    const soon = [...input([], 32).tiers, { fromMs: sec(51), circuits: low }];
    expect(brief(run({ a: { goalA: 16 } }, 32, { tiers: soon }))).toEqual([
      'a raise 10 until 900 then 0',
    ]);
  });
  test('R6 leases that outlast a limit that is now known to fall end skew and settle before it', () => {
    const falling = (limitA: number, atSec: number): Partial<GrantInput> => ({
      tiers: [
        ...input([], 32).tiers,
        { fromMs: sec(atSec), circuits: [circuit('root', [wye(limitA)])] },
      ],
    });
    const both = {
      a: { goalA: 16, ledger: held(16, 850) },
      b: { goalA: 16, ledger: held(16, 850) },
    };
    expect(brief(run(both, 32, falling(20, 600)))).toEqual([
      'a renew 16 until 578 then 0',
      'b renew 16 until 578 then 0',
    ]);
    expect(brief(run(both, 32, falling(32, 600)))).toEqual([]);
    expect(brief(run(both, 32, falling(20, 880)))).toEqual([]);
    expect(brief(run(both, 32, falling(20, 51)))).toEqual([]);
    const told = { commands: [...(held(16, 850).commands ?? []), command(2, 16, 578)] };
    const shortened = { a: { goalA: 16, ledger: told }, b: { goalA: 16, ledger: told } };
    expect(brief(run(shortened, 32, falling(20, 600)))).toEqual([]);
  });
  test('R6 without a shown lease a grant must fit for ever', () => {
    const low = [circuit('root', [wye(10)])];
    const tiers = [...input([], 32).tiers, { fromMs: sec(5000), circuits: low }];
    const given = { goalA: 16, ledger: { leaseShown: false } };
    expect(brief(run({ a: given }, 32, { tiers }))).toEqual(['a raise 10 until 900 then 0']);
  });
  test('R6 renews a lease when it is due and lets it end where nothing fits', () => {
    const due = { goalA: 16, ledger: held(16, 300) };
    expect(brief(run({ a: due }, 32))).toEqual(['a renew 16 until 900 then 0']);
    const early = { goalA: 16, ledger: held(16, 301) };
    const result = run({ a: early }, 32);
    expect([brief(result), result.nextWakeAtMs]).toEqual([[], sec(1)]);
    const low = [circuit('root', [wye(5)])];
    const tiers = [...input([], 32).tiers, { fromMs: sec(330), circuits: low }];
    const ending = run({ a: due }, 32, { tiers });
    expect(brief(ending)).toEqual(['a renew 16 until 308 then 0']);
    const last = run({ a: { goalA: 16, ledger: held(16, 300) } }, 32, {
      tiers: [...input([], 32).tiers, { fromMs: sec(322), circuits: low }],
    });
    expect([brief(last), boundBy(last, 'a')]).toMatchObject([
      [],
      { kind: 'ledger', circuitId: 'root' },
    ]);
  });
  test('R6 a short lease whose end was not shown is renewed once half of it is over', () => {
    const short = { leaseSec: 120 };
    const renewed = ['a renew 16 until 120 then 0'];
    const brought = (leftSec: number, leaseShown: boolean): string[] => {
      const ledger = { ...held(16, leftSec), leaseShown };
      return brief(run({ a: { goalA: 16, ledger, given: short } }, 32));
    };
    expect([brought(41, true), brought(40, true)]).toEqual([[], renewed]);
    expect([brought(61, false), brought(60, false)]).toEqual([[], renewed]);
  });

  test('R6 in the last minute a smaller limit is renewed rather than none', () => {
    const low = [circuit('root', [wye(10)])];
    const tiers = [...input([], 32).tiers, { fromMs: sec(82), circuits: low }];
    const due = { goalA: 16, ledger: held(16, 60) };
    expect(brief(run({ a: due }, 32, { tiers }))).toEqual(['a renew 10 until 900 then 0']);
  });
  test('R8 cuts at once, busy or not, and a cut never raises W while the circuit is over', () => {
    const evses = {
      a: { goalA: 6, ledger: held(16, 500), given: { busy: true } },
      b: { goalA: 6, ledger: held(16, 700) },
    };
    expect(brief(run(evses, 12))).toEqual(['a cut 6 until 500 then 0', 'b cut 6 until 700 then 0']);
  });
  test('R8 sends no increase under a circuit that is over and goes on elsewhere', () => {
    const circuits = [
      circuit('root', []),
      circuit('left', [wye(10, { kind: 'signal', signalId: signalId('s') })], 'root'),
      circuit('right', [wye(32)], 'root'),
    ];
    const result = run(
      {
        a: { circuit: 'left', goalA: 16, ledger: held(16) },
        b: { circuit: 'left', goalA: 6, given: { channels: [false, false, true] } },
        c: { circuit: 'right', goalA: 16 },
      },
      0,
      { tiers: [{ fromMs: T0, circuits }] },
    );
    expect(brief(result)).toEqual(['c raise 16 until 900 then 0']);
    expect(result.notGuaranteed).toEqual([]);
  });
  test('R4 repeats an unknown raise exactly and never longer', () => {
    const unknown = { commands: [command(1, 6, 900), command(2, 16, 880, { state: 'unknown' })] };
    expect(brief(run({ a: { goalA: 32, ledger: unknown } }, 64))).toEqual([
      'a raise 16 until 880 then 0',
    ]);
  });
  test('R4 repeats it exactly also where no lease was shown yet, and only where W has it already', () => {
    const unshown: EvseGiven = {
      goalA: 32,
      ledger: { leaseShown: false, commands: [command(1, 16, 880, { state: 'unknown' })] },
    };
    expect(brief(run({ a: unshown }, 64))).toEqual(['a raise 16 until 880 then 0']);
    // For ever in W: nobody else gets what is left of the circuit.
    expect(brief(run({ a: unshown, b: { goalA: 16 } }, 20))).toEqual([
      'a raise 16 until 880 then 0',
    ]);
  });
  test('R6 gives no later end that fits only as long as no lease is shown', () => {
    const unshown = { leaseShown: false, commands: [command(1, 16, 100)] };
    const low = [circuit('root', [wye(10)])];
    const tiers = [...input([], 32).tiers, { fromMs: sec(300), circuits: low }];
    const result = run({ a: { goalA: 16, ledger: unshown } }, 32, { tiers, nowMs: sec(80) });
    expect(brief(result)).toEqual([]);
  });
  test('R4 raises again once a newer command was accepted, with the unknown one in the sum', () => {
    const confirmed = { commands: [command(1, 20, 900, { state: 'unknown' }), command(2, 6, 900)] };
    const evses = { a: { goalA: 16, ledger: confirmed }, b: { goalA: 16 } };
    expect(brief(run(evses, 32))).toEqual([
      'b raise 12 until 900 then 0',
      'a raise 16 until 900 then 0',
    ]);
  });
  test('R4 a cut whose answer stayed out is sent again, one in flight is not', () => {
    const open = (state: 'unknown' | 'unanswered'): EvseGiven => ({
      goalA: 6,
      ledger: { commands: [command(1, 16, 900), command(2, 6, 900, { state })] },
    });
    expect(brief(run({ a: open('unknown') }, 32))).toEqual(['a cut 6 until 900 then 0']);
    const flying = run({ a: open('unanswered') }, 32);
    expect([brief(flying), flying.limits[0]?.limitA]).toEqual([[], 16]);
    expect(boundBy(flying, 'a')).toEqual({ kind: 'unconfirmed', wantedA: 6 });
  });
  test('R3 leaves an EVSE what an unknown command reserves for it anyway, until its lease is due', () => {
    const commands = [command(1, 20, 900, { state: 'unknown' }), command(2, 32, 900)];
    const at = (nowSec: number, limitA: number) =>
      brief(
        run({ a: { goalA: 6, ledger: { commands } } }, limitA, {
          nowMs: sec(nowSec),
          tiers: input([], limitA).tiers,
        }),
      );
    expect(at(0, 64)).toEqual(['a cut 20 until 900 then 0']);
    // R8: where the sums do not fit everybody is cut.
    expect(at(0, 30)).toEqual(['a cut 6 until 900 then 0']);
    expect(at(700, 64)).toEqual(['a cut 6 until 1600 then 0']);
    const kept = { commands: [command(1, 32, 900, { state: 'unknown' }), command(2, 32, 900)] };
    expect(brief(run({ a: { goalA: 6, ledger: kept } }, 64))).toEqual([]);
  });
  test('R8 a limit that is known to fall below what is reserved ends that at once', () => {
    const kept = { commands: [command(1, 32, 900, { state: 'unknown' }), command(2, 32, 900)] };
    const low = [circuit('root', [wye(10)])];
    const tiers = [...input([], 64).tiers, { fromMs: sec(300), circuits: low }];
    const result = run({ a: { goalA: 6, ledger: kept } }, 64, { tiers });
    expect(brief(result)).toEqual(['a cut 6 until 900 then 0']);
  });
  test('R4 a repeated cut gets no later end, although it would fit', () => {
    const cutOpen = { commands: [command(1, 16, 500), command(2, 6, 500, { state: 'unknown' })] };
    expect(brief(run({ a: { goalA: 6, ledger: cutOpen } }, 64))).toEqual([
      'a cut 6 until 500 then 0',
    ]);
    const cutDone = { commands: [command(1, 16, 500)] };
    expect(brief(run({ a: { goalA: 6, ledger: cutDone } }, 64))).toEqual([
      'a cut 6 until 900 then 0',
    ]);
  });
  test('a hold, a missing link and a missing session send nothing and say so', () => {
    const result = run(
      {
        a: { goalA: 16, given: { raiseNotBeforeMs: sec(5) } },
        b: { goalA: 16, given: { controllable: false } },
        c: {},
      },
      64,
    );
    expect([brief(result), result.nextWakeAtMs]).toEqual([[], sec(5)]);
    expect(['a', 'b', 'c'].map((id) => boundBy(result, id))).toEqual([
      { kind: 'hold', untilMs: sec(5) },
      { kind: 'satisfied' },
      { kind: 'no-session' },
    ]);
  });
  test('R2 sends no value that the station would round up', () => {
    const set = { pilots: { kind: 'set', valuesA: [amps(8), amps(16)] } } as const;
    const evses = {
      a: { goalA: 15, given: set },
      b: { goalA: 5, given: {} },
      c: { goalA: 10.7, given: {} },
    };
    expect(run(evses, 64).grants.map(({ limitA }) => limitA)).toEqual([8, 10]);
  });
});

describe('the state not-guaranteed', () => {
  const { fallbackIdleA: _unread, ...unread } = entry({ evseId: evseId('b') });
  const unreadEvse = { ...grantEvse('b', {}), ledger: unread, controllable: false };
  test('R0 names a fallback that was not read back, and no increase leaves', () => {
    const result = grant(input([grantEvse('a', { goalA: 16 }), unreadEvse], 20));
    expect(result.grants).toEqual([]);
    const cause = 'fallback-not-read-back';
    expect(result.notGuaranteed).toEqual([{ circuitId: circuitId('root'), cause }]);
    expect(boundBy(result, 'a')).toEqual({ kind: 'not-guaranteed', cause });
  });
  test('R7 names an owner policy where only untested models exceed the rating', () => {
    const untested = { offlineTested: false, ...held(6) };
    const evses = { a: { goalA: 16 }, b: { ledger: untested, goalA: 16 } };
    const result = run(evses, 20);
    expect([brief(result), result.notGuaranteed[0]?.cause]).toEqual([[], 'owner-policy']);
  });
  test('names load where everything is read back and tested', () => {
    const result = run({ a: { goalA: 16, ledger: held(32) } }, 20);
    expect(brief(result)).toEqual(['a cut 16 until 900 then 0']);
    expect(result.notGuaranteed[0]?.cause).toBe('rating-exceeded-by-load');
  });
  test('R0 a renewal hidden by a reserve must fit as well, or its end would reveal an overload', () => {
    const { fallbackIdleA: _unread, ...booted } = entry({ commands: [command(1, 16, 300)] });
    const evse = { ...grantEvse('a', { goalA: 16 }), ledger: { ...booted, leaseShown: false } };
    expect(grant(input([evse], 20)).grants).toEqual([]);
    expect(brief(grant(input([evse], 32)))).toEqual(['a renew 16 until 900 then 0']);
  });
  test('R0 at first contact nothing but 0 A is known to be a cut', () => {
    const wanting = { ...grantEvse('b', { goalA: 10 }), ledger: unread };
    expect(brief(grant(input([wanting], 20)))).toEqual(['b cut 0 until 900 then 0']);
  });
});
