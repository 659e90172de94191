/** What a vehicle asks for over its cable becomes its session's claim, and a profile follows (K15). */
import { expect, test } from 'vitest';
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { StationEvent } from '../../src/ocpp/messages.js';
import type { SessionClaim } from '../../src/sessions/session.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const HOUR_MS = 3_600_000;

interface Scene {
  readonly script: Script;
  readonly s1: ReturnType<typeof voiceOf>;
  needs(fields: { readonly energyWh?: number; readonly departureAtMs?: number }): void;
  claim(): SessionClaim | undefined;
  profileCount(): number;
}

/** Charging for ten minutes. */
function scene(): Scene {
  const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, 60_000);
  feed(script, s1.started('1', { meterStartWh: 1000 }));
  wait(script, 60_000);
  return {
    script,
    s1,
    needs(fields) {
      const event = { stationId: s1.id, receivedAtMs: script.nowMs, evseNumber: 1, ...fields };
      feed(script, { type: 'needs.notified', ...event } as StationEvent);
      wait(script, 100);
    },
    claim() {
      const { sessionId } = script.state.evses.get(evseId('S1:1')) ?? {};
      return sessionId && script.state.sessions.get(sessionId)?.claim;
    },
    profileCount: () => script.sent.filter(({ purpose }) => purpose === 'grant').length,
  };
}

test('what is still wanted counts from what was delivered', () => {
  const it = scene();
  const energyWh = 3000;
  feed(
    it.script,
    it.s1.sampled([{ atMs: it.script.nowMs, energyWh: 1400 }], { transactionId: '1' }),
  );
  const departureAtMs = it.script.nowMs + 4 * HOUR_MS;
  it.needs({ energyWh, departureAtMs });
  expect(it.claim()).toEqual({
    energyWh: 3400,
    departureAtMs,
    setAtMs: it.script.nowMs - 100,
    actor: 'vehicle',
  });
});

test('the vehicle that waits for a schedule gets one at once, and not at every asking', () => {
  const it = scene();
  const before = it.profileCount();
  it.needs({});
  expect(it.profileCount()).toBe(before + 1);
  for (let round = 0; round < 20; round += 1) it.needs({});
  expect(it.profileCount()).toBe(before + 1);
});

test('half a claim is none, and neither is a departure that has passed', () => {
  const it = scene();
  it.needs({ energyWh: 5000 });
  it.needs({ departureAtMs: it.script.nowMs + HOUR_MS });
  it.needs({ energyWh: 5000, departureAtMs: it.script.nowMs - 1 });
  expect(it.claim()).toBeUndefined();
});

test('a vehicle corrects its own claim, and never that of a person', () => {
  const it = scene();
  const departureAtMs = it.script.nowMs + 4 * HOUR_MS;
  it.needs({ energyWh: 5000, departureAtMs });
  it.needs({ energyWh: 7000, departureAtMs });
  expect(it.claim()?.energyWh).toBe(7000);
  const { sessionId } = it.script.state.evses.get(evseId('S1:1')) ?? {};
  const claim = { energyWh: 9000, departureAtMs, setAtMs: it.script.nowMs, actor: 'user:1' };
  feed(it.script, { type: 'claim.set', sessionId: sessionId ?? ('' as never), claim });
  it.needs({ energyWh: 1000, departureAtMs });
  expect(it.claim()).toEqual(claim);
});

test('needs of an EVSE without a session, or that is not configured, change nothing', () => {
  const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, 60_000);
  const before = script.sent.length;
  for (const evseNumber of [1, 7]) {
    const departureAtMs = script.nowMs + HOUR_MS;
    const needs = { evseNumber, energyWh: 1, departureAtMs, receivedAtMs: script.nowMs };
    feed(script, { type: 'needs.notified', stationId: s1.id, ...needs });
  }
  expect(script.sent).toHaveLength(before);
  expect(script.state.sessions.size).toBe(0);
});
