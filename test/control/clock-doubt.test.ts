/** R6: a station's clock may be set while its lease runs; what it had shown counts no more then. */
import { describe, expect, test } from 'vitest';
import type { StationState } from '../../src/control/state.js';
import { charging, state, type World } from './charging-vehicle.js';
import { feed, idealOutcome, wait } from './ideal-station.js';
import { smallSite } from './small-site.js';

/** As told by a clock that is so much ahead of ours, or behind. */
function sampled({ script, s1 }: World, skewMs: number): void {
  const sample = { atMs: script.nowMs + skewMs, currentA: [13, 13, 13] as const };
  feed(script, s1.sampled([sample], { transactionId: '1' }));
}

function s1Of({ script }: World): StationState {
  const station = [...script.state.stations.values()].find(({ id }) => id === 'S1');
  if (station === undefined) throw new Error('the station is there');
  return station;
}

function readBacks({ script }: World): number {
  return script.sent.filter(({ purpose }) => purpose === 'lease-read-back').length;
}

/** From now on its composite schedules begin by that clock, and it follows what it was told by it. */
function setClock({ script }: World, skewMs: number): void {
  script.reply = (pending) => {
    const outcome = idealOutcome(script, pending);
    if (outcome.status !== 'accepted' || outcome.schedule === undefined) return undefined;
    const { schedule } = outcome;
    const startAtMs = schedule.startAtMs + skewMs;
    const later = schedule.periods.map((it) => ({
      ...it,
      startSec: Math.max(0, it.startSec - skewMs / 1000),
    }));
    const periods = later.filter((_it, index) => (later[index + 1]?.startSec ?? 1) > 0);
    return { ...outcome, schedule: { ...schedule, startAtMs, periods } };
  };
}

describe('a clock that is set while a lease runs', () => {
  test.each([
    ['behind', -60_000],
    ['ahead', 60_000],
  ])('R6 a clock that is %s ends all credit of leases until it is right', (_name, skewMs) => {
    const world = charging();
    expect(state(world).ledger.leaseShown).toBe(true);
    setClock(world, skewMs);
    sampled(world, skewMs);
    expect(state(world).ledger).toMatchObject({ leaseShown: false, fallbackIdleA: 0 });
    const { length } = world.script.sent;
    sampled(world, skewMs);
    expect(world.script.sent).toHaveLength(length);
  });

  test.each([
    ['further behind than leases begin early', -90_000, false],
    ['behind by less', -50_000, true],
    ['ahead', 90_000, true],
  ])('R6 leases refused by a clock %s take the place of F0: %i ms, %j', (_name, skewMs, takes) => {
    const world = charging();
    const { script, s1 } = world;
    setClock(world, skewMs);
    sampled(world, skewMs);
    const { reply } = script;
    script.reply = (pending) =>
      pending.purpose === 'grant' ? { status: 'rejected', detail: 'no' } : reply(pending);
    feed(script, s1.ended('1'), s1.booted({ firmware: 'next' }), s1.started('2'));
    wait(script, 300_000);
    const changes = script.effects.flatMap((it) =>
      it.type === 'alarm' && it.code === 'form-changed' ? [it.detail] : [],
    );
    expect(changes.some((it) => it.includes('told by relative'))).toBe(true);
    expect(changes.some((it) => /told by (tx-default|station-max)/.test(it))).toBe(takes);
    sampled(world, 0);
    expect(s1Of(world).clockBehind).toBeUndefined();
  });

  test.each([
    ['ahead by more than a lease', 3_600_000, true],
    ['ahead by less, and longer than limits are told before their end', 660_000, true],
    ['ahead by less than that', 240_000, false],
    ['behind', -50_000, false],
  ])('R6 whether a clock %s holds its vehicle back is told: %i ms, %j', (_name, skewMs, is) => {
    const world = charging(smallSite({ importLimitW: 10_000, settings: { leaseSec: 900 } }));
    setClock(world, skewMs);
    sampled(world, skewMs);
    wait(world.script, 900_000);
    const told = world.script.effects.flatMap((it) =>
      it.type === 'alarm' && it.code === 'clock-ahead' ? [it] : [],
    );
    expect(told.length > 0).toBe(is);
    if (!is) return;
    expect(told[0]).toMatchObject({ stationId: 'S1', evseId: 'S1:1' });
    expect(told[0]?.detail).toContain(`is ${skewMs / 60_000} min ahead`);
    expect(told[0]?.detail).toContain('limit of 13 A');
  });

  test('R6 a sample that was merely late costs one read-back', () => {
    const world = charging();
    const before = readBacks(world);
    sampled(world, -40_000);
    expect(readBacks(world)).toBe(before + 1);
    expect(state(world).ledger).toMatchObject({ leaseShown: true });
  });

  /** Its lease is not shown any more, and nothing that is asked of it is answered. */
  function doubted(skewMs: number): World {
    const world = charging();
    world.script.reply = () => 'silent';
    sampled(world, skewMs);
    expect(state(world).ledger.leaseShown).toBe(false);
    return world;
  }

  test('R6 a later sample in time shows that the one before was late, and no clock', () => {
    const world = doubted(-40_000);
    world.script.nowMs += 20_000;
    sampled(world, -5000);
    expect(state(world).ledger).toMatchObject({ leaseShown: true });
    expect(state(world).ledger.clockLate).toBeUndefined();
  });

  test.each([
    ['was measured before the late one came', -40_000, 5000, -6000],
    ['is further behind than the budget', -40_000, 60_000, -12_000],
    ['is late as well', -40_000, 60_000, -40_000],
    ['follows one that was ahead', 60_000, 60_000, 0],
  ])('R6 a sample shows nothing that %s', (_name, firstMs, afterMs, secondMs) => {
    const world = doubted(firstMs);
    world.script.nowMs += afterMs;
    sampled(world, secondMs);
    expect(state(world).ledger.leaseShown).toBe(false);
  });

  /** A call to it was not answered, and since then a sample has come in time. */
  function lossy(): World {
    const world = charging();
    const { stations } = world.script.state;
    const lost = { ...s1Of(world), lostCallAtMs: world.script.nowMs };
    world.script.state = { ...world.script.state, stations: new Map(stations).set(lost.id, lost) };
    sampled(world, -1000);
    world.script.reply = () => 'silent';
    return world;
  }

  test.each([
    ['a sample that came late among others is no news', 120_000, -100_000, true],
    ['none in time for as long as one may be under way is', 302_000, -100_000, false],
    ['one that no message can be as late as is', 20_000, -301_000, false],
    ['one of the future is', 20_000, 11_000, false],
  ])('R6 where messages get lost %s', (_name, afterMs, skewMs, isShown) => {
    const world = lossy();
    world.script.nowMs += afterMs;
    sampled(world, skewMs);
    expect(state(world).ledger.leaseShown).toBe(isShown);
  });

  test.each([
    ['answered, its credit stays for as long as samples are late', undefined, true],
    ['not answered, it ends', 'silent' as const, false],
  ])('R6 before that a schedule is read back: %s', (_name, reply, isShown) => {
    const world = lossy();
    world.script.reply = () => reply;
    const before = readBacks(world);
    for (let minute = 1; minute <= 12; minute += 1) {
      wait(world.script, 60_000);
      sampled(world, -60_000);
      if (minute === 2) expect(readBacks(world)).toBe(before);
    }
    expect(readBacks(world)).toBeGreaterThan(before);
    expect(readBacks(world)).toBeLessThanOrEqual(before + 12);
    expect(state(world).ledger.leaseShown).toBe(isShown);
  });

  test('R6 what was known of a clock outlasts a link, and no boot', () => {
    for (const boots of [false, true]) {
      const world = lossy();
      const { script, s1 } = world;
      feed(script, s1.disconnected());
      script.nowMs += 60_000;
      feed(script, s1.connected(2));
      if (boots) feed(script, s1.booted());
      expect(s1Of(world).clockRightAtMs === undefined).toBe(boots);
    }
  });

  test.each([9000, -9000, -14_000])('a stamp %i ms from its arrival is within bounds', (skewMs) => {
    const world = charging();
    const { length } = world.script.sent;
    sampled(world, skewMs);
    expect(world.script.sent).toHaveLength(length);
    expect(state(world).ledger.leaseShown).toBe(true);
  });

  /** Leases take the place of F0. */
  function carriedByMaximum(): World {
    const world = charging();
    const station = s1Of(world);
    const rung = { rung: 'station-max', observed: 'takes nothing else' } as const;
    const taken = [{ ...rung, on: 'lease' as const, sinceMs: 0 }];
    const form = { kind: '', fallbackHeld: true, leaseHeld: true, leaseRefusals: 0, taken };
    const stations = new Map(world.script.state.stations).set(station.id, { ...station, form });
    world.script.state = { ...world.script.state, stations };
    return world;
  }

  test('what a station had to keep while it was away is late, and says nothing of its clock', () => {
    const world = carriedByMaximum();
    const { length } = world.script.sent;
    const told = (isStored: boolean, skewMs: number): void => {
      const sample = { atMs: world.script.nowMs + skewMs, currentA: [13, 13, 13] as const };
      const kept = isStored ? { isStored: true as const, offline: true } : {};
      feed(world.script, world.s1.updated('1', { samples: [sample], ...kept }));
    };
    told(true, -200_000);
    expect(state(world).ledger.fallbackIdleA).toBe(0);
    expect(s1Of(world)).toMatchObject({ stage: 'ready' });
    expect(s1Of(world).unsettledUntilMs).toBeUndefined();
    expect(world.script.sent).toHaveLength(length);
    world.script.reply = () => 'silent';
    told(false, -200_000);
    expect(state(world).ledger.fallbackIdleA).toBeUndefined();
  });

  test('a stamp of the future is no sample that was kept', () => {
    const world = carriedByMaximum();
    world.script.reply = () => 'silent';
    const sample = { atMs: world.script.nowMs + 60_000, currentA: [13, 13, 13] as const };
    const kept = { isStored: true as const, offline: true };
    feed(world.script, world.s1.updated('1', { samples: [sample], ...kept }));
    expect(state(world).ledger.fallbackIdleA).toBeUndefined();
  });

  test('R0 where a maximum of the station is in the place of F0, that is not believed either', () => {
    const world = carriedByMaximum();
    world.script.reply = () => 'silent';
    sampled(world, -60_000);
    expect(state(world).ledger.fallbackIdleA).toBeUndefined();
    expect(s1Of(world).unsettledUntilMs).toBe(world.script.nowMs + 300_000);
  });
});
