import { array, assert, boolean, constantFrom, property, shuffledSubarray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { StationEvent } from '../../src/ocpp/messages.js';
import { energyDeliveredWh, type Session } from '../../src/sessions/session.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

const S1 = evseId('S1:1');
const HOUR_MS = 3_600_000;

interface World {
  readonly script: Script;
  readonly s1: Voice;
}

/** A site whose one station is linked and ready. */
function ready(site: Site = smallSite()): World {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, 60_000);
  return { script, s1 };
}

function sessionOf({ script }: World, transactionId: string): Session | undefined {
  return [...script.state.sessions.values()].find((it) => it.transactionId === transactionId);
}

function sessions({ script }: World): readonly Session[] {
  return [...script.state.sessions.values()];
}

describe('transactions', () => {
  test('charge at once when one starts on a ready station', () => {
    const { script, s1 } = ready();
    feed(script, s1.status('preparing'), s1.started('1'));
    wait(script, 60_000);
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(32);
  });

  test('that start before first contact is done are granted once it is', () => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const s1 = voiceOf('S1', script);
    feed(script, s1.connected(), s1.started('1'));
    wait(script, 60_000);
    expect(script.state.evses.get(S1)?.ledger.fallbackIdleA).toBe(0);
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(32);
  });

  test('whose stop comes after the EVSE said Available end with it', () => {
    const world = ready();
    const { script, s1 } = world;
    feed(script, s1.status('preparing'), s1.started('1'));
    wait(script, 60_000);
    feed(script, s1.status('available'));
    feed(script, s1.ended('1', { meterStopWh: 10 }));
    expect(sessionOf(world, '1')?.phase).toBe('ended');
    expect(script.state.evses.get(S1)?.sessionId).toBeUndefined();
  });

  test('keep their stop reason when the next one starts in the same plug-in', () => {
    const world = ready();
    const { script, s1 } = world;
    feed(script, s1.started('1'));
    wait(script, 60_000);
    feed(script, s1.ended('1', { reason: 'Remote' }));
    wait(script, 60_000);
    feed(script, s1.started('2'));
    expect(sessionOf(world, '1')).toMatchObject({ phase: 'ended', stopReason: 'Remote' });
    expect(sessionOf(world, '2')?.phase).toBe('active');
  });

  test('that never ended are superseded, and their own stop still completes them', () => {
    const world = ready();
    const { script, s1 } = world;
    feed(script, s1.started('1', { meterStartWh: 100 }));
    wait(script, 600_000);
    const endedAtMs = script.nowMs - 300_000;
    feed(script, s1.started('2', { meterStartWh: 700 }));
    expect(sessionOf(world, '1')).toMatchObject({ phase: 'ended', stopReason: 'Superseded' });
    feed(script, s1.ended('1', { meterStopWh: 600, reason: 'Local', atMs: endedAtMs }));
    expect(sessionOf(world, '1')).toMatchObject({ endedAtMs, stopReason: 'Local' });
    expect(script.state.evses.get(S1)?.transactionId).toBe('2');
  });

  test('B13 that ran hours ago, offline, are kept beside the one that runs now', () => {
    const world = ready();
    const { script, s1 } = world;
    feed(script, s1.started('9'));
    wait(script, 60_000);
    const past = { atMs: script.nowMs - 9 * HOUR_MS, offline: true };
    feed(script, s1.started('8', { ...past, meterStartWh: 100 }));
    feed(script, s1.ended('8', { ...past, atMs: past.atMs + HOUR_MS, meterStopWh: 5100 }));
    const late = sessionOf(world, '8');
    expect(late?.phase).toBe('ended');
    expect(late && energyDeliveredWh(late)).toBe(5000);
    expect(script.state.evses.get(S1)?.transactionId).toBe('9');
  });

  test('B13 that ended hours ago are written before they are forgotten, and retries find them', () => {
    const world = ready();
    const { script, s1 } = world;
    const past = { atMs: script.nowMs - 9 * HOUR_MS, offline: true };
    feed(script, s1.started('8', { ...past, meterStartWh: 100 }));
    const stop = s1.ended('8', { ...past, atMs: past.atMs + HOUR_MS, meterStopWh: 5100 });
    feed(script, s1.status('available'), stop);
    expect(sessionOf(world, '8')?.meterLastWh).toBe(5100);
    wait(script, 60_000);
    feed(script, stop);
    expect(sessions(world).map((it) => it.transactionId)).toEqual(['8']);
    wait(script, 48 * HOUR_MS);
    feed(script);
    expect(sessions(world)).toEqual([]);
  });

  test('leave no session behind for ever, whatever the station forgot to say', () => {
    const world = ready();
    const { script, s1 } = world;
    for (let index = 0; index < 20; index += 1) {
      feed(script, s1.started(`a${index}`));
      wait(script, 60_000);
      feed(script, s1.ended(`b${index}`, { evseNumber: 1, meterStopWh: 5 }));
    }
    wait(script, 48 * HOUR_MS);
    expect(sessions(world).length).toBeLessThanOrEqual(1);
  });

  test('that nobody saw start are taken up with their first live update', () => {
    const world = ready();
    const { script, s1 } = world;
    feed(script, s1.updated('x', { evseNumber: 1, chargingState: 'charging' }));
    wait(script, 60_000);
    expect(sessionOf(world, 'x')?.phase).toBe('active');
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(32);
  });

  test('that nobody saw start are taken up where the end of the one before them got lost', () => {
    const world = ready();
    const { script, s1 } = world;
    feed(script, s1.status('occupied'), s1.started('a', { meterStartWh: 100 }));
    wait(script, 60_000);
    const endedAtMs = script.nowMs;
    wait(script, 300_000);
    const reads = (energyWh: number) => ({ samples: [{ atMs: script.nowMs, energyWh }] });
    feed(script, s1.updated('b', { evseNumber: 1, chargingState: 'charging', ...reads(600) }));
    wait(script, 60_000);
    expect(sessionOf(world, 'a')).toMatchObject({ phase: 'ended', stopReason: 'Superseded' });
    expect(sessionOf(world, 'b')).toMatchObject({ phase: 'active', meterStartWh: 600 });
    expect(script.state.evses.get(S1)).toMatchObject({ transactionId: 'b', status: 'charging' });
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(32);
    const told = script.sent.flatMap(({ command }) =>
      command.kind === 'set-charging-profile' ? [command.profile.transactionId] : [],
    );
    expect(told.at(-1)).toBe('b');
    // What is told of the one before belongs to its own bill.
    feed(script, s1.updated('a', { evseNumber: 1, ...reads(610) }));
    expect(script.state.evses.get(S1)?.transactionId).toBe('b');
    feed(script, s1.ended('a', { meterStopWh: 590, atMs: endedAtMs, reason: 'Local' }));
    expect(sessionOf(world, 'a')).toMatchObject({ endedAtMs, stopReason: 'Local' });
    expect(script.state.evses.get(S1)?.transactionId).toBe('b');
  });

  test('that nobody saw start do not displace one of which news is as young', () => {
    const world = ready();
    const { script, s1 } = world;
    wait(script, 60_000);
    feed(script, s1.started('a'));
    feed(script, s1.updated('b', { evseNumber: 1, atMs: script.nowMs - 30_000 }));
    wait(script, 300_000);
    const samples = [{ atMs: script.nowMs, powerW: 7000 }];
    feed(script, s1.updated('a', { evseNumber: 1, samples }));
    feed(script, s1.updated('b', { evseNumber: 1, atMs: script.nowMs + 10_000 }));
    feed(script, s1.updated('b', { evseNumber: 1, atMs: script.nowMs + 60_000, offline: true }));
    expect(script.state.evses.get(S1)?.transactionId).toBe('a');
    expect(sessionOf(world, 'b')).toBeUndefined();
  });

  test('E02 that named no EVSE at their start are taken up with the update that does', () => {
    const world = ready(smallSite({ evsesPerStation: 2 }));
    const { script, s1 } = world;
    feed(script, s1.started('x', { evseNumber: 0 }));
    expect(sessions(world)).toEqual([]);
    feed(script, s1.updated('x', { evseNumber: 2 }));
    expect(sessionOf(world, 'x')?.evseId).toBe('S1:2');
  });

  test('told to start before the one before are taken up with their first update after its end', () => {
    const world = ready();
    const { script, s1 } = world;
    feed(script, s1.status('occupied'), s1.started('a'));
    wait(script, 60_000);
    feed(script, s1.ended('a'));
    const behindMs = script.nowMs - HOUR_MS;
    feed(script, s1.started('b', { atMs: behindMs, offline: true }));
    wait(script, 60_000);
    feed(script, s1.updated('b', { atMs: behindMs + 60_000, offline: true }));
    feed(script, s1.updated('b', { atMs: script.nowMs - 50_000 }));
    expect(script.state.evses.get(S1)?.transactionId).toBeUndefined();
    feed(script, s1.updated('b', { evseNumber: 1 }));
    wait(script, 60_000);
    expect(script.state.evses.get(S1)).toMatchObject({ transactionId: 'b' });
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(32);
    expect([sessionOf(world, 'a')?.phase, sessionOf(world, 'b')?.phase]).toEqual([
      'ended',
      'active',
    ]);
  });

  test('of 1.6 told to start before the one before are taken up with their first fresh sample', () => {
    const world = ready();
    const { script, s1 } = world;
    feed(script, s1.status('occupied'), s1.started('1'));
    wait(script, 60_000);
    feed(script, s1.ended('1'));
    feed(script, s1.started('2', { atMs: script.nowMs - HOUR_MS, offline: true }));
    wait(script, 60_000);
    const reads = (atMs: number) => s1.sampled([{ atMs, powerW: 0 }], { transactionId: '2' });
    feed(script, reads(script.nowMs - HOUR_MS));
    expect(script.state.evses.get(S1)?.transactionId).toBeUndefined();
    feed(script, reads(script.nowMs));
    expect(script.state.evses.get(S1)?.transactionId).toBe('2');
  });

  test('that are over are not taken up again by an update of long ago', () => {
    const world = ready();
    const { script, s1 } = world;
    feed(script, s1.updated('x', { evseNumber: 1, offline: true }));
    expect(sessions(world)).toEqual([]);
  });

  test('of two EVSEs of one station do not touch each other', () => {
    const world = ready(smallSite({ evsesPerStation: 2 }));
    const { script, s1 } = world;
    feed(script, s1.started('1', { evseNumber: 1 }), s1.started('2', { evseNumber: 2 }));
    wait(script, 60_000);
    feed(script, s1.ended('1'));
    wait(script, 60_000);
    const limits = [...script.state.evses.values()].map((it) => it.decision?.limitA);
    expect(limits).toEqual([0, 32]);
    expect(sessionOf(world, '2')?.phase).toBe('active');
  });

  test('B12 give one session and one energy for any order and any retries of their messages', () => {
    const messages = (s1: Voice): readonly StationEvent[] => {
      const at = (sec: number) => ({ atMs: START_MS + sec * 1000, evseNumber: 1 });
      const energy = (sec: number, energyWh: number) => ({ ...at(sec), energyWh });
      return [
        s1.started('1', { ...at(1), meterStartWh: 1000, idToken: 'TAG' }),
        s1.updated('1', { ...at(10), samples: [energy(10, 1500)] }),
        s1.updated('1', { ...at(20), samples: [energy(20, 2000)] }),
        s1.sampled([energy(30, 2500)], { transactionId: '1' }),
        s1.ended('1', { ...at(40), meterStopWh: 3000, reason: 'Local' }),
      ];
    };
    const outcome = (order: readonly number[], withPlug: boolean) => {
      const world = ready();
      const { script, s1 } = world;
      if (withPlug) feed(script, { ...s1.status('preparing'), atMs: START_MS });
      const all = messages(s1);
      for (const index of order) {
        const message = all[index];
        if (message !== undefined) feed(script, message);
      }
      return sessions(world).map((session) => ({
        transactionId: session.transactionId,
        isOver: session.phase === 'finished' || session.phase === 'ended',
        startedAtMs: session.startedAtMs,
        endedAtMs: session.endedAtMs,
        idToken: session.idToken,
        reason: session.stopReason,
        energyWh: energyDeliveredWh(session),
      }));
    };
    const indices = [0, 1, 2, 3, 4];
    const orders = array(constantFrom(...indices), { maxLength: 5 })
      .chain((retries) =>
        shuffledSubarray([...indices, ...retries.map((it) => it + 10)], {
          minLength: indices.length + retries.length,
        }),
      )
      .map((order) => order.map((it) => it % 10));
    assert(
      property(orders, boolean(), (order, withPlug) => {
        expect(outcome(order, withPlug)).toEqual(outcome(indices, withPlug));
      }),
      { seed: 7, numRuns: 100 },
    );
  });
});
