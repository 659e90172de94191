/** R9 where every sample comes minutes late. */
import { describe, expect, test } from 'vitest';
import { evseId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState, SiteEvent } from '../../src/control/state.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

const S1 = evseId('S1:1');
const MINUTE_MS = 60_000;
const LATE_MS = 200_000;

interface World {
  readonly script: Script;
  readonly s1: Voice;
}

/** S1 charges; the owner's limit leaves it 9 A for ten minutes. */
function limited(): World {
  const site = smallSite({ stations: 1 });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.started('1'));
  wait(script, MINUTE_MS);
  limit({ script, s1 }, 6900);
  wait(script, 10 * MINUTE_MS);
  return { script, s1 };
}

function limit({ script }: World, importLimitW: number): void {
  const { site } = script.state;
  const edited = { ...site, version: site.version + 1, importLimitW: watts(importLimitW) };
  feed(script, { type: 'site.edited', site: edited, actor: 'owner' } satisfies SiteEvent);
}

/** One sample a minute, of what flowed so much earlier. */
function tell({ script, s1 }: World, minutes: number, drawnA: number, lateMs = LATE_MS): void {
  for (let minute = 0; minute < minutes; minute += 1) {
    wait(script, MINUTE_MS);
    const currentA = [drawnA, drawnA, drawnA] as const;
    const sample = { atMs: script.nowMs - lateMs, currentA };
    feed(script, s1.sampled([sample], { transactionId: '1' }));
  }
}

/** As after a call that was never answered. */
function loseCalls(script: Script): void {
  const stations = new Map(script.state.stations);
  for (const [id, it] of stations) stations.set(id, { ...it, lostCallAtMs: script.nowMs });
  script.state = { ...script.state, stations };
}

function state({ script }: World): EvseState {
  const found = script.state.evses.get(S1);
  if (found === undefined) throw new Error('the EVSE is there');
  return found;
}

const isDistrusted = (world: World): boolean => state(world).ledger.distrusted;

describe('samples that always come late', () => {
  test.each([LATE_MS, 10 * MINUTE_MS])(
    'find out who draws above its limit, %i ms later',
    (late) => {
      const world = limited();
      tell(world, Math.ceil(late / MINUTE_MS) + 1, 20, late);
      expect(isDistrusted(world)).toBe(false);
      tell(world, 3, 20, late);
      expect(isDistrusted(world)).toBe(true);
    },
  );

  test('accuse nobody who keeps to it', () => {
    const world = limited();
    tell(world, 30, 9);
    expect(isDistrusted(world)).toBe(false);
  });

  test('accuse nobody of what was allowed when it was measured, nor of what is allowed by now', () => {
    const world = limited();
    tell(world, 10, 9);
    limit(world, 40_000);
    tell(world, 10, 32);
    limit(world, 6900);
    tell(world, 3, 32);
    expect(isDistrusted(world)).toBe(false);
    tell(world, 3, 32);
    expect(isDistrusted(world)).toBe(true);
  });

  test('of before the link prove nothing', () => {
    const world = limited();
    const { script, s1 } = world;
    tell(world, 5, 9);
    feed(script, s1.disconnected());
    wait(script, MINUTE_MS);
    feed(script, s1.connected());
    tell(world, 3, 20);
    expect(isDistrusted(world)).toBe(false);
    tell(world, 3, 20);
    expect(isDistrusted(world)).toBe(true);
  });

  test('are forgotten with the first that comes in time', () => {
    const world = limited();
    tell(world, 3, 9);
    expect(state(world).late).toBeDefined();
    tell(world, 1, 9, 0);
    expect(state(world).late).toBeUndefined();
  });

  test('tell by their register alone as well', () => {
    for (const drawnA of [9, 20]) {
      const world = limited();
      const { script, s1 } = world;
      for (let minute = 0; minute < 15; minute += 1) {
        wait(script, MINUTE_MS);
        const energyWh = Math.floor((minute * drawnA * 3 * 253) / 60);
        const sample = { atMs: script.nowMs - LATE_MS, energyWh };
        feed(script, s1.sampled([sample], { transactionId: '1' }));
      }
      expect(isDistrusted(world)).toBe(drawnA > 9);
    }
  });

  test('accuse nobody when they come again, and are of a clock that was ahead then', () => {
    for (const again of [true, false]) {
      const world = limited();
      const { script, s1 } = world;
      wait(script, MINUTE_MS);
      const sample = {
        atMs: script.nowMs,
        stampedAtMs: script.nowMs + 30_000,
        currentA: [9, 9, 9] as const,
      };
      feed(script, s1.sampled([sample], { transactionId: '1' }));
      limit(world, 0);
      wait(script, MINUTE_MS);
      const stampedAtMs = again ? sample.stampedAtMs : script.nowMs - 20_000;
      for (let times = 0; times < 2; times += 1) {
        const atMs = stampedAtMs + (again ? 0 : times * 11_000);
        feed(script, s1.sampled([{ ...sample, atMs, stampedAtMs: atMs }], { transactionId: '1' }));
        wait(script, 11_000);
      }
      expect(isDistrusted(world)).toBe(!again);
    }
  });

  test('accuse nobody where they waited by a clock that is ahead, and calls get lost', () => {
    for (const isLossy of [true, false]) {
      const world = limited();
      const { script, s1 } = world;
      if (isLossy) loseCalls(script);
      const fromMs = script.nowMs;
      limit(world, 0);
      wait(script, MINUTE_MS);
      for (const afterMs of [0, 30_000]) {
        const stampedAtMs = fromMs + 3_600_000 + afterMs;
        const sample = { atMs: script.nowMs, stampedAtMs, currentA: [9, 9, 9] as const };
        feed(script, s1.sampled([sample], { transactionId: '1' }));
        wait(script, MINUTE_MS);
      }
      expect(isDistrusted(world)).toBe(!isLossy);
    }
  });
});
