/** When a vehicle that waits is said to get current, and when it does. */
import { describe, expect, test } from 'vitest';
import { inForce } from '../../ledger/index.js';
import { amps, type CircuitId, circuitId, type EvseId, evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { expectedStarts } from '../../src/sites/expected-start.js';
import { liveSite } from '../../src/sites/live.js';
import type { Site, SiteEvse } from '../../src/sites/site.js';
import type { SiteState } from '../../src/control/state.js';
import { standings } from '../../src/sites/snapshot.js';
import { feed, openScript, type Script, wait } from '../control/ideal-station.js';
import { eachPhase, smallSite, START_MS } from '../control/small-site.js';
import { randomFrom } from '../solver/random-site.js';
import { voiceOf } from '../control/station-events.js';

const MINUTE_MS = 60_000;

interface Said {
  readonly count: number;
  /** What was said in the past, what was not said at all. */
  readonly unsaid: number;
  /** Start less what was said, s. */
  readonly soonestSec: number;
  readonly latestSec: number;
}

/** Twelve hours of turns of vehicles without a known need. */
function turns(stations: number, limitA: number): Said {
  const site = smallSite({ stations, limitA });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = site.stations.map(({ id }) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  for (const [at, voice] of voices.entries()) {
    feed(script, voice.started(`tx-${voice.id}`));
    wait(script, (at * 37_000) % 200_000);
  }
  const said = new Map<string, number[]>();
  const lateSec: number[] = [];
  let unsaid = 0;
  for (let minute = 0; minute < 12 * 60; minute += 1) {
    wait(script, MINUTE_MS);
    const found = expectedStarts(script.state, standings(script.state), script.nowMs);
    for (const { id } of site.evses) {
      const state = script.state.evses.get(id);
      if (state !== undefined && inForce(state.ledger, script.nowMs) > 0) {
        for (const atMs of said.get(id) ?? []) lateSec.push((state.sinceMs - atMs) / 1000);
        said.delete(id);
        continue;
      }
      const startMs = found.get(id)?.startMs;
      if (startMs === undefined || startMs < script.nowMs) unsaid += 1;
      else said.set(id, [...(said.get(id) ?? []), startMs]);
    }
  }
  const [soonestSec, latestSec] = [Math.min(...lateSec), Math.max(...lateSec)];
  console.info(`${stations} on ${limitA} A: ${soonestSec} to ${latestSec} s, ${lateSec.length}`);
  return { count: lateSec.length, unsaid, soonestSec, latestSec };
}

describe('the expected start', () => {
  test.each([
    [3, 8],
    [5, 13],
    [7, 20],
    [4, 19],
  ])('of %d vehicles that take turns on %d A is right to a minute', (stations, limitA) => {
    const said = turns(stations, limitA);
    expect(said.count).toBeGreaterThan(500);
    expect(said.unsaid).toBe(0);
    expect(said.soonestSec).toBeGreaterThan(-60);
    expect(said.latestSec).toBeLessThan(60);
  });

  test('is early by a look a turn where turns take longer than the longest pause', () => {
    const said = turns(8, 8);
    expect(said.unsaid).toBe(0);
    expect(said.soonestSec).toBeGreaterThan(-60);
    // A turn is taken at the next look, within a minute.
    expect(said.latestSec).toBeLessThan(7 * 60);
  });
});

type Channels = SiteEvse['channels'];

const WIRINGS: readonly Channels[] = [
  [true, false, false],
  [false, true, false],
  [false, false, true],
  [true, true, true],
];

/** Two circuits below the grid connection, EVSEs of one phase and of three. */
function randomLot(random: () => number): Site {
  const site = smallSite({ stations: 3 + Math.floor(6 * random()), limitA: 20 + 30 * random() });
  const [grid] = site.circuits;
  if (grid === undefined) throw new Error('a site has a root');
  const rows = ['north', 'south'].map((name) => ({
    ...grid,
    id: circuitId(name),
    parentId: grid.id,
    name,
    limits: [
      { kind: 'wye', limitA: eachPhase(amps(8 + 20 * random())), source: { kind: 'rating' } },
    ] as const,
  }));
  return {
    ...site,
    circuits: [grid, ...rows],
    evses: site.evses.map((it) => ({
      ...it,
      circuitId: rows[Math.floor(2 * random())]?.id ?? grid.id,
      channels: WIRINGS[Math.floor(4 * random())] ?? eachPhase(true),
    })),
  };
}

interface Waits {
  readonly circuitId: CircuitId;
  readonly place: number;
  readonly startMs: number;
}

/** Those that wait in the live picture. */
function waitingIn(state: SiteState, nowMs: number): ReadonlyMap<EvseId, Waits> {
  return new Map(
    liveSite(state, nowMs).evses.flatMap(({ evseId, boundBy, limitA, expectedStartAtMs }) => {
      if (boundBy.kind !== 'admission' || limitA > 0) return [];
      const { circuitId: at, queuePlace } = boundBy;
      const startMs = expectedStartAtMs ?? Number.POSITIVE_INFINITY;
      return [[evseId, { circuitId: at, place: queuePlace, startMs }] as const];
    }),
  );
}

/** Everybody plugs in within minutes and says nothing, or what it needs; then `minutes` go by. */
function overMinutes(
  site: Site,
  random: () => number,
  { claims, minutes }: { readonly claims: boolean; readonly minutes: number },
  see: (script: Script) => void,
): void {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = site.stations.map(({ id }) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  for (const voice of voices) {
    feed(script, voice.started(`tx-${voice.id}`));
    wait(script, Math.floor(120_000 * random()));
    const { sessionId } = script.state.evses.get(evseId(`${voice.id}:1`)) ?? {};
    if (!claims || sessionId === undefined || random() < 0.5) continue;
    const energyWh = 40_000 * random();
    const departureAtMs = script.nowMs + 8 * 3_600_000 * random();
    const claim = { energyWh, departureAtMs, setAtMs: script.nowMs, actor: 'driver' };
    feed(script, { type: 'claim.set', sessionId, claim });
  }
  for (let minute = 0; minute < minutes; minute += 1) {
    wait(script, MINUTE_MS);
    see(script);
  }
}

describe('the place in the queue', () => {
  test('of random sites is 1 to n at each circuit, and nobody starts before one of a lower place', () => {
    let seen = 0;
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = randomFrom(seed);
      overMinutes(randomLot(random), random, { claims: true, minutes: 90 }, (script) => {
        const waits = [...waitingIn(script.state, script.nowMs).values()];
        for (const at of new Set(waits.map((it) => it.circuitId))) {
          const queue = waits
            .filter((it) => it.circuitId === at)
            .toSorted((a, b) => a.place - b.place);
          expect(queue.map((it) => it.place)).toEqual(queue.map((_, before) => before + 1));
          const starts = queue.map((it) => it.startMs);
          expect(starts).toEqual(starts.toSorted((a, b) => (a === b ? 0 : a - b)));
          seen += queue.length;
        }
      });
    }
    expect(seen).toBeGreaterThan(2000);
  });

  test.each([
    [3, 8],
    [5, 13],
    [7, 20],
    [8, 8],
  ])('of %d vehicles on %d A is the order in which their turns come', (stations, limitA) => {
    let called = 0;
    let before: ReadonlyMap<EvseId, Waits> = new Map();
    const random = randomFrom(stations);
    const site = smallSite({ stations, limitA });
    overMinutes(site, random, { claims: false, minutes: 12 * 60 }, ({ state, nowMs }) => {
      const now = waitingIn(state, nowMs);
      const left = [...before].filter(([id]) => !now.has(id));
      const last = Math.max(0, ...left.map(([, it]) => it.place));
      for (const [id, it] of before) if (now.has(id)) expect(it.place).toBeGreaterThan(last);
      called += left.length;
      before = now;
    });
    expect(called).toBeGreaterThan(40);
  });
});
