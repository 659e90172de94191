import { describe, expect, test } from 'vitest';
import {
  type AnswerOutcome,
  answered,
  booted,
  COMMANDS_MAX,
  cleared,
  clockDoubted,
  clockStepped,
  distrusted,
  type EvseLedger,
  expired,
  fallbackShown,
  fenced,
  inForce,
  leaseShown,
  planned,
  replacementKept,
  irrevocableAt,
  restarted,
  sampledInTime,
  sampledLate,
  trusted,
  worstCase,
  worstCaseAt,
} from '../../ledger/index.js';
import { amps } from '../../solver/index.js';
import { command, entry, SETTINGS, sec, T0 } from './build.js';

const plan = (given: EvseLedger, seq: number, grantA: number, boundarySec = 900): EvseLedger =>
  planned(given, { seq, grantA: amps(grantA), boundaryAtMs: sec(boundarySec), tailA: amps(0) });
const answer = (given: EvseLedger, seq: number, outcome: AnswerOutcome, atSec = 0): EvseLedger =>
  answered(given, { seq, outcome, atMs: sec(atSec) }, SETTINGS);
const states = (given: EvseLedger): string[] =>
  given.commands.map(({ seq, state }) => `${seq} ${state}`);
const worstA = (given: EvseLedger, atSec: number): number =>
  worstCaseAt(given, sec(atSec), SETTINGS);

describe('transitions', () => {
  test('R2 counts a planned command before any answer', () => {
    const given = plan(entry(), 1, 16);
    expect(states(given)).toEqual(['1 unanswered']);
    expect(worstA(given, 0)).toBe(16);
    expect(inForce(given, T0)).toBe(0);
    expect(() => plan(given, 1, 6)).toThrow('not new');
  });
  test('R6 what a late sample took away comes back, and nothing that was not there', () => {
    const shown = entry({ leaseShown: true, steps: 'shown' });
    const late = sampledLate(sampledLate(shown, sec(60)), sec(90));
    expect(late).toMatchObject({ leaseShown: false, steps: 'unread' });
    expect(sampledInTime(late, sec(89))).toBe(late);
    expect(sampledInTime(late, sec(90))).toMatchObject({ leaseShown: true, steps: 'shown' });
    const read = sampledInTime(sampledLate(entry({ leaseShown: true, steps: 'unread' }), T0), T0);
    expect(read).toMatchObject({ leaseShown: true, steps: 'unread' });
    const never = entry({ leaseShown: false });
    expect(sampledInTime(sampledLate(never, T0), T0)).toBe(never);
    for (const lost of [booted(late), clockDoubted(late)]) {
      expect(sampledInTime(lost, sec(120)).leaseShown).toBe(false);
    }
    expect(clockStepped(late, { byMs: 30_000, beforeMs: sec(90) }).clockLate).toEqual({
      sinceMs: sec(120),
      stepsShown: true,
    });
  });
  test('R3 nothing takes back what nobody answered before its flight and its lease are over', () => {
    const given = answer(
      answer(plan(entry({ leaseShown: true }), 1, 16, 200), 1, 'timeout', 10),
      1,
      'timeout',
    );
    const cut = answer(plan(given, 2, 6), 2, 'accepted', 20);
    const untilMs = sec(200 + SETTINGS.skewSec + SETTINGS.settleSec);
    expect(irrevocableAt(cut, sec(30), SETTINGS)).toEqual({ currentA: 16, untilMs });
    expect(irrevocableAt(cut, untilMs, SETTINGS)).toBeUndefined();
    const unshown = { ...cut, leaseShown: false };
    expect(irrevocableAt(unshown, untilMs, SETTINGS)).toEqual({ currentA: 16, untilMs: sec(310) });
    expect(irrevocableAt(unshown, sec(310), SETTINGS)).toBeUndefined();
    expect(
      irrevocableAt(answer(plan(entry(), 1, 16), 1, 'accepted'), T0, SETTINGS),
    ).toBeUndefined();
  });
  test('R1 what may be held beside a cut is left to it once nobody has told for a flight time', () => {
    const given = answer(plan(entry({ replacesUnshown: true }), 1, 8), 1, 'accepted');
    const cut = answer(plan(given, 2, 0), 2, 'accepted', 5);
    expect(cut.commands[0]).toMatchObject({ state: 'unknown', held: true });
    const unshown = { ...cut, leaseShown: false };
    expect(irrevocableAt(unshown, sec(304), SETTINGS)).toBeUndefined();
    expect(irrevocableAt(unshown, sec(305), SETTINGS)?.currentA).toBe(8);
    expect(irrevocableAt(unshown, sec(9000), SETTINGS)?.currentA).toBe(8);
    expect(irrevocableAt({ ...cut, leaseShown: true }, sec(9000), SETTINGS)).toBeUndefined();
  });
  test('R1 what may be followed beside an accepted cut is told apart from what nobody answered', () => {
    let given = plan(entry({ replacesUnshown: true }), 1, 8);
    given = answer(given, 1, 'timeout');
    given = answer(plan(given, 2, 8), 2, 'accepted', 5);
    given = answer(plan(given, 3, 0), 3, 'accepted', 10);
    expect(given.commands.map(({ seq, held }) => [seq, held === true])).toEqual([
      [1, false],
      [2, true],
      [3, false],
    ]);
    expect(worstA(given, 60)).toBe(8);
  });
  test('R10 of several that may be held the one holds that was shown', () => {
    let given = entry({ replacesUnshown: true });
    for (const [seq, grantA] of [
      [1, 16],
      [2, 9],
      [3, 6],
    ] as const) {
      given = answer(plan(given, seq, grantA, 900 + 100 * seq), seq, 'accepted', seq);
    }
    const kept = replacementKept(given, { seq: 1, atMs: sec(5) });
    expect(states(kept)).toEqual(['1 accepted', '2 unknown', '3 unknown']);
    expect(inForce(kept, sec(5))).toBe(16);
    expect(replacementKept(given, { seq: 3, atMs: sec(5) })).toBe(given);
  });
  test('R1 an accepted cut counts only after the settle time', () => {
    const given = answer(
      plan(answer(plan(entry(), 1, 32), 1, 'accepted'), 2, 10),
      2,
      'accepted',
      5,
    );
    expect(states(given)).toEqual(['1 superseded', '2 accepted']);
    expect([worstA(given, 5), worstA(given, 16.999), worstA(given, 17)]).toEqual([32, 32, 10]);
  });
  test('R1 keeps the worst case of every older cut that has not settled, not the previous value', () => {
    let given = answer(plan(entry(), 1, 32), 1, 'accepted');
    given = answer(plan(given, 2, 20), 2, 'accepted', 5);
    given = answer(plan(given, 3, 6), 3, 'accepted', 6);
    expect([worstA(given, 16.9), worstA(given, 17.5), worstA(given, 18)]).toEqual([32, 20, 6]);
  });
  test.each(['rejected', 'error', 'not-supported', 'timeout', 'closed'] as const)(
    'R3 R10 leaves old, new and none possible after %s',
    (outcome) => {
      const given = answer(plan(answer(plan(entry(), 1, 10), 1, 'accepted'), 2, 16), 2, outcome);
      expect(states(given)).toEqual(['1 accepted', '2 unknown']);
      expect(worstA(given, 1)).toBe(16);
      expect(inForce(given, T0)).toBe(10);
    },
  );
  test('R3 an older unknown command survives a newer accepted one', () => {
    const given = answer(plan(answer(plan(entry(), 1, 32), 1, 'timeout'), 2, 6), 2, 'accepted', 3);
    expect(states(given)).toEqual(['1 unknown', '2 accepted']);
    expect([worstA(given, 921), worstA(given, 922)]).toEqual([32, 0]);
  });
  test('R3 an answer that comes after a newer command was accepted supersedes nothing', () => {
    const both = plan(plan(entry(), 1, 32), 2, 6);
    const given = answer(answer(both, 2, 'accepted'), 1, 'accepted', 1);
    expect(states(given)).toEqual(['1 unknown', '2 accepted']);
    expect(worstA(given, 600)).toBe(32);
    expect(inForce(given, T0)).toBe(6);
  });
  test('R3 a late answer counts while nothing newer was planned, and not afterwards', () => {
    const unknown = answer(plan(answer(plan(entry(), 1, 32), 1, 'accepted'), 2, 10), 2, 'timeout');
    expect(states(answer(unknown, 2, 'accepted', 30))).toEqual(['1 superseded', '2 accepted']);
    const newer = plan(unknown, 3, 8);
    expect(states(answer(newer, 2, 'accepted', 30))).toEqual([
      '1 accepted',
      '2 unknown',
      '3 unanswered',
    ]);
  });
  test('R3 a command that was never sent is gone', () => {
    expect(answer(plan(entry(), 1, 16), 1, 'not-sent').commands).toEqual([]);
  });
  test('an answer is heard once', () => {
    const given = answer(
      plan(answer(plan(entry(), 1, 32), 1, 'accepted'), 2, 10),
      2,
      'accepted',
      5,
    );
    expect(answer(given, 2, 'accepted', 50)).toBe(given);
    expect(answer(given, 2, 'rejected', 50)).toBe(given);
    expect(answer(given, 9, 'accepted', 50)).toBe(given);
  });
  test('R3 a fence ends only what was given up a whole flight time before it was planned', () => {
    const start = entry({
      commands: [
        command(1, 32, 900, { state: 'unknown', unknownSinceMs: T0 }),
        command(2, 24, 900, { state: 'unknown', unknownSinceMs: sec(1) }),
        command(3, 20, 950, { state: 'unknown' }),
        command(4, 6, 900, { plannedAtMs: sec(300) }),
      ],
    });
    const given = fenced(start, { seq: 4, atMs: sec(301) }, SETTINGS);
    expect(states(given)).toEqual(['1 superseded', '2 unknown', '3 unknown', '4 accepted']);
    expect([worstA(given, 312.9), worstA(given, 313)]).toEqual([32, 24]);
    expect(fenced(start, { seq: 3, atMs: sec(301) }, SETTINGS)).toBe(start);
    const kept = command(1, 32, 900, { state: 'unknown', held: true, unknownSinceMs: T0 });
    const beside = entry({ commands: [kept, command(4, 0, 900, { plannedAtMs: sec(300) })] });
    expect(fenced(beside, { seq: 4, atMs: sec(301) }, SETTINGS).commands[0]).toEqual(kept);
  });
  test('R10 a clear ends what was accepted after the settle time and nothing unknown', () => {
    const start = entry({
      commands: [command(1, 20, 900, { state: 'unknown' }), command(2, 32, 900)],
    });
    const given = cleared(start, { seq: 3, atMs: T0 }, SETTINGS);
    expect([worstA(given, 11.9), worstA(given, 12), worstA(given, 922)]).toEqual([32, 20, 0]);
    const later = entry({ commands: [command(4, 32, 900)] });
    expect(cleared(later, { seq: 3, atMs: T0 }, SETTINGS)).toEqual(later);
  });
  test('R10 what was cleared is held no more, whatever limit is shown later', () => {
    let given = entry({ replacesUnshown: true });
    for (const [seq, grantA] of [
      [1, 16],
      [2, 9],
    ] as const) {
      given = answer(plan(given, seq, grantA, 900), seq, 'accepted', seq);
    }
    given = cleared(given, { seq: 3, atMs: sec(5) }, SETTINGS);
    given = answer(plan(given, 4, 7, 900), 4, 'accepted', 200);
    expect(given.commands.filter((it) => it.held === true).map(({ seq }) => seq)).toEqual([]);
    expect(worstA(replacementKept(given, { seq: 1, atMs: sec(201) }), 201)).toBe(7);
  });
  test('R1 a clear does not make count again what was superseded long before', () => {
    const countsUntilMs = sec(50);
    const over = command(1, 32, 900, { state: 'superseded', held: true, countsUntilMs });
    const given = cleared(entry({ commands: [over] }), { seq: 2, atMs: sec(100) }, SETTINGS);
    expect(given.commands).toEqual([{ ...over, held: undefined }]);
    const kept = command(1, 32, 900, { state: 'unknown', held: true });
    const ended = cleared(entry({ commands: [kept] }), { seq: 2, atMs: sec(100) }, SETTINGS);
    expect([worstA(ended, 111.9), worstA(ended, 112)]).toEqual([32, 0]);
  });
  test('R0 a boot forgets F0 and the shown lease and keeps every command', () => {
    const before = entry({ commands: [command(1, 10, 900)] });
    const given = booted(before);
    expect(worstA(given, 0)).toBe(32);
    const back = fallbackShown(given, { fallbackIdleA: amps(6), atMs: T0 }, SETTINGS);
    expect([worstA(back, 0), worstA(back, 11.9)]).toEqual([32, 32]);
    expect([worstA(back, 12), worstA(back, 5000)]).toEqual([10, 10]);
    expect([worstA(leaseShown(back), 921), worstA(leaseShown(back), 922)]).toEqual([10, 6]);
  });
  test('R6 a doubted clock forgets the shown lease and its steps, and keeps F0', () => {
    const given = { ...entry(), leaseShown: true, steps: 'shown' as const, fallbackIdleA: amps(6) };
    const doubted = clockDoubted(given);
    expect(doubted).toMatchObject({ leaseShown: false, steps: 'unread', fallbackIdleA: 6 });
    expect(clockDoubted({ ...given, steps: 'ignored' }).steps).toBe('ignored');
  });

  test('R1 a step of our own clock takes no time from what is settling', () => {
    const cut = answer(plan(answer(plan(entry(), 1, 16), 1, 'accepted'), 2, 6), 2, 'accepted');
    expect([worstA(cut, 11), worstA(cut, 12)]).toEqual([16, 6]);
    const stepped = clockStepped(cut, { byMs: 20_000, beforeMs: sec(1) });
    expect([worstA(stepped, 31), worstA(stepped, 32)]).toEqual([16, 6]);
    expect(clockStepped(cut, { byMs: -20_000, beforeMs: sec(1) })).toBe(cut);
    const over = clockStepped(cut, { byMs: 20_000, beforeMs: sec(20) });
    expect(over).toBe(cut);
    const lost = answer(plan(entry(), 1, 16), 1, 'timeout');
    const waits = clockStepped(lost, { byMs: 20_000, beforeMs: sec(1) });
    expect(waits.commands[0]?.unknownSinceMs).toBe(sec(20));
    const shown = { fallbackIdleA: amps(0), atMs: sec(0) };
    const read = fallbackShown({ ...entry(), fallbackIdleA: undefined }, shown, SETTINGS);
    const late = clockStepped(read, { byMs: 20_000, beforeMs: sec(1) });
    expect(late.fallbackSettlesAtMs).toBe(sec(32));
  });

  test('R9 distrust counts the hardware maximum until trust returns', () => {
    const given = distrusted(entry({ commands: [command(1, 10, 900)] }));
    expect([worstA(given, 5000), worstA(trusted(given), 5000)]).toEqual([32, 0]);
  });
  test('R9 what was measured above the hardware maximum counts until trust returns', () => {
    const given = distrusted(distrusted(entry({ commands: [command(1, 10, 900)] }), 60), 50);
    expect(given.measuredMaxA).toBe(60);
    expect([worstA(given, 0), worstA(given, 5000)]).toEqual([61.2, 61.2]);
    const again = trusted(given);
    expect([again.measuredMaxA, worstA(again, 0)]).toEqual([undefined, 10]);
    expect(worstA(distrusted(again), 0)).toBe(32);
  });
  test('R3 a restart of ours turns unanswered into unknown and lowers nothing', () => {
    const given = plan(answer(plan(entry(), 1, 10), 1, 'accepted'), 2, 16);
    expect(states(restarted(given))).toEqual(['1 accepted', '2 unknown']);
    expect(worstCase(restarted(given), T0, SETTINGS)).toEqual(worstCase(given, T0, SETTINGS));
  });
  test('in force is the newest accepted grant, after its boundary its tail, else F0', () => {
    const given = entry({ commands: [command(1, 16, 900, { tailA: amps(6) })] });
    expect(inForce(given, sec(899))).toBe(16);
    expect(inForce(given, sec(900))).toBe(6);
    expect(inForce(entry({ fallbackIdleA: amps(8) }), T0)).toBe(8);
    expect(inForce(booted(entry()), T0)).toBe(32);
  });
});

describe('the list of commands', () => {
  test('stays short under a storm of unknown commands without any change of W', () => {
    let given = entry();
    for (let seq = 1; seq <= 300; seq += 1) {
      const before = plan(given, seq, 6 + ((seq * 7) % 20), 100 + ((seq * 13) % 50));
      given = answer(before, seq, 'timeout', seq / 10);
      expect(worstCase(given, T0, SETTINGS)).toEqual(worstCase(before, T0, SETTINGS));
      expect(given.commands.length).toBeLessThanOrEqual(25);
    }
  });
  test('is capped under a storm without answers and under one of accepted cuts', () => {
    let open = entry();
    let cut = answer(plan(entry(), 1, 999), 1, 'accepted');
    for (let seq = 2; seq <= 200; seq += 1) {
      open = plan(open, seq, 32 - seq / 10, 900 + seq);
      cut = answer(plan(cut, seq, 999 - seq, 900 + seq), seq, 'accepted', seq / 100);
      expect(open.commands.length).toBeLessThanOrEqual(COMMANDS_MAX);
      expect(cut.commands.length).toBeLessThanOrEqual(COMMANDS_MAX);
    }
    expect(worstA(open, 0)).toBeGreaterThanOrEqual(31.8);
  });
  test('R1 expired drops what has settled and R6 keeps what a wrong clock could revive', () => {
    const start = entry({
      commands: [
        command(1, 32, 900, { state: 'superseded', countsUntilMs: sec(12) }),
        command(2, 20, 100, { state: 'unknown' }),
        command(3, 8, 200, { state: 'unknown', tailA: amps(6) }),
        command(4, 10, 300),
      ],
    });
    const given = expired(start, sec(400), SETTINGS);
    expect(states(given)).toEqual(['3 unknown', '4 accepted']);
    expect(worstA(given, 400)).toBe(6);
    expect(
      worstA(
        fallbackShown(booted(given), { fallbackIdleA: amps(0), atMs: sec(380) }, SETTINGS),
        400,
      ),
    ).toBe(20);
    expect(answer(given, 3, 'accepted', 401)).toBe(given);
  });
});
