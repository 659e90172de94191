/** How long vehicles are paused, and those that do not charge again by themselves. */
import { describe, expect, test } from 'vitest';
import { initialState } from '../../src/control/initial-state.js';
import { kindKey } from '../../src/control/kind.js';
import { creditOf } from '../../src/control/smart-charging-test/card.js';
import type { Signal } from '../../src/signals/signal.js';
import { evseId, signalId, siteId } from '../../solver/index.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;
/** From a limit to what a vehicle draws, A. */
type Vehicle = (limitA: number) => number;

const OBEDIENT = (): Vehicle => (limitA) => limitA;

/** Once paused it takes nothing, until its limit rises under current on offer; `sound`: not even then. */
function sleeper(sleep: 'light' | 'sound'): Vehicle {
  let beforeA = 0;
  let isAsleep = false;
  let hasDrawn = false;
  return (limitA) => {
    if (limitA === 0) isAsleep = hasDrawn;
    else if (sleep === 'light' && beforeA > 0 && limitA > beforeA) isAsleep = false;
    beforeA = limitA;
    hasDrawn ||= limitA > 0;
    return isAsleep ? 0 : limitA;
  };
}

function garage(limitA: number, vehicles: readonly Vehicle[], resumes?: false) {
  const site = smallSite({ stations: vehicles.length, limitA });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = vehicles.map((_, at) => voiceOf(`S${at + 1}`, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  const kind = kindKey({ vendor: 'V', model: 'M' });
  if (resumes === false) {
    const card = { kind, offlineTested: true, asOfMs: START_MS, resumes };
    feed(script, { type: 'capability.recorded', card });
  }
  wait(script, MINUTE_MS);
  for (const [at, voice] of voices.entries()) feed(script, voice.started(`t${at}`));
  const decisionOf = (at: number) => script.state.evses.get(evseId(`S${at + 1}:1`))?.decision;
  /** Every vehicle draws and is measured every minute; limits after each. */
  function* minutes(count: number): Generator<readonly number[]> {
    for (let minute = 0; minute < count; minute += 1) {
      wait(script, MINUTE_MS);
      const limits = voices.map((_, at) => decisionOf(at)?.limitA ?? 0);
      for (const [at, voice] of voices.entries()) {
        const drawnA = vehicles[at]?.(limits[at] ?? 0) ?? 0;
        const sample = { atMs: script.nowMs, currentA: [drawnA, drawnA, drawnA] as const };
        feed(script, voice.sampled([sample], { transactionId: `t${at}` }));
      }
      yield limits;
    }
  }
  const run = (count: number): readonly (readonly number[])[] => [...minutes(count)];
  const vehicleOf = (at: number) =>
    [...script.state.sessions.values()].find((it) => it.transactionId === `t${at}`)?.vehicle;
  return { script, voices, run, decisionOf, vehicleOf };
}

function order(script: Script, limitW: number, minutes: number): void {
  const signal: Signal = {
    id: signalId(`order ${script.seq}`),
    siteId: siteId('site'),
    tenantId: 'main',
    type: 'import-limit',
    scope: 'total-import',
    issuer: 'grid',
    sequence: script.seq,
    series: [{ atMs: script.nowMs, value: limitW }],
    endsAtMs: script.nowMs + minutes * MINUTE_MS,
    receivedAtMs: script.nowMs,
  };
  feed(script, { type: 'signal.received', signal });
}

test.each([
  ['the longest pause of the settings, with two others', 3, 30 + 2],
  // Each turn begins within a minute, and is cut and settled within another.
  ['the minimum on-times of eight others', 9, 8 * (5 + 2)],
])('nobody is paused for longer than %s', (_, count, boundMin) => {
  const { run } = garage(7, Array.from({ length: count }, OBEDIENT));
  const limits = run(480);
  for (let at = 0; at < count; at += 1) {
    const pauses = limits.map((it) => (it[at] === 0 ? '.' : ' ')).join('');
    const longest = Math.max(...pauses.split(' ').map((it) => it.length));
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(boundMin);
  }
});

describe('a station whose test has shown that it does not come back from 0 A', () => {
  test('is told to the engine by its card', () => {
    const kind = { vendor: 'V', model: 'M' };
    const card = { ...kind, testCount: 1, asOfMs: 0, parts: {}, offlineTested: false };
    expect(creditOf({ ...card, observed: { resumes: 'failed' } }).resumes).toBe(false);
    expect(creditOf({ ...card, observed: { resumes: 'passed' } }).resumes).toBe(true);
    expect(creditOf({ ...card, observed: {} }).resumes).toBeUndefined();
  });

  test('keeps its minimum to the end of its session; the others wait, and say why', () => {
    const { script, voices, run, decisionOf } = garage(7, [0, 0, 0].map(OBEDIENT), false);
    run(2);
    for (const limits of run(240)) expect(limits).toEqual([7, 0, 0]);
    for (const at of [1, 2]) {
      expect(decisionOf(at)?.boundBy).toMatchObject({ kind: 'admission', resumes: false });
    }
    const first = voices[0];
    if (first !== undefined) feed(script, first.ended('t0'));
    run(2);
    for (const limits of run(60)) expect(limits).toEqual([0, 7, 0]);
  });

  test('is cut by a limit that does not carry it, and is offered current again after it', () => {
    const { script, run } = garage(7, [OBEDIENT()], false);
    run(5);
    order(script, 3000, 10);
    run(2);
    for (const limits of run(7)) expect(limits).toEqual([0]);
    expect(run(5).at(-1)).toEqual([7]);
  });
});

describe('a vehicle that takes nothing after a pause', () => {
  test('is offered more for a while, wakes up, and is not paused in a turn again', () => {
    const { script, run, decisionOf, vehicleOf } = garage(40, [sleeper('light'), OBEDIENT()]);
    run(5);
    order(script, 0, 10);
    run(20);
    expect(decisionOf(0)).toMatchObject({ limitA: 6, boundBy: { kind: 'not-resumed' } });
    expect(vehicleOf(0)).toMatchObject({ resumes: false, satisfied: true });
    run(12);
    expect(vehicleOf(0)).toMatchObject({ resumes: false, satisfied: false });
    expect(decisionOf(0)?.boundBy.kind).toBe('circuit');
    order(script, 5000, 120);
    run(3);
    for (const limits of run(110)) expect(limits).toEqual([6, 0]);
  });

  test('keeps the smallest offer, and is asked three times and no more', () => {
    const { script, run, decisionOf, vehicleOf } = garage(40, [sleeper('sound'), OBEDIENT()]);
    run(5);
    order(script, 0, 10);
    run(20);
    const offers = run(120).map(([offerA = 0]) => offerA);
    const raises = offers.filter((offerA, at) => offerA > 6 && offers[at - 1] === 6);
    expect(raises).toHaveLength(3);
    expect(Math.min(...offers)).toBe(6);
    expect(offers.filter((offerA) => offerA > 6).length).toBeLessThanOrEqual(3 * 4);
    expect(decisionOf(0)).toMatchObject({ limitA: 6, boundBy: { kind: 'not-resumed' } });
    expect(vehicleOf(0)?.satisfied).toBe(true);
  });
});
