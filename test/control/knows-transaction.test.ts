/** 1.6: where frames get lost a station may not have the id of its transaction yet. */
import { expect, test } from 'vitest';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState } from '../../src/control/state.js';
import { state, type World } from './charging-vehicle.js';
import { feed, openScript, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;

/** Its first transaction, of which the station refuses all limits. */
function refusing(isLossy: boolean): World {
  const site = smallSite({ importLimitW: 10_000 });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  const stations = new Map(script.state.stations);
  for (const [id, it] of stations) {
    if (isLossy) stations.set(id, { ...it, lostCallAtMs: script.nowMs });
  }
  script.state = { ...script.state, stations };
  script.reply = ({ command }) =>
    command.kind === 'set-charging-profile' && command.profile.purpose === 'tx'
      ? { status: 'rejected', detail: 'Rejected' }
      : undefined;
  feed(script, s1.started('1'));
  return { script, s1 };
}

function changes({ script }: World): readonly string[] {
  return script.effects.flatMap((it) =>
    it.type === 'alarm' && it.code === 'form-changed' ? [it.detail] : [],
  );
}

const limitOf = (world: World): EvseState['decision'] => state(world).decision;

test('what it refuses then says nothing of the form of a limit, and the same is told again', () => {
  const world = refusing(true);
  wait(world.script, 4 * MINUTE_MS);
  expect(changes(world)).toEqual([]);
  const refusedA = limitOf(world)?.limitA;
  expect(refusedA).toBe(0);
  world.script.reply = () => undefined;
  wait(world.script, MINUTE_MS);
  expect(limitOf(world)?.limitA).toBe(13);
  expect(changes(world)).toEqual([]);
});

test('after ten minutes it does, and after one where nothing gets lost', () => {
  const late = refusing(true);
  wait(late.script, 30 * MINUTE_MS);
  expect(changes(late).length).toBeGreaterThan(0);
  expect(limitOf(late)?.limitA).toBe(13);
  const calm = refusing(false);
  wait(calm.script, MINUTE_MS - 1000);
  expect(changes(calm)).toEqual([]);
  wait(calm.script, MINUTE_MS);
  expect(changes(calm).length).toBeGreaterThan(0);
});

test('a start that is told twice shows that frames get lost', () => {
  const world = refusing(false);
  const { script, s1 } = world;
  const lostAtMs = () => [...script.state.stations.values()][0]?.lostCallAtMs;
  expect(lostAtMs()).toBeUndefined();
  wait(script, MINUTE_MS / 2);
  feed(script, s1.started('1'));
  expect(lostAtMs()).toBe(script.nowMs);
  wait(script, 4 * MINUTE_MS);
  expect(changes(world)).toEqual([]);
});
