/** Limits fall at once and rise only into headroom that stays: an order that comes and goes costs few profiles. */
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

/** The grid lets the site have 9.2 kW, 12 A a phase at the highest voltage, for so long. */
function order(number: number, nowMs: number, durationMs: number, limitW = 9200): SiteEvent {
  const signal = {
    id: signalId(`order-${number}`),
    siteId: siteId('site'),
    issuer: `City grid ${number}`,
    type: 'import-limit',
    scope: 'total-import',
    receivedAtMs: nowMs,
    endsAtMs: nowMs + durationMs,
    series: [{ atMs: nowMs, value: limitW }],
  };
  return { type: 'signal.received', signal } as unknown as SiteEvent;
}

test.each([10, 60])(
  'a limit falls at once, and rises %d s after there is more again',
  (holdSec) => {
    const script = charging(holdSec);
    expect(limitA(script)).toBe(FULL_A);
    feed(script, order(1, script.nowMs, 5000));
    const cutA = limitA(script);
    expect(cutA).toBe(12);
    wait(script, 5000 + holdSec * 1000 - 100);
    expect(limitA(script)).toBe(cutA);
    wait(script, 200);
    expect(limitA(script)).toBe(FULL_A);
  },
);

test('gaps between orders that are shorter than the hold raise nothing', () => {
  const script = charging(10);
  let sent = 0;
  for (let number = 0; number < 60; number += 1) {
    feed(script, order(number, script.nowMs, 15_000));
    expect(limitA(script)).toBe(12);
    if (number === 0) sent = script.sent.length;
    wait(script, 23_000);
    expect(limitA(script)).toBe(12);
  }
  const grants = script.sent.slice(sent).filter(({ purpose }) => purpose === 'grant');
  // In 23 minutes its lease of 15 minutes is renewed, and nothing else.
  expect(grants.length).toBeLessThanOrEqual(3);
});

test('of a goal that climbs or dips each part counts from when it came to stay', () => {
  const script = charging(10);
  const at = (second: number, fromMs: number): number => {
    wait(script, fromMs + second * 1000 - script.nowMs);
    return limitA(script);
  };
  const climbsMs = script.nowMs;
  feed(script, order(1, climbsMs, 5000), order(2, climbsMs, 11_000, 13_800));
  const climb = [14.9, 15.1, 20.9, 21.1].map((second) => at(second, climbsMs));
  expect(climb).toEqual([12, 18, 18, FULL_A]);
  const dipsMs = script.nowMs;
  feed(script, order(3, dipsMs, 5000));
  wait(script, 8000);
  // Full for three seconds, then 18 A for two.
  feed(script, order(4, script.nowMs, 2000, 13_800));
  const dip = [14.9, 15.1, 19.9, 20.1].map((second) => at(second, dipsMs));
  expect(dip).toEqual([12, 18, 18, FULL_A]);
});

test('a vehicle that has just come waits for nothing', () => {
  const script = charging(60);
  const s1 = voiceOf('S1', script);
  feed(script, s1.ended('1'), s1.status('available'));
  wait(script, 60_000);
  feed(script, s1.started('2'));
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
