import { expect, test } from 'vitest';
import { evseId, sessionId, stationId } from '../../solver/index.js';
import { habitOf } from '../../src/planning/habits.js';
import type { Session } from '../../src/sessions/session.js';

const HOUR_MS = 3_600_000;

const past = (hours: number, energyWh: number, change: Partial<Session> = {}): Session => ({
  id: sessionId('s'),
  evseId: evseId('S1:1'),
  stationId: stationId('S1'),
  phase: 'ended',
  pluggedInAtMs: 0,
  endedAtMs: hours * HOUR_MS,
  meterStartWh: 1000,
  meterLastWh: 1000 + energyWh,
  vehicle: { satisfied: false },
  ...change,
});

test('it leaves early and wants much, within what it did', () => {
  const sessions = [1, 2, 3, 4, 5].map((it) => past(it, it * 1000));
  expect(habitOf(sessions)).toEqual({ staySec: 3600, energyWh: 4000 });
});

test('two sessions, or such as tell nothing, are no habit', () => {
  expect(habitOf([past(8, 9000), past(8, 9000)])).toBeUndefined();
  const odd = [
    past(8, 10),
    past(0.1, 9000),
    past(8, 9000, { endPresumed: 'power-loss' }),
    past(8, 9000, { endedAtMs: undefined }),
  ];
  expect(habitOf([past(8, 9000), past(8, 9000), ...odd])).toBeUndefined();
  expect(habitOf([past(8, 9000), past(8, 9000), past(8, 9000), ...odd])).toMatchObject({
    energyWh: 9000,
  });
});
