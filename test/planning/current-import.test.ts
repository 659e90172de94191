/** What a site imports, also where stations tell little. */
import { expect, test } from 'vitest';
import { importNowW } from '../../src/planning/current-import.js';
import { feed, wait } from '../control/ideal-station.js';
import { voiceOf } from '../control/station-events.js';
import { charging } from './planned-site.js';

const TOLD_W = 32 * 690;

test('a vehicle counts as its meter shows while that is fresh, and else at what it is told', () => {
  const script = charging({ limitA: 64 });
  const now = (): number => importNowW(script.state, script.nowMs);
  expect(now()).toBe(TOLD_W);
  const sample = { atMs: script.nowMs, currentA: [10, 10, 10] as const, powerW: 6900 };
  feed(script, voiceOf('S1', script).sampled([sample], { transactionId: 'TS1' }));
  expect(now()).toBe(6900);
  wait(script, 299_000);
  expect(now()).toBe(6900);
  wait(script, 2000);
  expect(now()).toBe(TOLD_W);
  feed(script, voiceOf('S1', script).ended('TS1'));
  expect(now()).toBe(0);
});
