import { describe, expect, test } from 'vitest';
import { worstBetween, worstCase, worstCaseAt } from '../../ledger/index.js';
import { amps } from '../../solver/index.js';
import { command, entry, SETTINGS, sec, T0 } from './build.js';

const steps = (given: Parameters<typeof entry>[0]): [number, number][] =>
  worstCase(entry(given), T0, SETTINGS).map(({ fromMs, currentA }) => [
    (fromMs - T0) / 1000,
    currentA,
  ]);

describe('worstCase', () => {
  test('R0 is the hardware maximum for ever until F0 is read back', () => {
    const { fallbackIdleA: _unread, ...unread } = entry({ commands: [command(1, 6, 900)] });
    expect(worstCase(unread, T0, SETTINGS)).toEqual([{ fromMs: T0, currentA: 32 }]);
  });
  test('R0 is the hardware maximum for ever for a model without offline tests', () => {
    expect(steps({ offlineTested: false, commands: [command(1, 6, 900)] })).toEqual([[0, 32]]);
  });
  test('R0 counts F0 without any command and above smaller ones', () => {
    expect(steps({ fallbackIdleA: amps(6) })).toEqual([[0, 6]]);
    expect(steps({ fallbackIdleA: amps(8), commands: [command(1, 6, 900)] })).toEqual([[0, 8]]);
  });
  test('R9 is the hardware maximum for ever while distrusted', () => {
    expect(steps({ distrusted: true, commands: [command(1, 6, 900)] })).toEqual([[0, 32]]);
  });
  test('R9 is what was measured, and what its meter may show too little, where that is more', () => {
    const commands = [command(1, 6, 900)];
    expect(steps({ distrusted: true, measuredMaxA: amps(50), commands })).toEqual([[0, 51]]);
    for (const measuredA of [20, 32, 32.8]) {
      const measuredMaxA = amps(measuredA);
      expect(steps({ distrusted: true, measuredMaxA, commands })).toEqual([[0, 32]]);
    }
    expect(steps({ measuredMaxA: amps(50), commands })[0]).toEqual([0, 6]);
  });
  test('R6 counts a grant to its boundary + skew + settle, then its tail', () => {
    const commands = [command(1, 16, 900, { tailA: amps(6) })];
    expect(steps({ commands })).toEqual([
      [0, 16],
      [922, 6],
    ]);
  });
  test('R6 counts a limit below its tail only to its boundary - skew', () => {
    const commands = [command(1, 0, 900, { tailA: amps(6) })];
    expect(steps({ commands })).toEqual([
      [0, 0],
      [890, 6],
    ]);
  });
  test('R6 counts a grant for ever until a lease has been shown', () => {
    expect(steps({ leaseShown: false, commands: [command(1, 16, 900)] })).toEqual([[0, 16]]);
    const paused = [command(1, 0, 900, { tailA: amps(6) })];
    expect(steps({ leaseShown: false, commands: paused })).toEqual([
      [0, 0],
      [890, 6],
    ]);
  });
  test('R1 counts a superseded command to its settle time, whatever its boundary', () => {
    const old = command(1, 32, 900, { state: 'superseded', countsUntilMs: sec(12) });
    expect(steps({ commands: [old, command(2, 10, 600)] })).toEqual([
      [0, 32],
      [12, 10],
      [622, 0],
    ]);
  });
  test.each(['unanswered', 'unknown'] as const)(
    'R3 R10 counts an %s command to its own end',
    (state) => {
      const open = command(2, 20, 300, { state, tailA: amps(6) });
      expect(steps({ commands: [command(1, 10, 900), open] })).toEqual([
        [0, 20],
        [322, 10],
        [922, 6],
      ]);
    },
  );
  test('never exceeds the hardware maximum', () => {
    expect(steps({ commands: [command(1, 63, 900)] })).toEqual([
      [0, 32],
      [922, 0],
    ]);
  });
  test('worstCaseAt agrees with the steps at both sides of each', () => {
    const given = entry({
      commands: [
        command(1, 32, 500, { state: 'superseded', countsUntilMs: sec(7) }),
        command(2, 8, 100, { state: 'unknown', tailA: amps(10) }),
        command(3, 6, 700),
      ],
    });
    const all = worstCase(given, T0, SETTINGS);
    expect(all.length).toBeGreaterThan(2);
    all.forEach((step, index) => {
      expect(worstCaseAt(given, step.fromMs, SETTINGS)).toBe(step.currentA);
      const before = all[index - 1];
      if (before) expect(worstCaseAt(given, step.fromMs - 1, SETTINGS)).toBe(before.currentA);
    });
  });
});

test('the highest W between two instants is that of any step between them', () => {
  const given = entry({
    commands: [
      command(1, 16, 100, { state: 'superseded', countsUntilMs: sec(12) }),
      command(2, 0, 300, { tailA: amps(8) }),
    ],
  });
  const between = (fromSec: number, toSec: number): number =>
    worstBetween(given, { fromMs: sec(fromSec), toMs: sec(toSec) }, SETTINGS);
  expect(between(0, 400)).toBe(16);
  expect(between(11, 11)).toBe(16);
  expect(between(12, 289)).toBe(0);
  expect(between(12, 290)).toBe(8);
});
