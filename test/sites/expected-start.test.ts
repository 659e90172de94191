/** When a vehicle that waits is said to get current, and when it does. */
import { describe, expect, test } from 'vitest';
import { inForce } from '../../ledger/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { expectedStarts } from '../../src/sites/expected-start.js';
import { standings } from '../../src/sites/snapshot.js';
import { feed, openScript, wait } from '../control/ideal-station.js';
import { smallSite, START_MS } from '../control/small-site.js';
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
      const startMs = found.get(id);
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
