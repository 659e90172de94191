/** What an edit of a site does to the engine: nothing that may draw is lost, nothing rises unseen. */
import { expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { amps, evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { eachPhase, GRID, smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const S1 = evseId('S1:1');

function ready(options: Parameters<typeof smallSite>[0] = {}): Script {
  const script = openScript(initialState(smallSite(options), 1, START_MS), START_MS);
  for (const { id } of script.state.site.stations) {
    const voice = voiceOf(id, script);
    feed(script, voice.connected(), voice.booted());
  }
  wait(script, 60_000);
  return script;
}

function edit(script: Script, change: Partial<Site>, deEnergised: readonly string[] = []): void {
  const { site } = script.state;
  const edited = { ...site, ...change, version: site.version + 1 };
  const given = deEnergised.map(evseId);
  feed(script, { type: 'site.edited', site: edited, actor: 'ada', deEnergised: given });
}

const settings = (script: Script, fallbackA: number) => ({
  ...script.state.site.settings,
  fallbackIdleA: amps(fallbackA),
});

function worst(script: Script, id = S1): number {
  const { ledger } = script.state.evses.get(id) ?? {};
  return ledger === undefined ? -1 : worstCaseAt(ledger, script.nowMs, script.state.site.settings);
}

test('a lower rating cuts a running session at once', () => {
  const script = ready();
  feed(script, voiceOf('S1', script).started('T1'));
  wait(script, 60_000);
  expect(worst(script)).toBe(32);
  const sentBefore = script.sent.length;
  const limits = [
    { kind: 'wye', limitA: eachPhase(amps(10)), source: { kind: 'rating' } },
  ] as const;
  edit(script, { circuits: script.state.site.circuits.map((it) => ({ ...it, limits })) });
  const cut = script.sent
    .slice(sentBefore)
    .find((it) => it.purpose === 'grant' && it.priority === 'cut');
  expect(cut?.command).toMatchObject({
    profile: { periods: [{ startSec: 0, limit: 10 }, { limit: 6 }] },
  });
  expect(cut?.createdAtMs).toBe(script.nowMs);
});

test('another fallback is installed and read back; until then the higher one counts', () => {
  const script = ready();
  expect(worst(script)).toBe(0);
  script.reply = ({ purpose }) => (purpose === 'contact' ? 'silent' : undefined);
  edit(script, { settings: settings(script, 6) });
  expect(worst(script)).toBe(6);
  expect(script.state.stations.get(voiceOf('S1', script).id)?.stage).toBe('installing');
  expect(script.sent.at(-1)).toMatchObject({
    purpose: 'contact',
    command: { profile: { purpose: 'tx-default', periods: [{ limit: 6 }] } },
  });
});

test('a lower fallback counts only once read back and settled', () => {
  const script = ready({ settings: { fallbackIdleA: amps(6) } });
  expect(worst(script)).toBe(6);
  const { reply } = script;
  script.reply = ({ purpose }) => (purpose === 'contact' ? 'silent' : undefined);
  edit(script, { settings: settings(script, 0) });
  expect(worst(script)).toBe(6);
  script.reply = reply;
  edit(script, { settings: settings(script, 6) });
  edit(script, { settings: settings(script, 0) });
  expect(worst(script)).toBeGreaterThanOrEqual(6);
  wait(script, 60_000);
  expect(worst(script)).toBe(0);
  expect(script.state.stations.get(voiceOf('S1', script).id)?.stage).toBe('ready');
});

test('a higher fallback is refused while the circuit has no room for it', () => {
  const script = ready({ stations: 3, limitA: 40 });
  feed(script, voiceOf('S1', script).started('T1'));
  wait(script, 60_000);
  expect(worst(script)).toBe(32);
  const before = script.state.site;
  edit(script, { settings: settings(script, 6) });
  expect(script.state.site.settings).toEqual(before.settings);
  expect(script.state.site.version).toBe(before.version + 1);
  expect(script.effects).toContainEqual(
    expect.objectContaining({ type: 'alarm', code: 'edit-refused' }),
  );
});

test('a higher fallback finds no room in what a meter shows to be free for minutes', () => {
  const script = ready({ stations: 3, limitA: 40, baseLoadMaxA: 25 });
  for (let reading = 0; reading < 3; reading += 1) {
    wait(script, 10_000);
    const currentA = eachPhase(5 + reading / 10);
    feed(script, {
      type: 'building.sampled',
      circuitId: GRID,
      reading: { atMs: script.nowMs, currentA },
    });
  }
  edit(script, { settings: settings(script, 6) });
  expect(script.state.site.settings.fallbackIdleA).toBe(0);
  expect(script.effects).toContainEqual(
    expect.objectContaining({
      code: 'edit-refused',
      detail: expect.stringMatching(/^grid has no room in \d+ min for a fallback of 6 A/),
    }),
  );
});

test('an EVSE that may draw keeps its place, one that cannot or is without power leaves', () => {
  const without = (script: Script, id: string): Partial<Site> => ({
    stations: script.state.site.stations.filter((it) => it.id !== id),
    evses: script.state.site.evses.filter((it) => it.stationId !== id),
  });
  const script = ready({ stations: 3, untested: ['S2'] });
  edit(script, without(script, 'S2'));
  expect(script.state.evses.has(evseId('S2:1'))).toBe(true);
  expect(script.state.site.evses).toHaveLength(3);
  edit(script, without(script, 'S2'), ['S2:1']);
  expect(script.state.evses.has(evseId('S2:1'))).toBe(false);
  edit(script, without(script, 'S3'));
  expect(script.state.evses.has(evseId('S3:1'))).toBe(false);

  feed(script, voiceOf('S1', script).started('T1'));
  edit(script, without(script, 'S1'), ['S1:1']);
  expect(script.state.evses.has(S1)).toBe(true);
});

test('an EVSE that is new at a ready station is reserved at its maximum and gets its contact', () => {
  const script = ready({ limitA: 200 });
  const second = { ...script.state.site.evses[0], id: evseId('S1:2'), evseNumber: 2 };
  script.reply = () => 'silent';
  edit(script, { evses: [...script.state.site.evses, second as Site['evses'][number]] });
  expect(worst(script, evseId('S1:2'))).toBe(32);
  expect(script.sent.at(-1)).toMatchObject({ purpose: 'contact', evseId: 'S1:2' });
  expect(script.state.site.circuits[0]?.id).toBe(GRID);
});

test('an edit made from an older version changes nothing', () => {
  const script = ready();
  const { site } = script.state;
  const stale = { ...site, name: 'stale' };
  feed(script, { type: 'site.edited', site: stale, actor: 'ada' });
  expect(script.state.site).toBe(site);
});

test('R9: an EVSE that left the site distrusted comes back distrusted', () => {
  const script = ready();
  const { evses } = script.state.site;
  const known = script.state.evses.get(S1);
  if (known === undefined) throw new Error('S1:1 is there');
  const ledger = { ...known.ledger, distrusted: true, measuredMaxA: amps(40) };
  script.state = {
    ...script.state,
    evses: new Map([...script.state.evses, [S1, { ...known, ledger }]]),
  };
  edit(script, { evses: [] }, ['S1:1']);
  expect(script.state.evses.has(S1)).toBe(false);
  edit(script, { evses });
  expect(script.state.evses.get(S1)?.ledger.distrusted).toBe(true);
  wait(script, 60_000);
  expect(worst(script)).toBe(40.8);
  expect(script.state.control).toMatchObject({ distrusted: [], measuredMaxA: {} });
});
