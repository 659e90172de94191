import { describe, expect, test } from 'vitest';
import { amps, evseId, volts, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { SiteEvent } from '../../src/control/state.js';
import { liveSite } from '../../src/sites/live.js';
import type { Site } from '../../src/sites/site.js';
import { eachPhase, GRID, smallSite, START_MS } from '../control/small-site.js';
import { feed, openScript, type Script, wait } from '../control/ideal-station.js';
import { voiceOf, type Voice } from '../control/station-events.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

interface World {
  readonly script: Script;
  readonly voices: readonly Voice[];
}

function ready(site: Site): World {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = site.stations.map(({ id }) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  return { script, voices };
}

function charging(site: Site): World {
  const world = ready(site);
  for (const voice of world.voices) feed(world.script, voice.started(`tx-${voice.id}`));
  wait(world.script, 10 * MINUTE_MS);
  return world;
}

const picture = ({ script }: World) => liveSite(script.state, script.nowMs);

/** Single-phase EVSEs between two lines of a 208 V delta. */
function deltaSite(): Site {
  const site = smallSite();
  return {
    ...site,
    supply: 'delta',
    voltageLineToNeutralV: volts(120),
    voltageLineToLineV: volts(208),
    circuits: [
      {
        id: GRID,
        name: 'Secondary',
        limits: [{ kind: 'line', limitA: eachPhase(amps(100)), source: { kind: 'rating' } }],
        baseLoadMaxA: eachPhase(amps(0)),
      },
    ],
    evses: site.evses.map((it) => ({ ...it, channels: [true, false, false] })),
  };
}

describe('liveSite', () => {
  test('shows an idle site as safe, with nothing plugged', () => {
    const live = picture(ready(smallSite({ stations: 2 })));
    expect(live.counts).toEqual({ stations: 2, online: 2, charging: 0, waiting: 0, plugged: 0 });
    expect(live.sentence).toMatch(/^All safe\. No vehicle is plugged in/);
    expect(live.signal).toBeUndefined();
  });

  test('gives a limit of three phases as three times one', () => {
    const live = picture(charging(smallSite()));
    expect(live.evses[0]).toMatchObject({ limitA: 32, limitW: 32 * 3 * 230 });
    expect(live.limitW).toBe(63 * 3 * 230);
  });

  test('gives a limit on a delta supply by the voltage between its lines', () => {
    const live = picture(charging(deltaSite()));
    expect(live.evses[0]).toMatchObject({ limitA: 32, limitW: 32 * 208 });
    expect(live.limitW).toBe(100 * 3 * 120);
  });

  test('takes the power of the meter, else the currents of its phases', () => {
    const world = charging(smallSite({ stations: 2 }));
    const { script, voices } = world;
    const atMs = script.nowMs;
    const [one, two] = voices;
    if (one === undefined || two === undefined) throw new Error('two stations');
    feed(script, one.sampled([{ atMs, currentA: [10, 0, 0] }]));
    feed(script, two.sampled([{ atMs, currentA: [10, 10, 10], powerW: 6700 }]));
    const live = picture(world);
    expect(live.evses.map((it) => it.powerW)).toEqual([2300, 6700]);
    expect(live).toMatchObject({ powerW: 9000, counts: { charging: 2, plugged: 2 } });
  });

  test('counts the energy of the last day, of sessions that ended long ago as well', () => {
    const world = ready(smallSite());
    const { script, voices } = world;
    const [voice] = voices;
    if (voice === undefined) throw new Error('a station');
    feed(script, voice.status('preparing'), voice.started('1', { meterStartWh: 1000 }));
    wait(script, HOUR_MS);
    feed(script, voice.ended('1', { meterStopWh: 8000 }), voice.status('available'));
    wait(script, 10 * HOUR_MS);
    expect(picture(world).energyTodayWh).toBe(7000);
    wait(script, 20 * HOUR_MS);
    expect(picture(world).energyTodayWh).toBe(0);
  });

  test('says what is reserved for stations that are away', () => {
    const world = charging(smallSite({ stations: 2, limitA: 96 }));
    const [voice] = world.voices;
    if (voice === undefined) throw new Error('a station');
    feed(world.script, voice.disconnected());
    const live = picture(world);
    expect(live.counts.online).toBe(1);
    expect(live.reservedOfflineW).toBe(32 * 3 * 230);
    expect(live.sentence).toContain('1 station offline: 22.1 kW reserved.');
  });

  test('names the order that holds, its sender and how far it is obeyed', () => {
    const world = charging(smallSite({ importLimitW: 20_000 }));
    const { script } = world;
    const { nowMs } = script;
    const event: SiteEvent = {
      type: 'signal.received',
      signal: {
        id: 'x' as never,
        siteId: script.state.site.id,
        tenantId: 'main',
        type: 'import-limit',
        scope: 'total-import',
        issuer: 'dso',
        sequence: 1,
        series: [{ atMs: nowMs, value: 9000 }],
        endsAtMs: nowMs + HOUR_MS,
        receivedAtMs: nowMs,
      },
    };
    feed(script, event);
    wait(script, MINUTE_MS);
    const live = picture(world);
    expect(live.signal).toMatchObject({ issuer: 'dso', limitW: 9000, appliedFraction: 1 });
    expect(live.limitW).toBe(9000);
    wait(script, HOUR_MS);
    expect(picture(world).signal).toBeUndefined();
    expect(picture(world).limitW).toBe(20_000);
  });

  test('R0 names a circuit that nobody guarantees, why and since when', () => {
    const script = openScript(initialState(smallSite({ stations: 3 }), 1, START_MS), START_MS);
    feed(script);
    const live = liveSite(script.state, script.nowMs);
    const cause = 'fallback-not-read-back';
    expect(live.circuits[0]?.notGuaranteed).toEqual({ cause, sinceMs: START_MS });
    expect(live.circuits[0]?.conductors[0]).toMatchObject({ limit: 63, ceiling: 96, load: 0 });
    expect(live.sentence).toContain('a station has not confirmed its fallback yet');
    expect(live.ceilingW).toBe(96 * 3 * 230);
  });

  test('shows what a driver still needs, and until when', () => {
    const world = charging(smallSite());
    const { script } = world;
    const session = script.state.evses.get(evseId('S1:1'))?.sessionId;
    if (session === undefined) throw new Error('a session');
    const departureAtMs = script.nowMs + HOUR_MS;
    const claim = { departureAtMs, energyWh: 5000, setAtMs: script.nowMs, actor: 'driver' };
    feed(script, { type: 'claim.set', sessionId: session, claim });
    expect(picture(world).evses[0]).toMatchObject({ remainingWh: 5000, departureAtMs });
  });

  test('waits for nothing where the owner allows nothing', () => {
    const live = picture(charging(smallSite({ importLimitW: watts(0) })));
    expect(live).toMatchObject({ limitW: 0 });
    expect(live.evses[0]).toMatchObject({ limitA: 0, boundBy: { source: { kind: 'owner' } } });
  });
});
