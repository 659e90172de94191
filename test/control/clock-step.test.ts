/** R1, R3: rows of a process whose clock was behind lose no time, and those of one that was right stay over. */
import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { evseId, stationId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { SiteEvent } from '../../src/control/state.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const S1 = evseId('S1:1');
const MINUTE_MS = 60_000;
/** The skew budget: two clocks of ours differ by no more. */
const BUDGET_MS = 10_000;

/** S1 was cut from 32 A a moment ago. */
function cut(): Script {
  const site = smallSite({ stations: 1 });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.started('1'));
  wait(script, 10 * MINUTE_MS);
  feed(script, ownerLimit(script, 6900));
  return script;
}

function ownerLimit({ state: { site } }: Script, importLimitW: number): SiteEvent {
  const edited = { ...site, version: site.version + 1, importLimitW: watts(importLimitW) };
  return { type: 'site.edited', site: edited, actor: 'owner' };
}

function worstA({ state, nowMs }: Script, inMs = 0): number {
  const ledger = state.evses.get(S1)?.ledger;
  if (ledger === undefined) throw new Error('the EVSE is there');
  return worstCaseAt(ledger, nowMs + inMs, state.site.settings);
}

function takeOver(script: Script, clockMs: number): void {
  script.nowMs += clockMs;
  feed(script, { type: 'engine.started', epoch: script.state.epoch + 1, links: 'closed' });
}

describe('a process that reads the rows of another one', () => {
  test('R1 a vehicle has its time to follow a cut by whichever clock', () => {
    for (const clockMs of [-BUDGET_MS, 0, BUDGET_MS]) {
      const script = cut();
      expect([worstA(script, 11_999), worstA(script, 12_000)]).toEqual([32, 9]);
      wait(script, 1000);
      takeOver(script, clockMs);
      expect(worstA(script, 10_999)).toBe(32);
      expect(worstA(script, 11_000 + 2 * BUDGET_MS)).toBe(9);
    }
  });

  test('what had settled when a limit was planned last is over, and what had not is not', () => {
    const script = cut();
    wait(script, 13_000);
    takeOver(script, 0);
    expect(worstA(script)).toBe(32);
    const planned = cut();
    wait(planned, 13_000);
    feed(planned, ownerLimit(planned, 4800));
    takeOver(planned, 0);
    expect(worstA(planned)).toBe(9);
  });

  test('R3 a setting that may be under way is waited for by whichever clock', () => {
    const script = cut();
    const id = stationId('S1');
    const untilMs = script.nowMs + BUDGET_MS / 2;
    const stations = new Map([...script.state.stations].map(([key, it]) => [key, { ...it }]));
    const s1 = stations.get(id);
    if (s1 === undefined) throw new Error('the station is there');
    stations.set(id, { ...s1, unsettledUntilMs: untilMs });
    script.state = { ...script.state, stations };
    takeOver(script, BUDGET_MS);
    expect(script.state.stations.get(id)?.unsettledUntilMs).toBe(untilMs + BUDGET_MS);
  });
});
