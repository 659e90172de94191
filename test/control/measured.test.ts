import { describe, expect, test } from 'vitest';
import type { SiteEvent } from '../../src/control/state.js';
import type { MeterSample } from '../../src/ocpp/messages.js';
import { charging, state, type World } from './charging-vehicle.js';
import { feed, wait } from './ideal-station.js';
import { smallSite } from './small-site.js';

const MINUTE_MS = 60_000;

function editedTo({ state: { site } }: World['script'], limitA: number): SiteEvent {
  const circuits = site.circuits.map((it) => ({
    ...it,
    limits: it.limits.map((limit) => ({ ...limit, limitA: [limitA, limitA, limitA] })),
  }));
  const edited = { ...site, circuits, version: site.version + 1 } as typeof site;
  return { type: 'site.edited', site: edited, actor: 'owner' };
}

function reads(drawnA: number, atMs: number): MeterSample {
  return { atMs, currentA: [drawnA, drawnA, drawnA] };
}

/** Samples every ten seconds, stamped `offMs` beside our clock. */
function draws(world: World, drawnA: number, options: { times: number; offMs?: number }): void {
  const { script, s1 } = world;
  for (let index = 0; index < options.times; index += 1) {
    wait(script, 10_000);
    const atMs = script.nowMs + (options.offMs ?? 0);
    feed(script, s1.sampled([reads(drawnA, atMs)], { transactionId: '1' }));
  }
}

describe('R9', () => {
  test('distrusts a station that draws a quarter more than it may', () => {
    const world = charging();
    draws(world, 16.3, { times: 3 });
    expect(state(world).ledger.distrusted).toBe(true);
    const alarms = world.script.effects.filter((it) => it.type === 'alarm');
    expect(alarms.map((it) => it.code)).toEqual(['distrusted']);
  });

  test('distrusts a station that draws a little more for ever', () => {
    const world = charging();
    draws(world, 13 * 1.09, { times: 3 });
    expect(state(world).ledger.distrusted).toBe(true);
  });

  test('bears what a meter may be wrong by, and a single reading', () => {
    const world = charging();
    draws(world, 13 * 1.02 + 0.1, { times: 6 });
    draws(world, 20, { times: 1 });
    draws(world, 13, { times: 6 });
    draws(world, 20, { times: 1 });
    expect(state(world).ledger.distrusted).toBe(false);
  });

  test('watches a vehicle whose transaction has ended', () => {
    const world = charging();
    const { script, s1 } = world;
    feed(script, s1.ended('1'));
    wait(script, 30_000);
    for (let index = 0; index < 3; index += 1) {
      wait(script, 10_000);
      feed(script, s1.sampled([reads(16, script.nowMs)]));
    }
    expect(state(world).ledger.distrusted).toBe(true);
  });

  test('does not hold what was drawn long ago against what may be drawn now', () => {
    const world = charging();
    const { script, s1 } = world;
    feed(script, s1.ended('1'), s1.status('available'));
    wait(script, MINUTE_MS);
    const old = [1, 2, 3].map((index) => reads(16, script.nowMs - 3_600_000 + index * 20_000));
    feed(script, s1.sampled(old));
    expect(state(world).ledger.distrusted).toBe(false);
  });

  test('does not mistake a clock that is ahead for a draw after the lease', () => {
    const world = charging();
    draws(world, 13, { times: 20, offMs: 900_000 });
    expect(state(world).ledger.distrusted).toBe(false);
  });

  test('catches a liar whose clock is ahead', () => {
    const world = charging();
    draws(world, 20, { times: 3, offMs: 900_000 });
    expect(state(world).ledger.distrusted).toBe(true);
  });
});

describe('a vehicle', () => {
  test('is known to take less once it has for a minute, and shows when it takes more', () => {
    const world = charging(smallSite());
    draws(world, 10, { times: 12 });
    const session = () => [...world.script.state.sessions.values()].at(-1);
    expect(session()?.vehicle.currentMaxA).toBe(11);
    expect(state(world).decision).toMatchObject({ limitA: 11, boundBy: { kind: 'vehicle' } });
    draws(world, 11, { times: 12 });
    expect(session()?.vehicle.currentMaxA).toBeUndefined();
    expect(state(world).decision?.limitA).toBe(32);
  });

  test('that takes nothing for minutes is satisfied, and draws again without being asked', () => {
    const world = charging(smallSite());
    draws(world, 0, { times: 45 });
    const session = () => [...world.script.state.sessions.values()].at(-1);
    expect(session()?.vehicle.satisfied).toBe(true);
    draws(world, 8, { times: 1 });
    expect(session()?.vehicle.satisfied).toBe(false);
  });

  test('that suspends under current on offer wants no more', () => {
    const world = charging(smallSite());
    const { script, s1 } = world;
    feed(script, s1.status('suspended-ev'));
    expect([...script.state.sessions.values()].at(-1)?.vehicle.satisfied).toBe(true);
  });

  test('that suspends with all that was asked for is satisfied, however new its limit is', () => {
    const world = charging(smallSite());
    const { script, s1 } = world;
    const [id] = [...script.state.sessions.keys()];
    if (id === undefined) throw new Error('there is a session');
    feed(script, {
      type: 'claim.set',
      sessionId: id,
      claim: {
        departureAtMs: script.nowMs + 3_600_000,
        energyWh: 50,
        setAtMs: script.nowMs,
        actor: 'driver',
      },
    });
    feed(script, editedTo(script, 10));
    expect(state(world).decision?.limitA).toBe(10);
    feed(script, s1.status('suspended-ev'));
    expect([...script.state.sessions.values()].at(-1)?.vehicle.satisfied).toBe(true);
  });

  test('that suspends while it is paused has not said that', () => {
    const world = charging(smallSite({ importLimitW: 0 }));
    const { script, s1 } = world;
    feed(script, s1.status('suspended-ev'));
    expect([...script.state.sessions.values()].at(-1)?.vehicle.satisfied).toBe(false);
  });
});
