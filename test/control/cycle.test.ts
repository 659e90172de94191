import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { amps, type CircuitLimit, circuitId, evseId, signalId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState, SiteEvent } from '../../src/control/state.js';
import type { Signal } from '../../src/signals/signal.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { GRID, smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

const S1 = evseId('S1:1');
const MINUTE_MS = 60_000;

interface World {
  readonly script: Script;
  readonly voices: readonly Voice[];
}

/** Stations that are linked, ready and charging, for ten minutes. */
function charging(site: Site): World {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = site.stations.map(({ id }) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  for (const voice of voices) feed(script, voice.started(`tx-${voice.id}`));
  wait(script, 10 * MINUTE_MS);
  return { script, voices };
}

function stateOf({ script }: World, id = S1): EvseState {
  const state = script.state.evses.get(id);
  if (state === undefined) throw new Error(`${id} is there`);
  return state;
}

function limitA(world: World, id = S1): number | undefined {
  return stateOf(world, id).decision?.limitA;
}

function worstA({ script }: World): number {
  const { settings } = script.state.site;
  return [...script.state.evses.values()].reduce(
    (sumA, it) => sumA + worstCaseAt(it.ledger, script.nowMs, settings),
    0,
  );
}

function ownerLimit({ script }: World, importLimitW: number): SiteEvent {
  const { site } = script.state;
  const edited = { ...site, version: site.version + 1, importLimitW: watts(importLimitW) };
  return { type: 'site.edited', site: edited, actor: 'owner' };
}

function order(world: World, change: Partial<Signal> = {}): SiteEvent {
  const { nowMs } = world.script;
  const signal: Signal = {
    id: signalId('order'),
    siteId: world.script.state.site.id,
    tenantId: 'main',
    type: 'import-limit',
    scope: 'total-import',
    issuer: 'dso',
    sequence: 1,
    series: [{ atMs: nowMs, value: 10_000 }],
    endsAtMs: nowMs + 30 * MINUTE_MS,
    receivedAtMs: nowMs,
    ...change,
  };
  return { type: 'signal.received', signal };
}

describe('goals', () => {
  test('are made for a station that earns no credit as soon as its transaction starts', () => {
    const world = charging(smallSite({ untested: ['S1'] }));
    expect(limitA(world)).toBe(32);
  });

  test('hold what earns no credit at its share of a limit that does not carry its maximum', () => {
    const world = charging(smallSite({ stations: 2, limitA: 80, untested: ['S1', 'S2'] }));
    expect([limitA(world), limitA(world, evseId('S2:1'))]).toEqual([32, 32]);
    feed(world.script, ownerLimit(world, 3 * 253 * 20));
    wait(world.script, MINUTE_MS);
    expect([limitA(world), limitA(world, evseId('S2:1'))]).toEqual([10, 10]);
    // The ledger goes on to count their maximum, and the rating carries that.
    expect(worstA(world)).toBe(64);
    expect(world.script.state.control.notGuaranteed).toEqual([]);
    feed(world.script, ownerLimit(world, 3 * 230 * 80));
    wait(world.script, 2 * MINUTE_MS);
    expect([limitA(world), limitA(world, evseId('S2:1'))]).toEqual([32, 32]);
  });

  test('leave to others what is held back below a circuit that is not guaranteed', () => {
    // S1 cannot be told below its maximum, above the rating of the panel that it shares with S2.
    const site = smallSite({ stations: 3, limitA: 40, untested: ['S1'] });
    const panel = circuitId('panel');
    const own = { kind: 'wye', limitA: [20, 40, 40].map(amps), source: { kind: 'rating' } };
    const circuits = [...site.circuits];
    circuits.push({
      id: panel,
      name: 'Panel',
      parentId: GRID,
      limits: [own as unknown as CircuitLimit],
      baseLoadMaxA: [amps(0), amps(0), amps(0)],
    });
    const places = [panel, panel, GRID];
    const channels = [
      [true, false, false],
      [false, true, false],
      [false, true, false],
    ] as const;
    const evses = site.evses.map((it, at) => ({
      ...it,
      circuitId: places[at] ?? GRID,
      channels: channels[at] ?? it.channels,
    }));
    const world = charging({ ...site, circuits, evses });
    expect(world.script.state.control.notGuaranteed.map((it) => it.circuitId)).toEqual([panel]);
    expect(limitA(world, evseId('S2:1'))).toBe(0);
    expect(stateOf(world, evseId('S2:1')).decision?.boundBy).toEqual({
      kind: 'not-guaranteed',
      cause: 'owner-policy',
    });
    // Of 40 A on this phase half would be kept for S2, which nobody can give them to.
    expect(limitA(world, evseId('S3:1'))).toBe(32);
  });

  test('are made anew when only the energy of a claim changes', () => {
    const world = charging(smallSite({ stations: 2, limitA: 30 }));
    const { script } = world;
    const claim = { departureAtMs: script.nowMs + 3_600_000, setAtMs: script.nowMs, actor: 'me' };
    const session = stateOf(world).sessionId;
    if (session === undefined) throw new Error('a session runs');
    const set = (energyWh: number): SiteEvent => ({
      type: 'claim.set',
      sessionId: session,
      claim: { ...claim, energyWh },
    });
    feed(script, set(1000));
    wait(script, MINUTE_MS);
    const before = script.state.control.goalsAtMs;
    feed(script, set(20_000));
    expect(script.state.control.goalsAtMs).not.toBe(before);
  });
});

describe('orders of the grid', () => {
  test('R8 are obeyed at once, in one round', () => {
    const world = charging(smallSite({ stations: 3, limitA: 96 }));
    const { script } = world;
    const sent = script.sent.length;
    feed(script, order(world, { series: [{ atMs: script.nowMs, value: 15_000 }] }));
    const cuts = script.sent.slice(sent).filter((it) => it.priority === 'cut');
    expect(cuts.map((it) => it.evseId)).toEqual(['S1:1', 'S2:1', 'S3:1']);
    wait(script, 13_000);
    expect(worstA(world) * 3 * 253).toBeLessThanOrEqual(15_000);
  });

  test('that are known ahead hold from their first instant', () => {
    const world = charging(smallSite({ stations: 2 }));
    const { script } = world;
    const atMs = script.nowMs + 3 * MINUTE_MS;
    feed(script, order(world, { series: [{ atMs, value: 10_000 }], endsAtMs: atMs + 1_800_000 }));
    wait(script, 3 * MINUTE_MS);
    expect(worstA(world) * 3 * 253).toBeLessThanOrEqual(10_000);
  });

  test('of several issuers hold together: the lowest counts', () => {
    const world = charging(smallSite());
    const { script } = world;
    feed(script, order(world, { series: [{ atMs: script.nowMs, value: 9000 }] }));
    feed(script, order(world, { series: [{ atMs: script.nowMs, value: 15_000 }], issuer: 'b' }));
    wait(script, MINUTE_MS);
    expect(limitA(world)).toBe(11);
  });

  test('that are repeated or older change nothing', () => {
    const world = charging(smallSite());
    const { script } = world;
    const value = (watt: number) => ({ series: [{ atMs: script.nowMs, value: watt }] });
    feed(script, order(world, { ...value(9000), sequence: 4 }));
    feed(script, order(world, { ...value(20_000), sequence: 4 }));
    feed(script, order(world, { ...value(20_000), sequence: 3 }));
    wait(script, MINUTE_MS);
    expect(limitA(world)).toBe(11);
  });

  test('end by themselves, and the current comes back', () => {
    const world = charging(smallSite());
    const { script } = world;
    const endsAtMs = script.nowMs + 5 * MINUTE_MS;
    feed(script, order(world, { endsAtMs }));
    wait(script, MINUTE_MS);
    expect(limitA(world)).toBe(13);
    wait(script, 5 * MINUTE_MS);
    expect(limitA(world)).toBe(32);
  });

  test('bind the grid connection wherever it stands in the list of circuits', () => {
    const site = smallSite();
    const [grid] = site.circuits;
    if (grid === undefined) throw new Error('a circuit');
    const panel = { ...grid, id: 'panel' as typeof GRID, parentId: GRID };
    const evses = site.evses.map((it) => ({ ...it, circuitId: panel.id }));
    const world = charging({ ...site, circuits: [panel, grid], evses });
    feed(world.script, ownerLimit(world, 10_000));
    wait(world.script, MINUTE_MS);
    expect(limitA(world)).toBe(13);
  });
});

describe('refused profiles', () => {
  /** Held at 13 A by its owner, then let go, and it refuses the raise. */
  function refusing(): World {
    const world = charging(smallSite({ importLimitW: 10_000 }));
    const { script } = world;
    script.reply = ({ purpose }) =>
      purpose === 'grant' ? { status: 'rejected', detail: 'no' } : undefined;
    feed(script, ownerLimit(world, 40_000));
    return world;
  }

  test('R8 do not hold back a cut', () => {
    const world = refusing();
    const { script } = world;
    const sent = script.sent.length;
    feed(script, ownerLimit(world, 5000));
    const cuts = script.sent.slice(sent).filter((it) => it.priority === 'cut');
    expect(cuts).toHaveLength(1);
    wait(script, 20_000);
    expect(script.sent.slice(sent)).toHaveLength(1);
  });

  test('are sent again after a while, whatever else happens meanwhile', () => {
    const world = refusing();
    const { script, voices } = world;
    script.reply = () => undefined;
    for (const voice of voices) feed(script, voice.status('charging'));
    wait(script, 35_000);
    expect(limitA(world)).toBe(32);
  });
});

describe('a link that loses calls', () => {
  const leaseSec = ({ script }: World): number | undefined => {
    const newest = script.sent.findLast((it) => it.purpose === 'grant');
    if (newest?.command.kind !== 'set-charging-profile') return undefined;
    const { startAtMs, periods } = newest.command.profile;
    return Math.ceil((startAtMs - newest.createdAtMs) / 1000 + (periods[1]?.startSec ?? 0));
  };

  test('gets shorter leases until it has answered everything for half an hour', () => {
    const world = charging(smallSite());
    const { script } = world;
    expect(leaseSec(world)).toBe(900);
    let lost = 0;
    script.reply = () => (lost++ === 0 ? { status: 'timeout' } : undefined);
    wait(script, 25 * MINUTE_MS);
    expect(lost).toBeGreaterThan(2);
    expect(leaseSec(world)).toBe(450);
    wait(script, 45 * MINUTE_MS);
    expect(leaseSec(world)).toBe(900);
    expect(limitA(world)).toBe(32);
  });

  test('R3 gets a fence again soon where it was lost, then ever more seldom', () => {
    const world = charging(smallSite());
    const { script } = world;
    let lost = 0;
    script.reply = ({ purpose }) =>
      purpose === 'grant' && lost++ === 0 ? { status: 'timeout' } : undefined;
    feed(script, ownerLimit(world, 6000));
    wait(script, 2 * MINUTE_MS);
    feed(script, ownerLimit(world, 40_000));
    wait(script, MINUTE_MS);
    const sweptAtMs: number[] = [];
    script.reply = ({ purpose }) =>
      purpose === 'lease-read-back' ? { status: 'error', detail: 'busy' } : undefined;
    for (let second = 0; second < 900; second += 1) {
      wait(script, 1000);
      const { sweptAtMs: atMs } = stateOf(world);
      if (atMs !== undefined && atMs !== sweptAtMs.at(-1)) sweptAtMs.push(atMs);
    }
    const pausesSec = sweptAtMs
      .slice(1)
      .map((atMs, index) => (atMs - (sweptAtMs[index] ?? 0)) / 1000);
    expect(pausesSec).toEqual([60, 120, 240]);
  });
});

test('of two claims told of at once the newer one is the epoch, in whichever order (I6)', () => {
  const { script } = charging(smallSite());
  feed(
    script,
    { type: 'engine.started', epoch: 7, links: 'kept' },
    { type: 'engine.started', epoch: 6, links: 'kept' },
  );
  expect(script.state.epoch).toBe(7);
});

describe('write budget', () => {
  test('spends at most so many raises an hour, and cuts are free', () => {
    const world = charging(smallSite({ settings: { changesPerHourMax: 4 } }));
    const { script } = world;
    const sent = script.sent.length;
    for (let index = 0; index < 12; index += 1) {
      feed(script, ownerLimit(world, index % 2 === 0 ? 6000 : 40_000));
      wait(script, 2 * MINUTE_MS);
    }
    const grants = script.sent.slice(sent).filter((it) => it.purpose === 'grant');
    const limitsA = grants.map(({ command }) =>
      command.kind === 'set-charging-profile' ? command.profile.periods[0]?.limit : undefined,
    );
    expect(limitsA.filter((it) => it === 32).length).toBeLessThanOrEqual(4);
    expect(limitsA.filter((it) => it === 7).length).toBeGreaterThanOrEqual(3);
    const { decision } = stateOf(world);
    expect(decision?.boundBy.kind).toBe('hold');
    wait(script, 60 * MINUTE_MS);
    expect(limitA(world)).toBe(32);
  });

  test('counts what is sent again because nobody answered apart from changes', () => {
    const world = charging(smallSite({ settings: { changesPerHourMax: 5 } }));
    const { script } = world;
    for (let round = 0; round < 3; round += 1) {
      feed(script, ownerLimit(world, 6000));
      wait(script, 2 * MINUTE_MS);
      let lost = 0;
      script.reply = ({ purpose }) =>
        purpose === 'grant' && lost++ === 0 ? { status: 'timeout' } : undefined;
      feed(script, ownerLimit(world, 40_000));
      wait(script, 2 * MINUTE_MS);
      expect(limitA(world), `round ${round}`).toBe(32);
    }
    expect(stateOf(world).changesAtMs).toHaveLength(4);
    expect(stateOf(world).repeatsAtMs).toHaveLength(3);
  });

  test('writes to a station that never answers at most twice as many raises again', () => {
    const world = charging(smallSite({ settings: { changesPerHourMax: 5 } }));
    const { script } = world;
    feed(script, ownerLimit(world, 6000));
    wait(script, 2 * MINUTE_MS);
    const sent = script.sent.length;
    script.reply = ({ purpose }) => (purpose === 'grant' ? { status: 'timeout' } : undefined);
    feed(script, ownerLimit(world, 40_000));
    wait(script, 9 * MINUTE_MS);
    const raises = script.sent
      .slice(sent)
      .filter(
        ({ command }) =>
          command.kind === 'set-charging-profile' && command.profile.periods[0]?.limit === 32,
      );
    expect(raises.length).toBeGreaterThan(1);
    expect(raises.length).toBeLessThanOrEqual(13);
  });

  test('keeps both budgets over a restart of ours', () => {
    const world = charging(smallSite({ settings: { changesPerHourMax: 3, raiseHoldSec: 0 } }));
    const { script } = world;
    feed(script, ownerLimit(world, 6000));
    wait(script, 2 * MINUTE_MS);
    script.reply = ({ purpose }) => (purpose === 'grant' ? { status: 'timeout' } : undefined);
    feed(script, ownerLimit(world, 40_000));
    const { changesAtMs, repeatsAtMs } = stateOf(world);
    expect([changesAtMs, repeatsAtMs].map((it) => it?.length)).toEqual([2, 6]);
    feed(script, { type: 'engine.started', epoch: 2, links: 'closed' });
    script.reply = () => undefined;
    const sent = script.sent.length;
    for (const voice of world.voices) feed(script, voice.connected());
    wait(script, 4 * MINUTE_MS);
    expect(stateOf(world)).toMatchObject({ changesAtMs, repeatsAtMs });
    const limitsA = script.sent
      .slice(sent)
      .map(({ command }) =>
        command.kind === 'set-charging-profile' ? command.profile.periods[0]?.limit : 0,
      );
    expect(Math.max(0, ...limitsA.map((it) => it ?? 0))).toBeLessThan(32);
    expect(stateOf(world).decision?.boundBy.kind).not.toBe('evse');
  });

  test('R5 waits for stable headroom after a cut, and says until when', () => {
    const world = charging(smallSite());
    const { script } = world;
    feed(script, ownerLimit(world, 10_000));
    wait(script, 2000);
    feed(script, ownerLimit(world, 40_000));
    expect(stateOf(world).decision).toMatchObject({ limitA: 13, boundBy: { kind: 'hold' } });
    wait(script, 20_000);
    expect(limitA(world)).toBe(32);
  });
});

describe('the metered tier', () => {
  const site = smallSite({ limitA: 40, baseLoadMaxA: 32 });
  const sample = ({ script }: World, currentA: number): SiteEvent => ({
    type: 'building.sampled',
    circuitId: GRID,
    reading: { atMs: script.nowMs, currentA: [currentA, currentA, currentA] },
  });

  test('is granted while its meter is fresh, and given back a minute after its last reading', () => {
    const world = charging(site);
    const { script } = world;
    expect(limitA(world)).toBe(8);
    for (let index = 0; index < 12; index += 1) {
      feed(script, sample(world, 5 + (index % 2)));
      wait(script, 10_000);
    }
    expect(limitA(world)).toBe(32);
    wait(script, 51_500);
    expect(limitA(world)).toBe(8);
    wait(script, 15_000);
    expect(worstA(world)).toBeLessThanOrEqual(8);
  });

  test.each([100, 1000])(
    'leaves free what the building took minutes ago, told every %i ms',
    (everyMs) => {
      const world = charging(site);
      const { script } = world;
      feed(script, sample(world, 30));
      for (let index = 0; index < 290_000 / everyMs; index += 1) {
        script.nowMs += everyMs;
        feed(script, sample(world, 5 + (index % 2)));
      }
      expect(limitA(world)).toBe(9);
      expect(script.state.buildingLoad.get(GRID)?.readings.length).toBeLessThanOrEqual(31);
      wait(script, 10_000);
      feed(script, sample(world, 5));
      wait(script, 30_000);
      expect(limitA(world)).toBe(32);
    },
  );

  test.each([20, 50])(
    'is given back beside a meter that is stuck and tells every %i s',
    (everySec) => {
      const world = charging(site);
      const { script } = world;
      const tell = (times: number) => {
        for (let index = 0; index < times; index += 1) {
          feed(script, sample(world, 5));
          wait(script, everySec * 1000);
        }
      };
      tell(14);
      // A reading is missed, and no more is known for that.
      wait(script, everySec * 1000);
      tell(15);
      expect(limitA(world)).toBe(32);
      tell(1);
      expect(limitA(world)).toBe(8);
      tell(20);
      expect(limitA(world)).toBe(8);
    },
  );

  test('is left when the building takes more', () => {
    const world = charging(site);
    const { script } = world;
    for (let index = 0; index < 12; index += 1) {
      feed(script, sample(world, 5 + (index % 2)));
      wait(script, 10_000);
    }
    feed(script, sample(world, 30));
    wait(script, 13_000);
    expect(worstA(world)).toBeLessThanOrEqual(10);
  });
});

describe('decisions', () => {
  test('R7 say what is reserved for a station that went away, and what is left of it later', () => {
    const world = charging(smallSite());
    const { script, voices } = world;
    for (const voice of voices) feed(script, voice.disconnected());
    expect(stateOf(world).decision?.boundBy).toEqual({ kind: 'offline', reservedA: 32 });
    wait(script, 20 * MINUTE_MS);
    expect(stateOf(world).decision?.boundBy).toEqual({ kind: 'offline', reservedA: 6 });
  });

  test('are kept on change only', () => {
    const world = charging(smallSite());
    const { script } = world;
    const before = script.effects.length;
    wait(script, 120 * MINUTE_MS);
    const decisions = script.effects.slice(before).filter((it) => it.type === 'decision');
    expect(decisions).toEqual([]);
  });
});
