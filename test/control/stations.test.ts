import { describe, expect, test } from 'vitest';
import { evseId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { GRID, smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

const S1 = evseId('S1:1');

function open(site: Site = smallSite()): { script: Script; s1: Voice } {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  return { script, s1: voiceOf('S1', script) };
}

function ready(site?: Site): { script: Script; s1: Voice } {
  const world = open(site);
  feed(world.script, world.s1.connected(5), world.s1.booted());
  wait(world.script, 60_000);
  return world;
}

const stageOf = ({ script, s1 }: { script: Script; s1: Voice }) =>
  script.state.stations.get(s1.id)?.stage;
const ledgerOf = (script: Script) => script.state.evses.get(S1)?.ledger;

describe('stations', () => {
  test('an old connection that ends late does not end the newer one', () => {
    const world = ready();
    feed(world.script, world.s1.connected(6));
    feed(world.script, world.s1.disconnected(5));
    expect(stageOf(world)).toBe('connecting');
    feed(world.script, world.s1.disconnected(6));
    expect(stageOf(world)).toBe('offline');
  });

  test('an old connection that is reported late does not replace the newer one', () => {
    const world = ready();
    feed(world.script, world.s1.connected(4));
    expect(stageOf(world)).toBe('ready');
    feed(world.script, world.s1.disconnected(5));
    expect(stageOf(world)).toBe('offline');
  });

  test('any connection counts after a restart of ours, whatever its clock said before', () => {
    const world = ready();
    feed(world.script, { type: 'engine.started', epoch: 2, links: 'closed' });
    expect(stageOf(world)).toBe('offline');
    feed(world.script, world.s1.connected(2));
    wait(world.script, 60_000);
    expect(stageOf(world)).toBe('ready');
  });

  test('a connection counts after the end of one to another process, whose clock is ahead', () => {
    const world = ready();
    feed(world.script, { type: 'engine.started', epoch: 2, links: 'closed' });
    feed(world.script, world.s1.connected(9), world.s1.disconnected(9));
    expect(stageOf(world)).toBe('offline');
    feed(world.script, world.s1.connected(7), world.s1.booted());
    wait(world.script, 60_000);
    expect(stageOf(world)).toBe('ready');
    feed(world.script, world.s1.disconnected(9));
    expect(stageOf(world)).toBe('ready');
  });

  test('R0 a boot that is reported after its connection has ended lowers credit, and links nothing', () => {
    const world = ready();
    feed(world.script, world.s1.disconnected(5), world.s1.booted());
    expect(stageOf(world)).toBe('offline');
    expect(ledgerOf(world.script)?.fallbackIdleA).toBeUndefined();
    const sent = world.script.sent.length;
    wait(world.script, 3_600_000);
    expect(world.script.sent.length).toBe(sent);
    feed(world.script, world.s1.connected(6));
    wait(world.script, 60_000);
    expect(ledgerOf(world.script)?.fallbackIdleA).toBe(0);
  });

  test('a reconnected station that did not boot is told again what is in force', () => {
    const { script, s1 } = ready();
    feed(script, s1.started('1'));
    wait(script, 60_000);
    feed(script, s1.disconnected(5));
    wait(script, 20_000);
    const before = script.sent.length;
    feed(script, s1.connected(6));
    wait(script, 30_000);
    const again = script.sent.slice(before).filter((it) => it.purpose === 'grant');
    expect(again).toHaveLength(1);
    expect(script.sent.slice(before).some((it) => it.purpose === 'contact')).toBe(false);
  });

  test('what we give up on is not a message from the station', () => {
    const { script, s1 } = ready();
    const heardAtMs = script.state.stations.get(s1.id)?.lastMessageAtMs;
    script.reply = () => ({ status: 'timeout' });
    wait(script, 60_000);
    feed(script, s1.disconnected(5));
    expect(script.state.stations.get(s1.id)?.lastMessageAtMs).toBe(heardAtMs);
  });

  test('variables that were not answered are asked for again', () => {
    const { script, s1 } = open();
    let asked = 0;
    script.reply = ({ purpose }) => {
      if (purpose !== 'read-variables') return undefined;
      asked += 1;
      return asked < 3 ? { status: 'timeout' } : undefined;
    };
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    expect(asked).toBe(3);
    expect(script.state.stations.get(s1.id)?.capability.stackLevelMax).toBe(8);
  });

  test('a station that never tells its variables is served with the least of capabilities', () => {
    const { script, s1 } = open();
    script.reply = ({ purpose }) =>
      purpose === 'read-variables' ? { status: 'timeout' } : undefined;
    feed(script, s1.connected(), s1.booted());
    wait(script, 120_000);
    expect(script.state.stations.get(s1.id)).toMatchObject({ stage: 'ready', stackLevel: 0 });
  });
});

describe('an edited site', () => {
  test('takes the next version only', () => {
    const { script } = open(smallSite());
    const { site } = script.state;
    const edited = (version: number, importLimitW: number): Site => ({
      ...site,
      version,
      importLimitW: watts(importLimitW),
    });
    feed(script, { type: 'site.edited', site: edited(3, 1), actor: 'owner' });
    expect(script.state.site.version).toBe(1);
    feed(script, { type: 'site.edited', site: edited(2, 5000), actor: 'owner' });
    expect(script.state.site).toMatchObject({ version: 2, importLimitW: 5000 });
    feed(script, { type: 'site.edited', site: edited(2, 9000), actor: 'other' });
    feed(script, { type: 'site.edited', site: edited(1, 9000), actor: 'other' });
    expect(script.state.site).toMatchObject({ version: 2, importLimitW: 5000 });
  });

  test('cuts to an owner limit below every minimum, and back', () => {
    const { script, s1 } = ready();
    feed(script, s1.started('1'));
    wait(script, 60_000);
    const edit = (version: number, importLimitW: number) => {
      const site = { ...script.state.site, version, importLimitW: watts(importLimitW) };
      feed(script, { type: 'site.edited', site, actor: 'owner' });
    };
    edit(2, 0);
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(0);
    wait(script, 60_000);
    edit(3, 40_000);
    wait(script, 600_000);
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(32);
  });
});

describe("the building's meter", () => {
  test('is not believed ahead of our clock, and not for a circuit that we do not have', () => {
    const { script } = open(smallSite({ baseLoadMaxA: 20 }));
    const sampled = (atMs: number, circuitId = GRID) => ({
      type: 'building.sampled' as const,
      circuitId,
      reading: { atMs, currentA: [1, 1, 1] as const },
    });
    feed(script, sampled(script.nowMs, 'elsewhere' as never));
    expect(script.state.buildingLoad.size).toBe(0);
    feed(script, sampled(script.nowMs + 60_000));
    const readings = script.state.buildingLoad.get(GRID)?.readings;
    expect(readings?.map((it) => it.atMs)).toEqual([script.nowMs]);
  });
});
