/** 2.x refuses F0 beside a default of another CSMS at its level (K01.FR.39, FR.52, FR.53; R10, R11). */
import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { evseId, stationId } from '../../solver/index.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import {
  type DuplicateStation,
  type DuplicateTraits,
  duplicateStation,
  firstContact,
  reportAll,
} from './duplicate-station.js';
import { feed, wait } from './ideal-station.js';

const HOUR_MS = 3_600_000;
const THEIRS = 77;
const onStation = (stackLevel: number) => ({ id: THEIRS, evseNumber: 0, stackLevel });
const onFirst = (stackLevel: number) => ({ id: THEIRS, evseNumber: 1, stackLevel });

function met(traits: DuplicateTraits): DuplicateStation {
  const it = duplicateStation(traits);
  firstContact(it);
  settle(it);
  return it;
}

/** Who declares level 0 is waited for: it may have more to say. */
function settle(it: DuplicateStation): void {
  for (let round = 0; round < 6; round += 1) {
    wait(it.script, 10_000);
    reportAll(it);
  }
}

function worstA({ script }: DuplicateStation, evse = 'S1:1'): number | undefined {
  const ledger = script.state.evses.get(evseId(evse))?.ledger;
  return ledger === undefined
    ? undefined
    : worstCaseAt(ledger, script.nowMs, script.state.site.settings);
}

const stateOf = ({ script }: DuplicateStation) => script.state.stations.get(stationId('S1'));

const levelsOf = ({ held }: DuplicateStation): readonly string[] =>
  held()
    .filter(({ purpose }) => purpose === 'tx-default')
    .map(({ stackLevel, evseNumber }) => `${stackLevel}@${evseNumber}`)
    .sort();

describe('a default of others at the level of F0', () => {
  test.each([
    ['level 0, on EVSE 0', { evsesPerStation: 2, stackLevelMax: 0, foreign: [onStation(0)] }],
    ['level 0, on EVSE 1', { evsesPerStation: 2, stackLevelMax: 0, foreign: [onFirst(0)] }],
    ['level 8, on EVSE 0', { evsesPerStation: 2, stackLevelMax: 8, foreign: [onStation(8)] }],
    ['level 8, on EVSE 1', { evsesPerStation: 2, stackLevelMax: 8, foreign: [onFirst(8)] }],
    ['of one EVSE, on EVSE 0', { stackLevelMax: 0, foreign: [onStation(0)] }],
    ['of one EVSE, on it', { stackLevelMax: 0, foreign: [onFirst(0)] }],
  ] as readonly (readonly [string, DuplicateTraits])[])(
    'is cleared by criteria, and F0 is told again: %s',
    (_, traits) => {
      const it = met(traits);
      const evses = traits.evsesPerStation === 2 ? [1, 2] : [1];
      expect(levelsOf(it)).toEqual(evses.map((n) => `${traits.stackLevelMax}@${n}`));
      expect(it.held().map(({ id }) => id)).not.toContain(THEIRS);
      expect(it.held().map(({ purpose }) => purpose)).not.toContain('station-max');
      for (const n of evses) expect(worstA(it, `S1:${n}`)).toBe(0);
      expect(stateOf(it)).toMatchObject({ stage: 'ready', trouble: undefined });
      expect(stateOf(it)?.form?.taken ?? []).toEqual([]);
    },
  );

  test.each([
    ['level 0, on EVSE 0', { evsesPerStation: 2, stackLevelMax: 0, foreign: [onStation(0)] }],
    ['level 8, on EVSE 1', { evsesPerStation: 2, stackLevelMax: 8, foreign: [onFirst(8)] }],
    ['of one EVSE, on EVSE 0', { stackLevelMax: 8, foreign: [onStation(8)] }],
  ] as readonly (readonly [string, DuplicateTraits])[])(
    'is cleared by its id where the station reports it: %s',
    (_, traits) => {
      const it = met({ ...traits, reports: true });
      expect(it.told.filter((word) => word.startsWith('clear'))).toContain(`clear ${THEIRS}`);
      expect(it.told.filter((word) => word.startsWith('clear tx-default'))).toEqual([]);
      expect(levelsOf(it)).toHaveLength(traits.evsesPerStation ?? 1);
      expect(worstA(it)).toBe(0);
      expect(stateOf(it)?.stage).toBe('ready');
    },
  );

  test('is cleared where no reason says that it is one, once every form of a default was refused', () => {
    for (const stackLevelMax of [0, 2]) {
      const foreign = Array.from({ length: stackLevelMax + 1 }, (_, level) => ({
        id: 70 + level,
        evseNumber: 0,
        stackLevel: level,
      }));
      const it = met({ stackLevelMax, foreign, reason: 'no' });
      expect(it.held().map(({ purpose }) => purpose)).not.toContain('station-max');
      expect(levelsOf(it)).toContain(`${stackLevelMax}@1`);
      expect(worstA(it)).toBe(0);
    }
  });

  test('of 1.6 takes the other ladder: nothing is cleared for a refusal', () => {
    const it = duplicateStation({ stackLevelMax: 0, foreign: [onFirst(0)] });
    feed(it.script, it.voice.connected(), it.voice.booted());
    settle(it);
    expect(it.told.filter((word) => word.startsWith('clear tx-default 0'))).toEqual([]);
  });

  test('above F0 on EVSE 0 is cleared there as well, level by level, where no report can be had', () => {
    const it = met({
      evsesPerStation: 2,
      stackLevelMax: 2,
      foreign: [onStation(2), { ...onFirst(1), id: 78 }],
    });
    expect(worstA(it)).toBe(0);
    expect(it.held().map(({ id }) => id)).not.toContain(THEIRS);
  });
});

describe('while a transaction runs', () => {
  test('R11 F0 goes to another level first, and only then is the default of others cleared', () => {
    const it = duplicateStation({ stackLevelMax: 8, foreign: [onFirst(8)] });
    const { script, voice } = it;
    feed(
      script,
      { ...voice.connected(), version: 'ocpp2.0.1' },
      voice.started('1'),
      voice.booted(),
    );
    wait(script, 20_000);
    const clears = it.told.findIndex((word) => word.startsWith('clear tx-default 8'));
    expect(it.told.indexOf('set 0@1')).toBeLessThan(clears);
    expect(it.told.indexOf('set 0@1')).toBeGreaterThan(-1);
    expect(levelsOf(it)).toEqual(['0@1']);
  });

  test.each([
    ['on its EVSE', onFirst(0), 1],
    ['on EVSE 0, at the other EVSE', onStation(0), 2],
  ])('R11 what limits its vehicle stays until it ends: %s', (_, theirs, evseNumber) => {
    const it = duplicateStation({ evsesPerStation: 2, stackLevelMax: 0, foreign: [theirs] });
    const { script, voice } = it;
    const started = voice.started('1', { evseNumber });
    feed(script, { ...voice.connected(), version: 'ocpp2.0.1' }, started, voice.booted());
    wait(script, HOUR_MS);
    expect(it.held().map(({ id }) => id)).toContain(THEIRS);
    expect(worstA(it)).toBe(32);
    expect(stateOf(it)?.trouble).toContain('DuplicateProfile; what others left is cleared once');
    feed(script, voice.ended('1'));
    settle(it);
    expect(it.held().map(({ id }) => id)).not.toContain(THEIRS);
    expect(worstA(it)).toBe(0);
  });
});

test('R10 what is cleared before F0 is told again earns no credit, nor while nobody has answered it', () => {
  const it = duplicateStation({ stackLevelMax: 0, foreign: [onFirst(0)] });
  const { script } = it;
  const { reply } = script;
  let lost = 0;
  script.reply = (pending): CommandOutcome | 'silent' | undefined => {
    const { command } = pending;
    const isClear = command.kind === 'clear-charging-profile' && command.criteria?.evseNumber === 1;
    const isFirst = isClear && command.criteria?.purpose === 'tx-default' && lost++ === 0;
    return isFirst ? { status: 'timeout' } : reply(pending);
  };
  firstContact(it);
  settle(it);
  expect(lost).toBeGreaterThan(1);
  expect(levelsOf(it)).toEqual(['0@1']);
  // The clear that nobody answered may yet take F0 away.
  expect(worstA(it)).toBe(32);
  wait(script, 320_000);
  expect(worstA(it)).toBe(0);
});

test('a station that never lets go of it is asked a few times an hour, and reserved at its maximum', () => {
  for (const isAsked of [true, false]) {
    const it = duplicateStation({
      evsesPerStation: 2,
      stackLevelMax: 0,
      foreign: [onStation(0)],
      keeps: THEIRS,
      ...(isAsked ? { reports: true as const } : {}),
    });
    firstContact(it);
    for (let at = 0; at < 60; at += 1) {
      wait(it.script, 60_000);
      reportAll(it);
    }
    const contacts = () => it.script.sent.filter(({ purpose }) => purpose === 'contact').length;
    const before = contacts();
    wait(it.script, HOUR_MS);
    // Two EVSEs, six rounds: told, reported, cleared in two places, told again.
    expect(contacts() - before).toBeLessThanOrEqual(2 * 7 * 6);
    expect(contacts() - before).toBeGreaterThan(2 * 5);
    expect(worstA(it)).toBe(32);
    expect(stateOf(it)?.trouble).toContain('DuplicateProfile');
  }
});

describe('what a station declares', () => {
  const EXTERNAL = 'SmartChargingCtrlr.MaxExternalConstraintsId';

  test.each([
    ['999', [1001]],
    ['1000', [2001]],
    ['9999', [11_000]],
    [String(2 ** 31 - 1), [1001]],
    ['many', [1001]],
  ])('K01.FR.81 ids of ours are above MaxExternalConstraintsId %s', (value, expected) => {
    const it = met({ stackLevelMax: 0, foreign: [], variables: { [EXTERNAL]: value } });
    expect(it.held().map(({ id }) => id)).toEqual(expected);
    expect(worstA(it)).toBe(0);
  });

  test('K01.FR.81 a default of ours under an id of before is one of others', () => {
    const old = { id: 1001, evseNumber: 1, stackLevel: 0 };
    for (const isAsked of [true, false]) {
      const it = met({
        stackLevelMax: 0,
        foreign: [old],
        variables: { [EXTERNAL]: '5000' },
        ...(isAsked ? { reports: true as const } : {}),
      });
      expect(it.held().map(({ id }) => id)).toEqual([6001]);
    }
  });

  test.each(['Available', 'Enabled'])(
    '%s is said on its page, and nothing is left untried',
    (name) => {
      const it = met({
        stackLevelMax: 0,
        foreign: [],
        variables: { [`SmartChargingCtrlr.${name}`]: 'false' },
      });
      expect(stateOf(it)?.trouble).toContain(`SmartChargingCtrlr.${name}`);
      expect(worstA(it)).toBe(0);
    },
  );
});

test('R10 an id of F0 of another EVSE is never cleared by id: that could come behind it', () => {
  const ofSecond = { id: 1002, evseNumber: 0, stackLevel: 0 };
  const it = duplicateStation({
    evsesPerStation: 2,
    stackLevelMax: 0,
    foreign: [ofSecond],
    reports: true,
  });
  const { script } = it;
  const { reply } = script;
  // F0 of the second EVSE, which would take its place, is lost at first.
  let lost = 0;
  script.reply = (pending): CommandOutcome | 'silent' | undefined => {
    const { command, evseId: id } = pending;
    const isSet = command.kind === 'set-charging-profile' && id === evseId('S1:2');
    return isSet && lost++ < 2 ? { status: 'timeout' } : reply(pending);
  };
  firstContact(it);
  for (let round = 0; round < 20; round += 1) settle(it);
  expect(it.told).not.toContain('clear 1002');
  expect(levelsOf(it)).toEqual(['0@1', '0@2']);
  expect([worstA(it, 'S1:1'), worstA(it, 'S1:2')]).toEqual([0, 0]);
});
