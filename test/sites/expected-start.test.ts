/** The expected start of vehicles that wait: against what then happens, and in literal cases. */
import { describe, expect, test } from 'vitest';
import { amps, evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { SiteState } from '../../src/control/state.js';
import type { SitePlan } from '../../src/planning/site-plan.js';
import { liveSite } from '../../src/sites/live.js';
import { feed, openScript, type Script, wait } from '../control/ideal-station.js';
import { smallSite, START_MS } from '../control/small-site.js';
import { voiceOf } from '../control/station-events.js';

const MINUTE_MS = 60_000;
/** Turns are taken where goals are looked at, every five minutes; a turn follows one of another. */
const TURNS_MS = 10 * MINUTE_MS;
const IDS = ['S1', 'S2', 'S3'];

/** Three vehicles where one minimum of 6 A fits; each was plugged in a minute after the other. */
function crowded(limitA = 8): Script {
  const site = smallSite({ stations: IDS.length, limitA, settings: { fallbackSessionA: amps(0) } });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voices = IDS.map((id) => voiceOf(id, script));
  for (const voice of voices) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  for (const [at, voice] of voices.entries()) {
    feed(script, voice.started(`t${at}`));
    wait(script, MINUTE_MS);
  }
  return script;
}

function shown(script: Script, state: SiteState = script.state) {
  return liveSite(state, script.nowMs).evses;
}

describe('the expected start of a vehicle that waits', () => {
  test('is near the instant at which it then gets current, by turns', () => {
    const script = crowded();
    const first = shown(script);
    expect(first.map((it) => it.limitA > 0)).toEqual([true, false, false]);
    const expectedMs = new Map(first.map((it) => [it.evseId, it.expectedStartAtMs]));
    const startedMs = new Map<string, number>();
    for (let minute = 0; minute < 90; minute += 1) {
      wait(script, MINUTE_MS);
      for (const { evseId: id, limitA } of shown(script)) {
        if (limitA > 0 && !startedMs.has(id)) startedMs.set(id, script.nowMs);
      }
    }
    for (const id of ['S2:1', 'S3:1']) {
      const forecastMs = expectedMs.get(evseId(id)) ?? Number.NaN;
      expect(Math.abs((startedMs.get(id) ?? Number.NaN) - forecastMs)).toBeLessThan(TURNS_MS);
    }
  });

  test('comes earlier where the vehicle before it will be done, and is in its sentence', () => {
    const script = crowded();
    const [charging] = script.state.sessions.keys();
    if (charging === undefined) throw new Error('a session runs');
    const departureAtMs = script.nowMs + 12 * MINUTE_MS;
    const claim = { departureAtMs, energyWh: 50_000, setAtMs: script.nowMs, actor: 'driver' };
    const session = script.state.sessions.get(charging);
    if (session === undefined) throw new Error('it is kept');
    const sessions = new Map([...script.state.sessions, [charging, { ...session, claim }]]);
    const [, second] = shown(script, { ...script.state, sessions });
    expect(second?.expectedStartAtMs).toBe(departureAtMs);
    const at = new Date(departureAtMs).toISOString().slice(11, 16);
    expect(second?.reason).toContain(`expected to start about ${at}`);
  });

  test('is the first step of its plan that it can use', () => {
    const script = crowded();
    const state = script.state.evses.get(evseId('S2:1'));
    const atMs = (minutes: number): number => script.nowMs + minutes * MINUTE_MS;
    const steps = [
      { fromMs: atMs(0), targetA: 0 },
      { fromMs: atMs(10), targetA: 4 },
      { fromMs: atMs(45), targetA: 10 },
    ];
    const plan = {
      madeAtMs: atMs(0),
      staleAtMs: atMs(15),
      sessions: [
        {
          sessionId: state?.sessionId,
          need: { source: 'claim', energyWh: 5000, departureAtMs: atMs(300) },
          steps,
          targetIsMax: true,
          plannedWh: 5000,
        },
      ],
      storage: [],
    } as unknown as SitePlan;
    expect(shown(script, { ...script.state, plan })[1]?.expectedStartAtMs).toBe(atMs(45));
    const never = { ...plan, sessions: [{ ...plan.sessions[0], steps: steps.slice(0, 2) }] };
    const silent = { ...script.state, plan: never as SitePlan };
    expect(shown(script, silent)[1]?.expectedStartAtMs).toBeUndefined();
  });

  test('is absent where nobody charges whose place it could have, and where nobody waits', () => {
    const script = crowded(5);
    for (const it of shown(script)) {
      expect(it.boundBy.kind).toBe('admission');
      expect(it.expectedStartAtMs).toBeUndefined();
      expect(it.reason).not.toContain('expected');
    }
    for (const it of shown(crowded(63))) expect(it.expectedStartAtMs).toBeUndefined();
  });
});

test('a vehicle that has just arrived does not count as starving because its EVSE was idle', () => {
  const site = smallSite({ stations: 2, limitA: 8, settings: { fallbackSessionA: amps(0) } });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const [s1, s2] = [voiceOf('S1', script), voiceOf('S2', script)];
  feed(script, s1.connected(), s1.booted(), s2.connected(), s2.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.started('1'));
  wait(script, 60 * MINUTE_MS);
  feed(script, s2.started('2'));
  wait(script, 10 * MINUTE_MS);
  expect(shown(script).map((it) => it.limitA)).toEqual([8, 0]);
  wait(script, 25 * MINUTE_MS);
  expect(shown(script).map((it) => it.limitA)).toEqual([0, 8]);
});
