import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { amps, circuitId, evseId, signalId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { SiteEvent } from '../../src/control/state.js';
import { siteCeiling } from '../../src/sites/ceiling.js';
import { liveSite } from '../../src/sites/live.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from '../control/ideal-station.js';
import { eachPhase, GRID, smallSite, START_MS } from '../control/small-site.js';
import { type Voice, voiceOf } from '../control/station-events.js';

const MINUTE_MS = 60_000;
const HOUR_SEC = 3600;
const PANEL = circuitId('panel');

interface World {
  readonly script: Script;
  readonly voices: readonly Voice[];
}

function charging(site: Site): World {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = site.stations.map(({ id }) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  for (const voice of voices) feed(script, voice.started(`tx-${voice.id}`));
  wait(script, 10 * MINUTE_MS);
  return { script, voices };
}

/** A panel of its own below the grid connection, with the EVSEs on it. */
function panelSite(): Site {
  const site = smallSite({ stations: 3, baseLoadMaxA: 8 });
  const panel = {
    id: PANEL,
    name: 'Panel',
    parentId: GRID,
    limits: [{ kind: 'wye', limitA: eachPhase(amps(40)), source: { kind: 'rating' } }],
    baseLoadMaxA: eachPhase(amps(0)),
  } as const;
  return {
    ...site,
    circuits: [...site.circuits, panel],
    evses: site.evses.map((it) => ({ ...it, circuitId: PANEL })),
  };
}

const over = ({ script }: World, horizonSec = HOUR_SEC) =>
  siteCeiling(script.state, script.nowMs, horizonSec);

function order(script: Script, fromSec: number, value: number): SiteEvent {
  const { nowMs } = script;
  return {
    type: 'signal.received',
    signal: {
      id: signalId('o'),
      siteId: script.state.site.id,
      tenantId: 'main',
      type: 'import-limit',
      scope: 'total-import',
      issuer: 'dso',
      sequence: 1,
      series: [{ atMs: nowMs + fromSec * 1000, value }],
      endsAtMs: nowMs + fromSec * 1000 + 30 * MINUTE_MS,
      receivedAtMs: nowMs,
    },
  };
}

describe('siteCeiling', () => {
  test('starts at the ceiling of the live picture and ends at the floor', () => {
    const world = charging(panelSite());
    const live = liveSite(world.script.state, world.script.nowMs);
    const { total, circuits } = over(world);
    expect(total.steps[0]).toMatchObject({
      fromMs: world.script.nowMs,
      limitW: live.limitW,
      ceilingW: live.ceilingW,
      limitOwner: 'rating',
    });
    // Three sessions keep 6 A each on three phases, beside 8 A of other load.
    expect(total.floorW).toBe((3 * 6 + 8) * 3 * 230);
    expect(total.steps.at(-1)?.ceilingW).toBe(total.floorW);
    expect(total.steps.every((it) => it.ceilingW <= it.limitW)).toBe(true);
    expect(circuits.map((it) => [it.circuitId, it.parentId])).toEqual([
      [GRID, undefined],
      [PANEL, GRID],
    ]);
    expect(circuits[1]?.floor).toEqual({ currentA: [18, 18, 18], powerW: 18 * 3 * 230 });
  });

  test('the sum of W at any instant is what the series says at that instant', () => {
    const world = charging(panelSite());
    const { script } = world;
    const { settings } = script.state.site;
    const panel = over(world).circuits[1];
    for (let sec = 0; sec <= HOUR_SEC; sec += 7) {
      const atMs = script.nowMs + sec * 1000;
      const all = [...script.state.evses.values()];
      const sumA = all.reduce((sum, it) => sum + worstCaseAt(it.ledger, atMs, settings), 0);
      const step = panel?.steps.findLast((it) => it.fromMs <= atMs);
      expect(step?.currentA[0]).toBeCloseTo(sumA, 6);
      const limit = panel?.limits[0]?.steps.findLast((it) => it.fromMs <= atMs);
      expect(limit?.ceiling).toBeCloseTo(sumA, 6);
    }
  });

  test('tells the guaranteed tier, and the metered one for as long as it is granted', () => {
    const world = charging(panelSite());
    const { script } = world;
    const none = over(world).circuits[0]?.limits[0];
    expect(none?.steps[0]).toMatchObject({ limit: 63, guaranteed: 55, otherLoad: 8 });
    expect(none?.steps.every((it) => it.metered === undefined)).toBe(true);
    const reading = { atMs: script.nowMs, currentA: [2, 2, 2] } as const;
    feed(script, { type: 'building.sampled', circuitId: GRID, reading });
    const some = over(world).circuits[0]?.limits[0];
    // The trailing maximum and 1 A of margin count.
    expect(some?.steps[0]).toMatchObject({ guaranteed: 55, metered: 60, otherLoad: 3 });
    const end = some?.steps.find((it) => it.metered === undefined);
    const { leaseMeteredSec, skewSec, settleSec } = script.state.site.settings;
    expect(end?.fromMs).toBe(script.nowMs + (leaseMeteredSec + skewSec + settleSec) * 1000);
    expect(some?.actual).toBe(2);
    expect(some?.floor).toBe(26);
  });

  test('shows an order that comes later, also hours ahead, and that it ends', () => {
    const world = charging(smallSite({ stations: 2 }));
    const { script } = world;
    feed(script, order(script, 2 * HOUR_SEC, 9000));
    const { circuits, total } = over(world, 4 * HOUR_SEC);
    const limit = circuits[0]?.limits.find((it) => it.source.kind === 'signal');
    expect(limit).toMatchObject({ issuer: 'dso', unit: 'W', conductor: 'total power' });
    expect(limit?.actual).toBeUndefined();
    const fromMs = script.nowMs + 2 * HOUR_SEC * 1000;
    expect(limit?.steps.map((it) => [it.fromMs, it.limit])).toEqual([
      [script.nowMs, undefined],
      [fromMs, 9000],
      [fromMs + 30 * MINUTE_MS, undefined],
    ]);
    const ordered = total.steps.filter((it) => it.limitOwner === 'grid');
    expect(ordered.map((it) => it.limitW)).toEqual([9000]);
    expect(over(world).total.steps.every((it) => it.limitOwner === 'rating')).toBe(true);
  });

  test('counts other load of a panel once, as a part of that above it', () => {
    const site = panelSite();
    const [grid, panel] = site.circuits;
    if (grid === undefined || panel === undefined) throw new Error('two circuits');
    const loaded = { ...panel, baseLoadMaxA: eachPhase(amps(5)) };
    const world = charging({ ...site, circuits: [grid, loaded] });
    const { total, circuits } = over(world);
    expect(total.floorW).toBe((3 * 6 + 8) * 3 * 230);
    expect(circuits[0]?.limits[0]?.floor).toBe(26);
    expect(circuits[1]?.limits[0]?.floor).toBe(23);
    const live = liveSite(world.script.state, world.script.nowMs);
    expect(live.otherLoadW).toBe(8 * 3 * 230);
    expect(live.ceilingW).toBe(total.steps[0]?.ceilingW);
  });

  test('names the reserve of each EVSE, how long it lasts and why', () => {
    const world = charging(smallSite({ stations: 2, limitA: 48 }));
    const { script } = world;
    const quiet = over(world).evses;
    expect(quiet.map((it) => [it.inForceA, it.worstCaseA, it.reservedA])).toEqual([
      [24, 24, 0],
      [24, 24, 0],
    ]);
    expect(quiet.every((it) => it.cause === undefined && it.text === undefined)).toBe(true);
    // The first is cut and accepts, the second is cut and never answers.
    script.reply = (pending) => (pending.stationId === 'S2' ? 'silent' : undefined);
    const site = { ...script.state.site, importLimitW: 20_000 as never, version: 2 };
    feed(script, { type: 'site.edited', site, actor: 'owner' });
    const [one, two] = over(world).evses;
    expect(one).toMatchObject({ cause: 'settling', afterA: one?.inForceA });
    expect(one?.untilMs).toBe(script.nowMs + site.settings.settleSec * 1000);
    expect(one?.text).toMatch(/^\d+ A reserved until 08:\d\d:\d\d: it has just accepted/);
    wait(script, MINUTE_MS);
    expect(over(world).evses[0]?.reservedA).toBe(0);
    expect(two?.worstCaseA).toBe(24);
  });

  test('an answer that stays out is told with the time at which it no longer matters', () => {
    const world = charging(smallSite({ stations: 2, limitA: 48, settings: { raiseHoldSec: 0 } }));
    const { script } = world;
    script.reply = ({ stationId }) => (stationId === 'S2' ? 'silent' : undefined);
    const [, before] = over(world).evses;
    const [voice] = world.voices;
    if (voice === undefined) throw new Error('a station');
    // Room for a raise of the second, whose answer stays out.
    feed(script, voice.ended('tx-S1'), voice.status('available'));
    wait(script, MINUTE_MS);
    const [, two] = over(world).evses;
    expect(two).toMatchObject({ cause: 'unconfirmed', inForceA: before?.inForceA });
    expect(two?.worstCaseA).toBeGreaterThan(24);
    expect(two?.text).toMatch(/^8 A reserved until 08:\d\d: its answer is outstanding$/);
    expect(two?.untilMs).toBeGreaterThan(script.nowMs);
    expect(two?.afterA).toBe(6);
  });

  test('R7 reserves all of an EVSE without a link', () => {
    const world = charging(smallSite({ stations: 2, limitA: 48 }));
    const { script, voices } = world;
    const [voice] = voices;
    if (voice === undefined) throw new Error('a station');
    feed(script, voice.disconnected());
    const [one] = over(world).evses;
    expect(one).toMatchObject({ cause: 'offline', inForceA: 24, worstCaseA: 24, reservedA: 24 });
    expect(one?.reservedW).toBe(24 * 3 * 230);
    expect(one?.text).toMatch(
      /^24 A reserved until \d\d:\d\d: no connection since 08:11:00, so it may draw what it was last allowed, 6 A after that$/,
    );
  });

  test('R0 names a circuit that nobody guarantees, and what has never been told anything', () => {
    const site = smallSite({ stations: 3 });
    const script = openScript(initialState(site, 1, START_MS), START_MS);
    feed(script);
    const { circuits, evses } = siteCeiling(script.state, script.nowMs, HOUR_SEC);
    expect(circuits[0]?.notGuaranteed).toEqual({
      cause: 'fallback-not-read-back',
      text: 'a station has not confirmed its fallback yet',
      sinceMs: START_MS,
    });
    expect(circuits[0]?.steps).toHaveLength(1);
    expect(circuits[0]?.floor.currentA).toEqual([96, 96, 96]);
    const [first] = evses;
    expect(first?.evseId).toBe(evseId('S1:1'));
    expect(first).toMatchObject({ worstCaseA: 32, reservedA: 32, cause: 'offline' });
    expect(first?.inForceA).toBeUndefined();
    expect(first?.text).toBe('32 A reserved: no connection, so it counts at its maximum');
  });
});

/** Two stations of three phases on 40 A; a vehicle draws 20 A on the first phase of one, which is L2. */
function onOnePhase(): World {
  const site = smallSite({ limitA: 40, stations: 2, settings: { leaseMeteredSec: 90 } });
  const evses = site.evses.map((it) => ({ ...it, rotation: 'STR' as const }));
  const world = charging({ ...site, evses });
  const { script, voices } = world;
  for (let minute = 0; minute < 4; minute += 1) {
    wait(script, MINUTE_MS);
    const energyWh = 77 * minute;
    const sample = { atMs: script.nowMs, currentA: [20, 0, 0] as const, energyWh };
    for (const voice of voices.slice(0, 1)) {
      feed(script, voice.sampled([sample], { transactionId: `tx-${voice.id}` }));
    }
  }
  return world;
}

describe('a session on one phase', () => {
  test('counts there, and on all phases from the end of its credit on', () => {
    const world = onOnePhase();
    const { circuits, evses } = over(world);
    const untilMs = world.script.nowMs + 210_000;
    expect(evses[0]).toMatchObject({ countedOn: ['L2'], countedOnUntilMs: untilMs });
    expect(evses[1]).not.toHaveProperty('countedOn');
    const steps = circuits[0]?.steps ?? [];
    expect(steps[0]?.currentA).toEqual([20, 40, 20]);
    expect(steps.find(({ fromMs }) => fromMs === untilMs)?.currentA).toEqual([40, 40, 40]);
  });

  test('has the same ceiling in each limit, and draws where it does', () => {
    const world = onOnePhase();
    const { limits } = over(world).circuits[0] ?? { limits: [] };
    const now = limits.map(({ conductor, actual, steps }) => [
      conductor,
      actual,
      steps[0]?.ceiling,
    ]);
    expect(now).toEqual([
      ['L1', 0, 20],
      ['L2', 20, 40],
      ['L3', 0, 20],
    ]);
  });

  test('counts in the totals of the live picture on one phase as well', () => {
    const { script } = onOnePhase();
    const live = liveSite(script.state, script.nowMs);
    expect(live.ceilingW).toBeCloseTo((20 + 40 + 20) * 230, 0);
  });
});
