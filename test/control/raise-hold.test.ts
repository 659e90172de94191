/** Limits fall at once and rise only after a hold: an order that comes and goes costs few profiles. */
import { expect, test } from 'vitest';
import { inForce } from '../../ledger/index.js';
import { evseId, signalId, siteId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { SiteEvent } from '../../src/control/state.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const S1 = evseId('S1:1');
const FULL_A = 32;

function charging(raiseHoldSec: number): Script {
  const site = smallSite({ limitA: FULL_A, settings: { raiseHoldSec } });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, 60_000);
  feed(script, s1.started('1'));
  wait(script, 60_000);
  return script;
}

function limitA({ state, nowMs }: Script): number {
  const found = state.evses.get(S1);
  if (found === undefined) throw new Error('the EVSE is there');
  return inForce(found.ledger, nowMs);
}

/** The grid lets the site have 9.2 kW, 13 A a phase, for so long. */
function order(number: number, nowMs: number, durationMs: number): SiteEvent {
  const signal = {
    id: signalId(`order-${number}`),
    siteId: siteId('site'),
    issuer: 'City grid',
    type: 'import-limit',
    scope: 'total-import',
    receivedAtMs: nowMs,
    endsAtMs: nowMs + durationMs,
    series: [{ atMs: nowMs, value: 9200 }],
  };
  return { type: 'signal.received', signal } as unknown as SiteEvent;
}

test.each([10, 60])('a limit falls at once, and rises %d s after it fell', (holdSec) => {
  const script = charging(holdSec);
  expect(limitA(script)).toBe(FULL_A);
  feed(script, order(1, script.nowMs, 5000));
  const cutA = limitA(script);
  expect(cutA).toBeLessThan(14);
  wait(script, holdSec * 1000 - 100);
  expect(limitA(script)).toBe(cutA);
  wait(script, 200);
  expect(limitA(script)).toBe(FULL_A);
});

test('orders that come and go every 20 s for an hour raise it no more than the write budget', () => {
  const script = charging(10);
  let raises = 0;
  for (let number = 0; number < 180; number += 1) {
    feed(script, order(number, script.nowMs, 5000));
    let beforeA = limitA(script);
    for (let second = 0; second < 20; second += 1) {
      wait(script, 1000);
      if (limitA(script) > beforeA) raises += 1;
      beforeA = limitA(script);
    }
  }
  expect(raises).toBeGreaterThan(0);
  expect(raises).toBeLessThanOrEqual(script.state.site.settings.changesPerHourMax);
});
