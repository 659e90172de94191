import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { evseId, stationId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState } from '../../src/control/state.js';
import { siteCeiling } from '../../src/sites/ceiling.js';
import { failuresLeft } from '../../src/sites/untested-policy.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

const MINUTE_MS = 60_000;
const NAMES = ['S1', 'S2', 'S3'] as const;

interface World {
  readonly script: Script;
  readonly voices: readonly Voice[];
}

/** Three stations that nobody has tested, charging; `failures` of them may fail. */
function charging(failures: number | null, limitA = 80): World {
  const site = smallSite({
    stations: 3,
    limitA,
    untested: NAMES,
    settings: { untestedFailures: failures },
  });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = site.stations.map(({ id }) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  for (const voice of voices) feed(script, voice.started(`tx-${voice.id}`));
  wait(script, 10 * MINUTE_MS);
  return { script, voices };
}

function evse({ script }: World, name: string): EvseState {
  const found = script.state.evses.get(evseId(`${name}:1`));
  if (found === undefined) throw new Error(`${name} is there`);
  return found;
}

const grantedA = (world: World): (number | undefined)[] =>
  NAMES.map((name) => evse(world, name).decision?.limitA);

function worstA(world: World, name: string): number {
  const { script } = world;
  return worstCaseAt(evse(world, name).ledger, script.nowMs, script.state.site.settings);
}

describe('an owner who keeps room for some untested stations to fail', () => {
  test('null is today: each counts at its maximum', () => {
    const world = charging(null);
    expect(NAMES.map((name) => worstA(world, name))).toEqual([32, 32, 32]);
    expect(world.script.state.control.notGuaranteed.map((it) => it.cause)).toEqual([
      'owner-policy',
    ]);
  });

  test('R0 one may fail: they share what is left beside it', () => {
    const world = charging(1);
    const limits = grantedA(world).map(Number);
    expect(world.script.state.control.notGuaranteed).toEqual([]);
    const [least = 0] = [...limits].sort((a, b) => a - b);
    // 24 + 24 + 32: nobody is left out, and 80 A carry whichever of them fails.
    expect(least).toBeGreaterThanOrEqual(23);
    const sumA = limits.reduce((all, it) => all + it, 0);
    expect(sumA + 32 - least).toBeLessThanOrEqual(80);
  });

  test('R0 one that loses its link counts at its maximum, and the total stays', () => {
    const world = charging(1);
    const totalA = (): number => {
      const { script } = world;
      const { circuits } = siteCeiling(script.state, script.nowMs, 60);
      return circuits[0]?.steps[0]?.currentA[0] ?? 0;
    };
    const before = totalA();
    const [first] = world.voices;
    if (first === undefined) throw new Error('S1 is there');
    feed(world.script, first.disconnected());
    expect(worstA(world, 'S1')).toBe(32);
    expect(failuresLeft(world.script.state)).toBe(0);
    expect(totalA()).toBeLessThanOrEqual(before);
    expect(totalA()).toBeLessThanOrEqual(80);
    expect(world.script.state.control.notGuaranteed).toEqual([]);
  });

  test('R0 it counts as told again only once F0 was read back anew', () => {
    const world = charging(1);
    const { script } = world;
    const [first] = world.voices;
    if (first === undefined) throw new Error('S1 is there');
    feed(script, first.disconnected());
    wait(script, MINUTE_MS);
    feed(script, first.connected(2));
    expect(evse(world, 'S1').ledger.fallbackIdleA).toBeUndefined();
    expect(worstA(world, 'S1')).toBe(32);
    wait(script, 3 * MINUTE_MS);
    expect(worstA(world, 'S1')).toBeLessThan(32);
    expect(script.state.control.notGuaranteed).toEqual([]);
  });

  test('more than may fail are away: the circuit is not guaranteed, and says why', () => {
    const world = charging(1);
    const { script } = world;
    for (const voice of world.voices.slice(0, 3)) feed(script, voice.disconnected());
    expect(script.state.control.notGuaranteed.map((it) => it.cause)).toEqual(['owner-policy']);
    const shown = siteCeiling(script.state, script.nowMs, 60);
    expect(shown.untestedPolicy).toEqual({
      failures: 1,
      untested: 3,
      offline: 3,
      text:
        '3 stations have not passed the offline tests, and the owner keeps room for 1 of them to ' +
        'fail at the same time, of which 3 are offline: more than there is room for',
    });
  });

  test('a policy that is set while they charge reads each of them back first', () => {
    const world = charging(null);
    const { script } = world;
    const { site } = script.state;
    const settings = { ...site.settings, untestedFailures: 1 };
    feed(script, {
      type: 'site.edited',
      site: { ...site, version: site.version + 1, settings },
      actor: 'owner',
    });
    expect(script.state.stations.get(stationId('S1'))?.stage).not.toBe('ready');
    expect(NAMES.map((name) => worstA(world, name))).toEqual([32, 32, 32]);
    wait(script, 10 * MINUTE_MS);
    expect(script.state.control.notGuaranteed).toEqual([]);
    expect(Math.min(...grantedA(world).map(Number))).toBeGreaterThanOrEqual(6);
  });

  test('the ceiling shows what is kept, and whether the rating would carry all of them', () => {
    const world = charging(1);
    const { script } = world;
    const [grid] = siteCeiling(script.state, script.nowMs, 60).circuits;
    expect(grid?.untestedReserve?.carriesAll).toBe(false);
    expect(grid?.untestedReserve?.currentA[0]).toBeGreaterThan(0);
    const wide = charging(1, 200);
    const shown = siteCeiling(wide.script.state, wide.script.nowMs, 60).circuits[0];
    expect(shown?.untestedReserve?.carriesAll).toBe(true);
  });
});
