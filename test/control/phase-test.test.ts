/** R12: the steps of a smart-charging test that show whether a station switches phases. */
import { describe, expect, test } from 'vitest';
import { amps, evseId, stationId, watts } from '../../solver/index.js';
import { cardOf, creditOf } from '../../src/control/smart-charging-test/card.js';
import { phaseSwitchOf } from '../../src/control/smart-charging-test/phase-verdict.js';
import type { SmartChargingTest } from '../../src/control/smart-charging-test/test-record.js';
import type { EvseState } from '../../src/control/state.js';
import { switchesPhases } from '../../src/control/switch-trust.js';
import type { Site } from '../../src/sites/site.js';
import { feed } from './ideal-station.js';
import { smallSite } from './small-site.js';
import { type Nature, openTested, type TestedStation } from './tested-station.js';

const S1 = evseId('S1:1');
const MINUTES_30 = 1800;
const DECLARED = { 'SmartChargingCtrlr.Phases3to1': 'true' };
const KIND = { vendor: 'V', model: 'M', firmware: '1.0' };

function siteOf(change: Partial<Site['evses'][number]> = {}): Site {
  const site = smallSite();
  return { ...site, evses: site.evses.map((it) => ({ ...it, rotation: 'STR', ...change })) };
}

const SWITCHING: Nature = { site: siteOf(), variables: DECLARED, phases: 'switches' };

function whole(station: TestedStation): SmartChargingTest {
  station.ask();
  station.run(MINUTES_30, () => station.test().status !== 'running');
  expect(station.test().status).not.toBe('running');
  expect(station.beyond).toEqual([]);
  return station.test();
}

const tested = (nature: Nature): SmartChargingTest => whole(openTested(nature));
const stepOf = (result: SmartChargingTest, name: string) =>
  result.steps.find((it) => it.name === name);

function state({ script }: TestedStation): EvseState {
  const found = script.state.evses.get(S1);
  if (found === undefined) throw new Error('the EVSE is there');
  return found;
}

/** What its tests say is brought to the engine, as after every test. */
function record(station: TestedStation): void {
  feed(station.script, {
    type: 'capability.recorded',
    card: creditOf(cardOf(KIND, [station.test()])),
  });
}

/** Less than 6 A on three phases at the highest voltage, for 15 minutes. */
function surplus(station: TestedStation): void {
  const { site } = station.script.state;
  const edited = { ...site, version: site.version + 1, importLimitW: watts(3000) };
  feed(station.script, { type: 'site.edited', site: edited, actor: 'owner' });
  station.run(900);
}

function isTrusted({ script }: TestedStation): boolean {
  const { site, stations } = script.state;
  const [evse] = site.evses;
  return evse !== undefined && switchesPhases(evse, stations.get(stationId('S1')));
}

describe('a station that says that it switches phases', () => {
  test('is told to use one at the same limit, is measured on it alone, and goes back', () => {
    const station = openTested(SWITCHING);
    const result = whole(station);
    expect(result.status).toBe('passed');
    expect(stepOf(result, 'one-phase')).toMatchObject({
      verdict: 'passed',
      limitA: 10,
      reaction: { phasesA: [10, 0, 0] },
      shown: { limitA: 10, numberPhases: 1 },
    });
    expect(stepOf(result, 'three-phases')).toMatchObject({
      verdict: 'passed',
      reaction: { phasesA: [10, 10, 10] },
    });
    expect(phaseSwitchOf(result)).toEqual({ result: 'shown' });
    expect(cardOf(KIND, [result]).observed.switchesPhases).toBe('passed');
    // Nothing else of the test is told for one phase.
    const names = result.steps.map(({ name }) => name);
    expect(names.filter((it) => it === 'one-phase')).toHaveLength(1);
    expect(names.indexOf('three-phases')).toBe(names.indexOf('one-phase') + 1);
    expect(state(station).phases?.count).toBe(3);
  });

  test('counts on all phases during the test: nothing is shown of it before', () => {
    const station = openTested(SWITCHING);
    station.ask();
    const seen: boolean[] = [];
    station.run(MINUTES_30, () => {
      const { ledger } = state(station);
      seen.push(ledger.onePhase?.shown === true);
      return station.test().status !== 'running';
    });
    expect(seen).not.toContain(true);
  });

  test('switches by itself from then on, and not before', () => {
    const station = openTested(SWITCHING);
    expect(isTrusted(station)).toBe(false);
    whole(station);
    record(station);
    expect(isTrusted(station)).toBe(true);
    surplus(station);
    expect(state(station).phases?.count).toBe(1);
    expect(state(station).ledger.onePhase).toEqual({ channels: [false, true, false], shown: true });
    expect(state(station).decision?.limitA).toBe(11);
    expect(station.beyond).toEqual([]);
  });

  test('is to be tested anew with another firmware', () => {
    const station = openTested(SWITCHING);
    whole(station);
    record(station);
    feed(station.script, station.s1.booted({ firmware: '2.0' }));
    expect(isTrusted(station)).toBe(false);
  });

  test('and is not told of phases in a usual limit before it was tested', () => {
    const station = openTested(SWITCHING);
    const told = station.script.sent.flatMap(({ command }) =>
      command.kind === 'set-charging-profile' ? command.profile.periods : [],
    );
    expect(told.length).toBeGreaterThan(0);
    expect(told.every((it) => it.numberPhases === undefined)).toBe(true);
  });
});

describe('a station that does not switch', () => {
  test.each<[string, Nature, string]>([
    ['draws on all three', {}, 'draws on L1, L2, L3 where it was told to use L1 alone'],
    ['never goes back', { phases: 'keeps-one' }, 'draws on L1 where it was told to use all phases'],
    [
      'shows three in its schedule',
      { phases: 'switches', phasesShown: 'three' },
      'measured on 1 phases, but its composite schedule shows 3',
    ],
  ])('%s', (_what, nature, detail) => {
    const site = siteOf({ switchesPhases: true });
    const station = openTested({ variables: DECLARED, site, ...nature });
    expect(isTrusted(station)).toBe(true);
    const result = whole(station);
    // What it says of itself is wrong; it follows its limits all the same.
    expect(result.status).toBe('passed');
    expect(phaseSwitchOf(result)).toEqual({ result: 'not-shown', detail });
    record(station);
    // Whatever its installer says.
    expect(isTrusted(station)).toBe(false);
  });

  test('uses another phase than its first', () => {
    const result = tested({ ...SWITCHING, onePhase: 2 });
    const detail = 'draws on L2 where it was told to use L1 alone';
    expect(phaseSwitchOf(result)).toEqual({ result: 'not-shown', detail });
  });

  test('refuses the profile, and is told of three again at once', () => {
    const station = openTested({
      ...SWITCHING,
      reply: ({ command }) =>
        command.kind === 'set-charging-profile' && command.profile.periods[0]?.numberPhases === 1
          ? { status: 'rejected', detail: 'numberPhases' }
          : undefined,
    });
    const result = whole(station);
    expect(phaseSwitchOf(result)).toEqual({ result: 'not-shown', detail: 'it was not accepted' });
    expect(stepOf(result, 'three-phases')?.verdict).toBe('skipped');
    expect(state(station).phases?.count).toBe(3);
  });
});

describe('nobody can tell', () => {
  test.each<[string, Nature, string]>([
    ['a vehicle of one phase', { vehiclePhases: 1 }, 'the vehicle draws on 1 of three phases'],
    ['a meter with one value', { oneCurrent: true }, 'the vehicle draws on 1 of three phases'],
    [
      'an EVSE whose wiring is not recorded',
      { site: smallSite() },
      'how its phases are connected is not recorded',
    ],
  ])('%s', (_what, nature, detail) => {
    const result = tested({ ...SWITCHING, ...nature });
    expect(phaseSwitchOf(result)).toEqual({ result: 'unknown', detail });
    expect(cardOf(KIND, [result]).observed.switchesPhases).toBeUndefined();
  });

  test('a test that is cancelled in between goes back to three phases', () => {
    const station = openTested(SWITCHING);
    station.ask();
    station.run(MINUTES_30, () => state(station).phases?.count === 1);
    station.run(20);
    const { number } = station.test();
    feed(station.script, {
      type: 'test.cancelled',
      number,
      stationId: stationId('S1'),
      actor: 'ada',
    });
    expect(station.test().status).toBe('cancelled');
    expect(phaseSwitchOf(station.test())?.result).not.toBe('shown');
    station.run(60);
    expect(state(station).phases?.count).toBe(3);
    const told = station.script.sent.flatMap(({ command }) =>
      command.kind === 'set-charging-profile' ? [command.profile.periods[0]?.numberPhases] : [],
    );
    expect(told.at(-1)).toBe(3);
  });
});

test('a station of which nobody says that it switches is not asked to', () => {
  const result = tested({ site: siteOf(), phases: 'switches' });
  expect(stepOf(result, 'one-phase')).toBeUndefined();
  expect(phaseSwitchOf(result)).toBeUndefined();
});

describe('a station of 2.x that says that it can be told which phase to use', () => {
  const NAMING: Nature = {
    site: siteOf(),
    version: 'ocpp2.0.1',
    variables: { 'SmartChargingCtrlr.ACPhaseSwitchingSupported': 'true' },
    phases: 'switches',
    phaseToUse: 'used',
  };

  test('is told to use its second once it was seen to use its first', () => {
    const station = openTested(NAMING);
    const result = whole(station);
    expect(result.status).toBe('passed');
    expect(phaseSwitchOf(result)).toEqual({ result: 'shown' });
    expect(stepOf(result, 'phase-to-use')).toMatchObject({
      verdict: 'passed',
      reaction: { phasesA: [0, 10, 0] },
      shown: { numberPhases: 1, phaseToUse: 2 },
    });
    expect(creditOf(cardOf(KIND, [result]))).toMatchObject({
      switchesPhases: true,
      takesPhaseToUse: true,
    });
    const backs = result.steps.filter(({ name }) => name === 'three-phases');
    expect(backs.map(({ verdict }) => verdict)).toEqual(['passed', 'passed']);
  });

  test('that uses its first all the same switches, and is told of one without a name from then on', () => {
    const { phaseToUse: _none, ...nature } = NAMING;
    const station = openTested(nature);
    const result = whole(station);
    expect(phaseSwitchOf(result)).toEqual({ result: 'shown' });
    expect(stepOf(result, 'phase-to-use')).toMatchObject({
      verdict: 'failed',
      detail: 'draws on L1 where it was told to use L2 alone',
    });
    record(station);
    surplus(station);
    expect(state(station).phases?.count).toBe(1);
    expect(state(station).ledger.onePhase).toEqual({ channels: [false, true, false], shown: true });
  });

  test('whose schedule does not name it is not counted on it', () => {
    const result = tested({ ...NAMING, phaseToUse: 'silent' });
    expect(stepOf(result, 'phase-to-use')).toMatchObject({
      verdict: 'failed',
      detail: 'measured on L2, but its composite schedule does not name it',
    });
  });

  test('is told the phase that others load least, and counts on that one', () => {
    const site = siteOf();
    const others: Site = {
      ...site,
      circuits: site.circuits.map((it) => ({
        ...it,
        // 2 A are left on L1 and L2 of the supply, and 20 A on L3.
        baseLoadMaxA: [amps(61), amps(61), amps(43)],
      })),
    };
    const station = openTested(NAMING);
    whole(station);
    record(station);
    feed(station.script, { type: 'site.edited', site: { ...others, version: 2 }, actor: 'owner' });
    station.run(900);
    const { phases, ledger, decision } = state(station);
    expect(phases?.count).toBe(1);
    // Connected as STR: its second phase is on L3.
    expect(ledger.onePhase).toEqual({
      channels: [false, false, true],
      phaseToUse: 2,
      shown: true,
    });
    expect(decision?.limitA).toBe(20);
    expect(station.beyond).toEqual([]);
  });
});
