/** R0: credit while offline is earned by the vendor, model and firmware that passed the tests. */
import { expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { evseId, stationId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { type Voice, voiceOf } from './station-events.js';

const SETTLED_MS = 60_000;
const S1 = evseId('S1:1');

function open(untested: readonly string[] = []): { script: Script; s1: Voice } {
  const script = openScript(initialState(smallSite({ untested }), 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted({ firmware: '1.0' }));
  wait(script, SETTLED_MS);
  return { script, s1 };
}

const worstA = (script: Script): number | undefined => {
  const ledger = script.state.evses.get(S1)?.ledger;
  return ledger && worstCaseAt(ledger, script.nowMs, script.state.site.settings);
};

function boot(script: Script, s1: Voice, firmware: string): void {
  feed(script, s1.booted({ firmware }));
  wait(script, SETTLED_MS);
}

function record(script: Script, retested: readonly string[]): void {
  const { site } = script.state;
  feed(script, {
    type: 'site.edited',
    site: { ...site, version: site.version + 1 },
    actor: 'ada',
    retested: retested.map((id) => stationId(id)),
  });
}

/** Whether W falls to the fallback once the link is gone and everything has settled. */
function isCredited(script: Script, s1: Voice): boolean {
  feed(script, s1.disconnected());
  const credited =
    script.state.evses.get(S1)?.ledger.offlineTested === true && worstA(script) === 0;
  feed(script, s1.connected());
  return credited;
}

test('the firmware of the first boot is what was tested', () => {
  const { script, s1 } = open();
  boot(script, s1, '1.0');
  expect(isCredited(script, s1)).toBe(true);
});

test('another firmware earns none until its tests are recorded, and neither does an edit of the site', () => {
  const { script, s1 } = open();
  boot(script, s1, '2.0');
  record(script, []);
  expect(isCredited(script, s1)).toBe(false);
  record(script, ['S1']);
  expect(isCredited(script, s1)).toBe(true);
});

test('the firmware that was tested earns it again', () => {
  const { script, s1 } = open();
  boot(script, s1, '2.0');
  boot(script, s1, '1.0');
  expect(isCredited(script, s1)).toBe(true);
});

test('tests that are recorded while it runs speak for what it is then', () => {
  const { script, s1 } = open(['S1']);
  boot(script, s1, '2.0');
  expect(isCredited(script, s1)).toBe(false);
  const { site } = script.state;
  const stations = site.stations.map((it) => ({ ...it, offlineTested: true }));
  const edited = { ...site, stations, version: site.version + 1 };
  feed(script, { type: 'site.edited', site: edited, actor: 'ada' });
  expect(isCredited(script, s1)).toBe(true);
  boot(script, s1, '1.0');
  expect(isCredited(script, s1)).toBe(false);
});
