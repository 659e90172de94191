/** What a vehicle does not draw goes to others, by a cut that is acknowledged; and limits stay steady. */
import { describe, expect, test } from 'vitest';
import { amps, evseId, type EvseId, signalId, siteId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { inForce } from '../../ledger/index.js';
import type { SiteEvent } from '../../src/control/state.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

const SAMPLE_MS = 20_000;
const MINUTE_MS = 60_000;
const S1 = evseId('S1:1');
const S2 = evseId('S2:1');

interface World {
  readonly script: Script;
  readonly voices: readonly Voice[];
  /** Instants at which the limit in force of the first EVSE rose or fell. */
  readonly movesAtMs: number[];
}

/** Two three-phase vehicles share 32 A; the second takes whatever it may. */
function sharing(limitA = 32): World {
  const settings = { fallbackSessionA: amps(6) };
  const site = smallSite({ stations: 2, limitA, settings });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = [voiceOf('S1', script), voiceOf('S2', script)];
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  for (const [at, voice] of voices.entries()) feed(script, voice.started(`t${at}`));
  wait(script, MINUTE_MS);
  return { script, voices, movesAtMs: [] };
}

const limitA = ({ script }: World, id: EvseId): number => {
  const state = script.state.evses.get(id);
  if (state === undefined) throw new Error('the EVSE is there');
  return inForce(state.ledger, script.nowMs);
};

/** Both meters are read every 20 s; the first vehicle wants `wantsA` of the minutes passed. */
function runs(world: World, minutes: number, wantsA: (minute: number) => number): void {
  const { script, voices } = world;
  for (let sampled = 1; sampled * SAMPLE_MS <= minutes * MINUTE_MS; sampled += 1) {
    const beforeA = limitA(world, S1);
    wait(script, SAMPLE_MS);
    const wanted = [wantsA((sampled * SAMPLE_MS) / MINUTE_MS), 32];
    for (const [at, voice] of voices.entries()) {
      const drawnA = Math.min(limitA(world, at === 0 ? S1 : S2), wanted[at] ?? 0);
      const sample = { atMs: script.nowMs, currentA: [drawnA, drawnA, drawnA] as const };
      feed(script, voice.sampled([sample], { transactionId: `t${at}` }));
    }
    if (limitA(world, S1) !== beforeA) world.movesAtMs.push(script.nowMs);
  }
}

/** The grid lets the site have so much for an hour. */
function orderOf(limitW: number, nowMs: number): SiteEvent {
  const id = signalId('order-1');
  const signal = {
    id,
    siteId: siteId('site'),
    issuer: 'City grid',
    type: 'import-limit',
    scope: 'total-import',
    receivedAtMs: nowMs,
    endsAtMs: nowMs + 60 * MINUTE_MS,
    series: [{ atMs: nowMs, value: limitW }],
  };
  return { type: 'signal.received', signal } as unknown as SiteEvent;
}

describe('a vehicle that tapers', () => {
  test('leaves what it does not draw to the other, in few profiles', () => {
    const world = sharing();
    expect([limitA(world, S1), limitA(world, S2)]).toEqual([16, 16]);
    runs(world, 60, (minute) => Math.max(3, 16 - minute / 3));
    runs(world, 10, () => 3);
    expect(limitA(world, S1)).toBe(6);
    expect(limitA(world, S2)).toBe(26);
    expect(world.movesAtMs.length).toBeLessThanOrEqual(10);
  });

  test('gets its share back at once when it draws up to its limit again', () => {
    const world = sharing();
    runs(world, 10, () => 8);
    expect([limitA(world, S1), limitA(world, S2)]).toEqual([9, 23]);
    runs(world, 2, () => 32);
    expect([limitA(world, S1), limitA(world, S2)]).toEqual([16, 16]);
  });

  test('loses nothing by one low reading', () => {
    const world = sharing();
    runs(world, 1 / 3, () => 2);
    runs(world, 5, () => 32);
    expect(limitA(world, S1)).toBe(16);
    expect(world.movesAtMs).toEqual([]);
  });

  test('is not taken for one that follows a cut which was never acknowledged', () => {
    const world = sharing();
    const { script } = world;
    script.reply = ({ purpose }) => (purpose === 'grant' ? 'silent' : undefined);
    feed(script, orderOf(12_420, script.nowMs));
    expect(limitA(world, S1)).toBe(16);
    runs(world, 4, () => 9);
    const known = [...script.state.sessions.values()].map((it) => it.vehicle.currentMaxA);
    expect(known).toEqual([undefined, undefined]);
  });

  test.each([1, 4, 12, 30])(
    'does not move limits for ever where its draw goes up and down over %d minutes',
    (periodMin) => {
      const world = sharing();
      const wantsA = (minute: number): number => (minute % periodMin < periodMin / 2 ? 8 : 15);
      runs(world, 180, wantsA);
      const lastHourMs = world.script.nowMs - 60 * MINUTE_MS;
      expect(world.movesAtMs.length).toBeLessThanOrEqual(18);
      expect(world.movesAtMs.filter((atMs) => atMs > lastHourMs).length).toBeLessThanOrEqual(4);
    },
  );
});
