/** The smart-charging test: what a station is asked, what is measured, and what it may then be believed. */
import { expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { evseId } from '../../solver/index.js';
import { cardOf } from '../../src/control/smart-charging-test/card.js';
import type { SmartChargingTest } from '../../src/control/smart-charging-test/test-record.js';
import type { PendingCommand } from '../../src/control/state.js';
import { feed } from './ideal-station.js';
import { smallSite } from './small-site.js';
import { type Nature, openTested, type TestedStation } from './tested-station.js';

const S1 = evseId('S1:1');
const MINUTES_30 = 1800;

function whole(station: TestedStation): SmartChargingTest {
  station.ask();
  station.run(MINUTES_30, () => station.test().status !== 'running');
  const result = station.test();
  expect(result.status).not.toBe('running');
  expect(station.script.state.evses.get(S1)?.test).toBeUndefined();
  return result;
}

function tested(nature: Nature): SmartChargingTest {
  const station = openTested(nature);
  const result = whole(station);
  expect(station.beyond).toEqual([]);
  return result;
}

const verdicts = (result: SmartChargingTest) =>
  result.steps.map((it) => [it.name, it.wantedA, it.verdict]);

const stepOf = (result: SmartChargingTest, name: string) =>
  result.steps.find((it) => it.name === name);

test('a station that follows passes every step, each with request, answer, read-back and reaction', () => {
  const result = tested({});
  expect(verdicts(result)).toEqual([
    ['limit', 6, 'passed'],
    ['limit', 10, 'passed'],
    ['limit', 16, 'passed'],
    ['pause', 0, 'passed'],
    ['resume', 10, 'passed'],
    ['relative', undefined, 'passed'],
    ['unit', undefined, 'passed'],
    ['stack-level', undefined, 'passed'],
    ['replace', 10, 'passed'],
    ['clear', undefined, 'passed'],
    ['resume', 6, 'passed'],
  ]);
  expect(result.status).toBe('passed');
  for (const step of result.steps) {
    expect(step.request, step.name).toBeDefined();
    expect(step.answer?.status, step.name).toBe('accepted');
    expect(step.shown?.limitA, step.name).toBeLessThanOrEqual(step.limitA ?? -1);
  }
  expect(result.steps[1]?.shown?.boundaryShown).toBe(true);
  // Its lag is 4 s and the meter is asked every 2 s.
  const reactions = result.steps.flatMap(({ reaction }) => reaction?.reactionSec ?? []);
  expect(reactions.length).toBeGreaterThanOrEqual(7);
  expect(Math.max(...reactions)).toBeLessThanOrEqual(8);
  expect(Math.min(...reactions)).toBeGreaterThanOrEqual(3);
});

test('a station that accepts and ignores fails, and is told apart by the first level', () => {
  const result = tested({ draw: () => 16 });
  expect(result.status).toBe('failed');
  expect(result.steps[0]).toMatchObject({ verdict: 'failed', reaction: { drawnA: 16 } });
  expect(result.detail).toBe('limit 6 A: drew 16.0 A where it had accepted 6 A');
});

test('nine per cent over is no obedience', () => {
  const result = tested({ draw: (limitA) => limitA * 1.09 });
  expect(result.status).toBe('failed');
});

test('a station that does not come back from 0 A fails there and nowhere before', () => {
  let paused = false;
  const result = tested({
    draw: (limitA) => {
      paused ||= limitA === 0;
      return paused ? 0 : limitA;
    },
  });
  expect(result.status).toBe('failed');
  expect(verdicts(result).slice(0, 5)).toEqual([
    ['limit', 6, 'passed'],
    ['limit', 10, 'passed'],
    ['limit', 16, 'passed'],
    ['pause', 0, 'passed'],
    ['resume', 10, 'failed'],
  ]);
});

test('a slow station passes, and the card of its kind knows how slow it is', () => {
  const result = tested({ lagSec: 20 });
  expect(result.status).toBe('passed');
  const card = cardOf({ vendor: 'V', model: 'M', firmware: '1.0' }, [result]);
  expect(card.reactions?.p99Sec).toBeGreaterThanOrEqual(20);
  expect(card.settleSec).toBe(Math.ceil((card.reactions?.p99Sec ?? 0) + 2));
  expect(card.offlineTested).toBe(false);
  expect(card.observed).toMatchObject({ follows: 'passed', resumes: 'passed', clears: 'passed' });
});

test('a station that does not send its meter when asked is judged by what it sends by itself', () => {
  const result = tested({ mute: true });
  expect(result.status).toBe('passed');
  expect(stepOf(result, 'limit')?.reaction?.reactionSec).toBeGreaterThan(10);
});

test('a station without any meter values cannot be judged', () => {
  const station = openTested({ mute: true });
  station.ask();
  station.silence();
  station.run(MINUTES_30, () => station.test().status !== 'running');
  expect(station.test()).toMatchObject({
    status: 'not-judgeable',
    detail: 'limit 6 A: the station sent no current of this EVSE',
  });
});

test('a vehicle that takes little proves little', () => {
  const result = tested({ draw: (limitA) => Math.min(limitA, 8) });
  expect(result.status).toBe('not-judgeable');
  expect(stepOf(result, 'limit')?.verdict).toBe('passed');
});

test('a profile of another level that stays beside ours is found, and stays counted', () => {
  const result = tested({ keepsLevels: true });
  expect(stepOf(result, 'stack-level')?.verdict).toBe('failed');
  expect(result.steps.filter((it) => it.name === 'replace')).toMatchObject([{ verdict: 'passed' }]);
});

test('whoever takes watts for amperes is found without a single ampere too much', () => {
  const result = tested({ confusesUnits: true });
  expect(stepOf(result, 'unit')).toMatchObject({
    verdict: 'failed',
    detail: 'it takes 6 W for 6 A',
  });
});

test('what a station refuses is noted and harms nothing', () => {
  const result = tested({
    reply: ({ command, purpose }) =>
      purpose === 'test' && command.kind === 'set-charging-profile'
        ? { status: 'rejected', detail: 'no' }
        : undefined,
  });
  expect(result.status).toBe('passed');
  expect(['relative', 'unit', 'stack-level'].map((it) => stepOf(result, it)?.verdict)).toEqual([
    'refused',
    'refused',
    'refused',
  ]);
});

test('it takes no more than the site can spare, and says so', () => {
  const result = tested({ site: smallSite({ limitA: 12 }) });
  expect(result.steps[2]).toMatchObject({
    name: 'limit',
    wantedA: 16,
    limitA: 12,
    verdict: 'passed',
    detail: 'the site could spare 12 A of 16 A',
  });
});

test('a restart of ours in the middle of a request ends the step, not the service of the vehicle', () => {
  const isForm = ({ command, purpose }: PendingCommand): boolean =>
    purpose === 'test' && command.kind === 'set-charging-profile';
  const station = openTested({ reply: (it) => (isForm(it) ? 'silent' : undefined) });
  const { script } = station;
  station.ask();
  station.run(600, () => [...script.state.pending.values()].some(isForm));
  const { epoch } = script.state;
  feed(script, { type: 'engine.started', epoch: epoch + 1, links: 'kept' });
  expect(stepOf(station.test(), 'relative')).toMatchObject({
    verdict: 'not-judgeable',
    detail: 'its answer was lost',
  });
});

test('without a vehicle only what needs none is tested', () => {
  const station = openTested();
  station.end();
  const result = whole(station);
  expect(verdicts(result)).toEqual([['fallback', undefined, 'passed']]);
  expect(result.status).toBe('not-judgeable');
  expect(result.detail).toContain('no vehicle');
});

test('the end of the transaction ends the test', () => {
  const station = openTested();
  station.ask();
  station.run(20);
  station.end();
  station.run(10);
  expect(station.test()).toMatchObject({
    status: 'not-judgeable',
    detail: 'the transaction ended',
  });
});

test('one test at a time', () => {
  const station = openTested();
  station.ask();
  station.run(5);
  station.ask();
  expect(station.test()).toMatchObject({ status: 'refused', detail: 'test 1 of S1 is running' });
});

/** Drew what it liked for a while, then obeys. */
function distrustedOnce(): { station: TestedStation; lies: { now: boolean } } {
  const lies = { now: true };
  const station = openTested({
    site: smallSite({ limitA: 63 }),
    draw: (limitA) => (lies.now ? 32 : limitA),
  });
  station.cutTo(6);
  station.run(90);
  expect(station.script.state.evses.get(S1)?.ledger.distrusted).toBe(true);
  return { station, lies };
}

const worstA = ({ script }: TestedStation): number => {
  const ledger = script.state.evses.get(S1)?.ledger;
  return ledger === undefined ? -1 : worstCaseAt(ledger, script.nowMs, script.state.site.settings);
};

test('R9: a distrusted EVSE that obeys again is believed again once it has passed', () => {
  const { station, lies } = distrustedOnce();
  lies.now = false;
  station.cutTo(32);
  station.run(60);
  expect(worstA(station)).toBe(32);
  const result = whole(station);
  expect(result).toMatchObject({ status: 'passed', trustRestored: true });
  expect(station.script.state.evses.get(S1)?.ledger.distrusted).toBe(false);
  expect(station.script.state.evses.get(S1)?.ledger.measuredMaxA).toBeUndefined();
  const codes = station.script.effects.flatMap((it) => (it.type === 'alarm' ? [it.code] : []));
  expect(codes).toEqual(['distrusted', 'trust-restored']);
});

test('R9: one that lies on stays distrusted, and so does one that was not tested in full', () => {
  const { station, lies } = distrustedOnce();
  station.cutTo(32);
  expect(whole(station)).toMatchObject({ status: 'failed' });
  lies.now = false;
  station.cutTo(12);
  station.run(60);
  const short = whole(station);
  expect(short.trustRestored).toBeUndefined();
  expect(station.script.state.evses.get(S1)?.ledger.distrusted).toBe(true);
});

test.each([1, 30, 60, 80, 90, 100])(
  'cancelled after %i s the EVSE is controlled as any other again, and a repeat changes nothing',
  (afterSec) => {
    const station = openTested({});
    const usual = () => station.script.state.evses.get(S1)?.decision?.limitA;
    const before = usual();
    station.ask();
    station.run(afterSec);
    expect(station.test().status).toBe('running');
    const { number, stationId, steps } = station.test();
    const cancelled = { type: 'test.cancelled', number, stationId, actor: 'bo' } as const;
    feed(station.script, { ...cancelled, number: number + 1 });
    expect(station.test().status).toBe('running');
    feed(station.script, cancelled);
    expect(station.test()).toMatchObject({ status: 'cancelled', detail: 'bo cancelled it' });
    expect(station.test().steps).toHaveLength(steps.length);
    expect(station.test().steps.every((it) => it.verdict !== undefined)).toBe(true);
    expect(station.script.state.evses.get(S1)?.test).toBeUndefined();
    const rows = station.script.effects.filter((it) => it.type === 'test').length;
    feed(station.script, cancelled);
    expect(station.script.effects.filter((it) => it.type === 'test')).toHaveLength(rows);
    station.run(MINUTES_30);
    expect(usual()).toBe(before);
    const held = [...station.profiles.values()].filter((it) => it.purpose === 'tx');
    expect(held.every((it) => it.periods[0]?.limit === before)).toBe(true);
    expect(station.beyond).toEqual([]);
    station.ask();
    expect(station.test().status).toBe('running');
  },
);

test('a passed test lets a station be told without its last rung again', () => {
  let isFussy = true;
  const station = openTested({
    reply: ({ command }) =>
      isFussy && command.kind === 'set-charging-profile' && command.profile.purpose === 'tx'
        ? { status: 'rejected', detail: 'not now' }
        : undefined,
  });
  const form = () => [...station.script.state.stations.values()][0]?.form;
  station.run(120);
  expect(form()?.taken.map((it) => it.rung)).toEqual(['tx-default']);
  isFussy = false;
  const { sent } = station.script;
  const before = sent.length;
  expect(whole(station).status).toBe('passed');
  station.run(60);
  expect(form()?.taken).toEqual([]);
  const told = sent
    .slice(before)
    .flatMap(({ purpose, command }) =>
      command.kind === 'set-charging-profile' ? [`${purpose} ${command.profile.purpose}`] : [],
    );
  expect(told).toContain('contact tx-default');
  expect(told.at(-1)).toBe('grant tx');
  expect(station.beyond).toEqual([]);
});
