/** R0: a station that comes back with other firmware is tested again, and somebody is told so. */
import { expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { kindKey } from '../../src/control/kind.js';
import { type Counted, lastingConditions } from '../../src/operations/conditions.js';
import { feed, openScript, type Script, wait } from '../control/ideal-station.js';
import { smallSite, START_MS } from '../control/small-site.js';
import { voiceOf } from '../control/station-events.js';

const NOTHING: Counted = {
  openedLastHour: [],
  talliesLastDay: [],
  clockOffsets: [],
  silent: [],
  wholeFaulted: [],
};

function booted(untested: readonly string[], ...firmwares: readonly string[]): Script {
  const script = openScript(initialState(smallSite({ untested }), 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected());
  for (const firmware of firmwares) {
    feed(script, s1.booted({ firmware }));
    wait(script, 60_000);
  }
  return script;
}

const due = ({ state, nowMs }: Script): readonly string[] =>
  lastingConditions(state, NOTHING, nowMs)
    .filter(({ kind }) => kind === 'retest-due')
    .map(({ summary }) => summary);

test('other firmware than the one recorded as tested is a fault that names it', () => {
  expect(due(booted([], '1.0'))).toEqual([]);
  expect(due(booted([], '1.0', '2.0'))).toEqual([expect.stringMatching(/^S1 has firmware 2\.0 /)]);
});

test('the firmware that passed ends it', () => {
  expect(due(booted([], '1.0', '2.0', '1.0'))).toEqual([]);
});

test('tests that were run count like those that were recorded by hand', () => {
  const script = booted(['S1'], '1.0');
  const { vendor, model } = script.state.stations.get(stationId('S1')) ?? {};
  const kind = kindKey({ vendor: vendor ?? '', model, firmware: '1.0' });
  feed(script, {
    type: 'capability.recorded',
    card: { kind, offlineTested: true, asOfMs: script.nowMs },
  });
  expect(due(script)).toEqual([]);
  feed(script, voiceOf('S1', script).booted({ firmware: '2.0' }));
  expect(due(script)).toHaveLength(1);
});
