/** R0: the offline tests, each with the network unplugged by a person. */
import { expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { evseId } from '../../solver/index.js';
import { cardOf, creditOf } from '../../src/control/smart-charging-test/card.js';
import type { OfflinePart } from '../../src/control/smart-charging-test/test-record.js';
import { feed } from './ideal-station.js';
import { smallSite } from './small-site.js';
import { type Nature, openTested, type TestedStation } from './tested-station.js';

const S1 = evseId('S1:1');
const KIND = { vendor: 'V', model: 'M', firmware: '1.0' };

function opened(nature: Nature = {}): TestedStation {
  return openTested({ site: smallSite({ untested: ['S1'] }), ...nature });
}

const instruction = (station: TestedStation): string => station.test().instruction ?? '';

/** A person who does what the test says. */
function follow(station: TestedStation, part: OfflinePart, awaySec?: number): void {
  station.ask([part]);
  station.run(600, () => instruction(station).startsWith('Unplug'));
  expect(instruction(station), JSON.stringify(station.test(), undefined, 1)).toContain(
    'Unplug the network cable of S1',
  );
  station.unplug();
  const minutes = Number(/after (\d+) minutes/.exec(instruction(station))?.[1]);
  expect(minutes).toBeGreaterThanOrEqual(3);
  station.run(awaySec ?? minutes * 60);
  station.plug(part === 'power-cycle' ? { boots: 'PowerUp' } : {});
  station.run(600, () => station.test().status !== 'running');
}

const resultOf = (station: TestedStation) => {
  const { status, steps, detail } = station.test();
  return { status, verdict: steps.at(-1)?.verdict, detail: steps.at(-1)?.detail ?? detail };
};

test('a station that keeps its limit without a link passes', () => {
  const station = opened();
  follow(station, 'link-loss');
  expect(resultOf(station)).toMatchObject({ status: 'passed', verdict: 'passed' });
  expect(station.beyond).toEqual([]);
});

test('a station that drops its profile with the link fails', () => {
  const station = opened({ offline: 'unlimited' });
  follow(station, 'link-loss');
  expect(resultOf(station)).toMatchObject({ status: 'failed', verdict: 'failed' });
  expect(resultOf(station).detail).toMatch(/drew 32\.0 A where 6 A were allowed/);
});

test('a lease that ends without a link is over for a station that keeps time', () => {
  const station = opened();
  follow(station, 'lease-expiry');
  expect(resultOf(station)).toMatchObject({ status: 'passed', verdict: 'passed' });
});

test('a station that stays at its grant after the lease fails', () => {
  const station = opened({ offline: 'frozen' });
  follow(station, 'lease-expiry');
  expect(resultOf(station)).toMatchObject({ status: 'failed', verdict: 'failed' });
});

test('energy alone can pass a station, and can fail it', () => {
  const honest = opened({ samplesLost: true });
  follow(honest, 'lease-expiry');
  expect(resultOf(honest)).toMatchObject({ verdict: 'passed' });
  expect(resultOf(honest).detail).toMatch(/^\d+ Wh while it was away$/);
  const frozen = opened({ samplesLost: true, offline: 'frozen' });
  follow(frozen, 'lease-expiry');
  expect(resultOf(frozen)).toMatchObject({ verdict: 'failed' });
  expect(resultOf(frozen).detail).toContain('Wh');
});

test('who plugs it in too early is told so', () => {
  const station = opened();
  follow(station, 'lease-expiry', 60);
  expect(resultOf(station)).toMatchObject({
    status: 'not-judgeable',
    detail: 'it was plugged in again before its lease had ended',
  });
});

test('a power cycle counts only with a boot, and only if F0 is there after it', () => {
  const station = opened();
  follow(station, 'power-cycle');
  expect(resultOf(station)).toMatchObject({ status: 'passed', detail: 'it booted: PowerUp' });
  const forgetful = opened({ forgets: true });
  follow(forgetful, 'power-cycle');
  expect(resultOf(forgetful)).toMatchObject({ status: 'failed' });
});

test('three passed tests give every station of the kind credit, until its firmware changes', () => {
  const station = opened();
  const { script, s1 } = station;
  const tests = (['link-loss', 'lease-expiry', 'power-cycle'] as const).map((part) => {
    follow(station, part);
    return station.test();
  });
  expect(script.state.evses.get(S1)?.ledger.offlineTested).toBe(false);
  const two = cardOf(KIND, tests.slice(0, 2).toReversed());
  expect(two.offlineTested).toBe(false);
  const card = cardOf(KIND, tests.toReversed());
  expect(card.parts['power-cycle']).toMatchObject({ verdict: 'passed', actor: 'ada' });
  feed(script, { type: 'capability.recorded', card: creditOf(card) });
  const ledger = () => script.state.evses.get(S1)?.ledger;
  expect(ledger()?.offlineTested).toBe(true);
  feed(script, s1.booted({ firmware: '2.0' }));
  expect(ledger()?.offlineTested).toBe(false);
  feed(script, s1.booted({ firmware: '1.0' }));
  expect(ledger()?.offlineTested).toBe(true);
});

test('a test that was failed later takes the credit back, also where it was recorded by hand', () => {
  const station = openTested();
  const { script } = station;
  expect(script.state.evses.get(S1)?.ledger.offlineTested).toBe(true);
  const bad = opened({ offline: 'unlimited' });
  follow(bad, 'link-loss');
  const credit = creditOf(cardOf(KIND, [bad.test()]));
  expect(credit).toMatchObject({ offlineTested: false, offlineFailed: true });
  feed(script, { type: 'capability.recorded', card: credit });
  const ledger = script.state.evses.get(S1)?.ledger;
  expect(ledger?.offlineTested).toBe(false);
  expect(ledger && worstCaseAt(ledger, script.nowMs, script.state.site.settings)).toBe(32);
  // What was read before that test had ended changes nothing.
  const stale = { ...credit, offlineTested: true, asOfMs: credit.asOfMs - 1 };
  feed(script, { type: 'capability.recorded', card: stale });
  expect(script.state.evses.get(S1)?.ledger.offlineTested).toBe(false);
});
