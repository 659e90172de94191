import { describe, expect, test } from 'vitest';
import { evseId, sessionId, stationId } from '../../solver/index.js';
import { openSession, type SessionFact, transition } from '../../src/sessions/lifecycle.js';
import { energyDeliveredWh, remainingNeed, type Session } from '../../src/sessions/session.js';

const T0 = Date.UTC(2026, 0, 5, 8);

const plugged = openSession({
  id: sessionId('one'),
  evseId: evseId('S1:1'),
  stationId: stationId('S1'),
  atMs: T0,
});

function after(...facts: readonly SessionFact[]): Session {
  return facts.reduce(transition, plugged);
}

const started: SessionFact = {
  type: 'started',
  transactionId: '7',
  idToken: 'TAG',
  meterStartWh: 1000,
  atMs: T0 + 1000,
};
const ended: SessionFact = { type: 'ended', atMs: T0 + 9000, meterStopWh: 4000, reason: 'Local' };
const sampled = (atSec: number, energyWh: number): SessionFact => ({
  type: 'sampled',
  samples: [{ atMs: T0 + atSec * 1000, energyWh }],
});

describe('transition', () => {
  test('goes from plug-in over the transaction to plug-out', () => {
    expect(after().phase).toBe('plugged');
    expect(after(started).phase).toBe('active');
    expect(after(started, ended).phase).toBe('finished');
    const over = after(started, ended, { type: 'unplugged', atMs: T0 + 20_000 });
    expect(over).toMatchObject({ phase: 'ended', endedAtMs: T0 + 9000, stopReason: 'Local' });
    expect(energyDeliveredWh(over)).toBe(3000);
  });

  test('ends a session that never had a transaction when it is unplugged', () => {
    const over = after({ type: 'unplugged', atMs: T0 + 5000 });
    expect(over).toMatchObject({ phase: 'ended', endedAtMs: T0 + 5000 });
  });

  test('keeps a running transaction when the station says that it is free', () => {
    expect(after(started, { type: 'unplugged', atMs: T0 + 5000 }).phase).toBe('active');
  });

  test('never lets a register fall', () => {
    const session = after(started, sampled(2, 2500), sampled(3, 1500), sampled(1, 1200));
    expect(session.meterLastWh).toBe(2500);
  });

  test('starts at the register of the start, whatever arrived before it', () => {
    const late = after(ended, started);
    expect(energyDeliveredWh(late)).toBe(3000);
    expect(late).toMatchObject({ startedAtMs: T0 + 1000, idToken: 'TAG' });
    expect(energyDeliveredWh(after(sampled(3, 1500), started, ended))).toBe(3000);
  });

  test('takes the end from the station where it had been a guess', () => {
    const guessed = after(started, { type: 'ended', atMs: T0 + 50_000, reason: 'PowerLoss' });
    const told = transition(guessed, ended);
    expect(told).toMatchObject({ endedAtMs: T0 + 9000, stopReason: 'Local', meterLastWh: 4000 });
  });

  test('bills nothing that was measured after the end', () => {
    const session = after(started, ended, sampled(30, 5000));
    expect(energyDeliveredWh(session)).toBe(3000);
  });

  test('draws nothing once ended', () => {
    const drawing = after(started, {
      type: 'sampled',
      samples: [{ atMs: T0 + 2000, currentA: [16, 16, 16], powerW: 11_040 }],
    });
    expect(drawing).toMatchObject({ drawnA: [16, 16, 16], powerW: 11_040 });
    expect(transition(drawing, ended)).toMatchObject({ drawnA: [0, 0, 0], powerW: 0 });
  });

  test('changes no claim of a session that is over', () => {
    const claim = { departureAtMs: T0 + 60_000, energyWh: 9000, setAtMs: T0, actor: 'driver' };
    const claimed = after(started, { type: 'claimed', claim });
    expect(remainingNeed(claimed)).toEqual({ energyWh: 9000, departureAtMs: T0 + 60_000 });
    const over = after(started, ended, { type: 'unplugged', atMs: T0 + 20_000 });
    expect(transition(over, { type: 'claimed', claim }).claim).toBeUndefined();
  });
});
