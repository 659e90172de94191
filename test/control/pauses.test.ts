import { expect, test } from 'vitest';
import { initialState } from '../../src/control/initial-state.js';
import { evseId } from '../../solver/index.js';
import { feed, openScript, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

/** So many obedient vehicles on one 7 A connection; the longest pause of each in eight hours, min. */
function longestPauses(count: number): readonly number[] {
  const site = smallSite({ stations: count, limitA: 7 });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const ids = Array.from({ length: count }, (_, at) => `S${at + 1}`);
  const voices = ids.map((id) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, 60_000);
  for (const [at, voice] of voices.entries()) feed(script, voice.started(`t${at}`));
  const pausedMin = voices.map(() => 0);
  const longestMin = voices.map(() => 0);
  for (let minute = 0; minute < 480; minute += 1) {
    wait(script, 60_000);
    for (const [at, voice] of voices.entries()) {
      const limitA = script.state.evses.get(evseId(`${ids[at]}:1`))?.decision?.limitA ?? 0;
      const sample = { atMs: script.nowMs, currentA: [limitA, limitA, limitA] as const };
      feed(script, voice.sampled([sample], { transactionId: `t${at}` }));
      pausedMin[at] = limitA > 0 ? 0 : (pausedMin[at] ?? 0) + 1;
      longestMin[at] = Math.max(longestMin[at] ?? 0, pausedMin[at] ?? 0);
    }
  }
  return longestMin;
}

test.each([
  ['the longest pause of the settings, with two others', 3, 30 + 2],
  // Each turn begins within a minute, and is cut and settled within another.
  ['the minimum on-times of eight others', 9, 8 * (5 + 2)],
])('nobody is paused for longer than %s', (_, count, boundMin) => {
  for (const longest of longestPauses(count)) {
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(boundMin);
  }
});
