/** Whoever gets the step that not all can have gets it for a while, and then another does. */
import { expect, test } from 'vitest';
import { inForce } from '../../ledger/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { feed, openScript, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;

test('three vehicles on 20 A have 6.7 A each over a day, by few profiles', () => {
  const site = smallSite({ stations: 3, limitA: 20 });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = site.stations.map(({ id }) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  for (const voice of voices) feed(script, voice.started(`tx-${voice.id}`));
  wait(script, 30 * MINUTE_MS);
  const givenA = site.evses.map(() => 0);
  const raises = site.evses.map(() => 0);
  let before = site.evses.map(() => 0);
  const minutes = 24 * 60;
  for (let minute = 0; minute < minutes; minute += 1) {
    wait(script, MINUTE_MS);
    const now = site.evses.map(({ id }) => {
      const state = script.state.evses.get(id);
      return state === undefined ? 0 : inForce(state.ledger, script.nowMs);
    });
    for (const [at, limitA] of now.entries()) {
      givenA[at] = (givenA[at] ?? 0) + limitA / minutes;
      if (minute > 0 && limitA > (before[at] ?? 0)) raises[at] = (raises[at] ?? 0) + 1;
    }
    before = now;
  }
  for (const limitA of givenA) expect(limitA).toBeCloseTo(20 / 3, 1);
  for (const count of raises) {
    expect(count).toBeGreaterThan(2);
    expect(count).toBeLessThanOrEqual(24);
  }
});
