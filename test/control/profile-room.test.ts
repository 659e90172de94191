/** Stations that hold few profiles: F0 and a lease for each EVSE is all that is ever told. */
import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { amps, evseId, stationId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { CAPABILITY_ASSUMED, readCapability } from '../../src/control/read-capability.js';
import type { Site } from '../../src/sites/site.js';
import { fuss, type Fuss } from './fussy-station.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;
const S1 = evseId('S1:1');
const KEY = 'MaxChargingProfilesInstalled';

/** A vehicle at each EVSE, for two minutes. */
function charging(of: Fuss, site: Site = smallSite()) {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  const book = fuss(script, of);
  const mostHeld = watchBook(script, book);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  for (const { evseNumber } of site.evses) {
    feed(script, s1.started(String(evseNumber), { evseNumber }));
  }
  wait(script, 2 * MINUTE_MS);
  return { script, s1, book, mostHeld };
}

type World = ReturnType<typeof charging>;

/** The most profiles that were there at once. */
function watchBook(script: Script, book: World['book']): () => number {
  let most = 0;
  const { reply } = script;
  script.reply = (command) => {
    const outcome = reply(command);
    most = Math.max(most, book.held.length);
    return outcome;
  };
  return () => most;
}

const declares = (count: number): Record<string, string> => ({ [KEY]: String(count) });
const formOf = ({ script }: World) => script.state.stations.get(stationId('S1'))?.form?.taken ?? [];
const rungs = (world: World): string[] => formOf(world).map(({ rung }) => rung);
const troubleOf = ({ script }: World) => script.state.stations.get(stationId('S1'))?.trouble;
const alarms = ({ script }: World): string[] =>
  script.effects.flatMap((it) => (it.type === 'alarm' ? [`${it.code} ${it.detail}`] : []));
const limitsA = ({ script }: World) =>
  [...script.state.evses.values()].map(({ decision }) => decision?.limitA);
const heldA = ({ book }: World, purpose: string) =>
  book.held.filter((it) => it.purpose === purpose).map(({ periods }) => periods[0]?.limit);

function worstA({ script }: World): number {
  const state = script.state.evses.get(S1);
  if (state === undefined) throw new Error('S1:1 is there');
  return worstCaseAt(state.ledger, script.nowMs, script.state.site.settings);
}

/** The owner's limit: so much on each phase at the highest voltage. */
function limit({ script }: World, currentA: number): void {
  const { site } = script.state;
  const importLimitW = watts(currentA * 253 * 3);
  const edited = { ...site, version: site.version + 1, importLimitW };
  feed(script, { type: 'site.edited', site: edited, actor: 'owner' });
}

describe('a station that refuses the next lease while it holds one', () => {
  test.each([
    [1, 2],
    [2, 4],
  ])(
    'R8, R10 with %i EVSEs and room for %i: cleared first, for a cut and for a raise',
    (evses, room) => {
      const world = charging(
        { fullAt: room, variables: declares(room) },
        smallSite({ evsesPerStation: evses }),
      );
      expect(limitsA(world)).toEqual(evses === 1 ? [32] : [32, 31]);
      limit(world, 8 * evses);
      expect(rungs(world)).toEqual([]);
      wait(world.script, 5 * MINUTE_MS);
      expect(new Set(rungs(world))).toEqual(new Set(['clear-first']));
      expect(heldA(world, 'tx')).toEqual(Array(evses).fill(8));
      expect(heldA(world, 'tx-default')).toEqual(Array(evses).fill(0));
      expect(worstA(world)).toBe(8);
      limit(world, 16 * evses);
      wait(world.script, 10 * MINUTE_MS);
      expect(heldA(world, 'tx')).toEqual(Array(evses).fill(16));
      expect(world.mostHeld()).toBe(room);
      expect(troubleOf(world)).toBeUndefined();
    },
  );

  test('R10 nothing is cleared where F0 was not read back, or is above the lease', () => {
    const fallbacks = { settings: { ...smallSite().settings, fallbackIdleA: amps(10) } };
    const site = { ...smallSite(), ...fallbacks };
    const full = { fullAt: 2, variables: declares(2) };
    const above = charging(full, site);
    limit(above, 8);
    wait(above.script, 5 * MINUTE_MS);
    expect(heldA(above, 'tx')).toEqual([32]);
    expect(rungs(above)).toEqual([]);
    const unread = charging({ ...full, shows: () => ({ status: 'error', detail: 'no' }) });
    limit(unread, 8);
    wait(unread.script, 5 * MINUTE_MS);
    expect(rungs(unread)).toEqual([]);
  });

  test('one that says nothing of its room is busy for minutes; what goes on after a clear is of the moment', () => {
    let isBusy = false;
    const refuses = (): string | undefined => (isBusy ? 'busy' : undefined);
    const world = charging({ refuses });
    isBusy = true;
    limit(world, 10);
    wait(world.script, 3 * MINUTE_MS);
    expect(rungs(world)).toEqual([]);
    wait(world.script, MINUTE_MS);
    expect(rungs(world)).toEqual(['clear-first']);
    wait(world.script, 5 * MINUTE_MS);
    expect(rungs(world)).toEqual([]);
    isBusy = false;
    wait(world.script, MINUTE_MS);
    expect(heldA(world, 'tx')).toEqual([10]);
    expect(rungs(world)).toEqual([]);
  });

  test('one refusal, or one between two that were taken, is of the moment', () => {
    let refusing = false;
    const refuses = (): string | undefined => {
      const is = refusing;
      refusing = false;
      return is ? 'busy' : undefined;
    };
    const world = charging({ refuses });
    for (const currentA of [20, 12, 8]) {
      refusing = true;
      limit(world, currentA);
      wait(world.script, 2 * MINUTE_MS);
      expect(heldA(world, 'tx')).toEqual([currentA]);
    }
    expect(rungs(world)).toEqual([]);
  });
});

describe('the number of profiles that a station declares', () => {
  test('no room for F0 beside a lease: leases take its place, and the key is named', () => {
    const world = charging({ variables: declares(1) });
    expect(rungs(world)).toEqual(['tx-default']);
    expect(world.mostHeld()).toBe(1);
    expect(limitsA(world)).toEqual([32]);
    const says = 'says MaxChargingProfilesInstalled 1 where 2 are needed';
    expect(troubleOf(world)).toContain(says);
    expect(alarms(world).some((it) => it.includes('contact-trouble') && it.includes(says))).toBe(
      true,
    );
  });

  test('room for F0 of each of two, and one lease', () => {
    const world = charging({ variables: declares(3) }, smallSite({ evsesPerStation: 2 }));
    expect(rungs(world)).toEqual(['tx-default']);
    expect(world.mostHeld()).toBe(2);
    expect(limitsA(world)).toEqual([32, 31]);
    expect(troubleOf(world)).toContain('3 where 4 are needed');
  });

  test('none for F0 of each: nothing is told in its place', () => {
    const world = charging(
      { fullAt: 1, variables: declares(1) },
      smallSite({ evsesPerStation: 2 }),
    );
    expect(world.mostHeld()).toBe(1);
    expect(troubleOf(world)).toContain('1 where 4 are needed');
  });

  test.each(['2', '20', '0', '', 'many'])('%j is enough, or says nothing', (value) => {
    const world = charging({ variables: { [KEY]: value } });
    expect(rungs(world)).toEqual([]);
    expect(troubleOf(world)).toBeUndefined();
  });

  test('a transaction that has a lease keeps it where it is', () => {
    const variables: Record<string, string> = {};
    const world = charging({ variables });
    variables[KEY] = '1';
    feed(world.script, world.s1.booted());
    wait(world.script, 2 * MINUTE_MS);
    expect(rungs(world)).toEqual([]);
    expect(troubleOf(world)).toContain('1 where 2 are needed');
  });

  test('2.x: the highest value of a variable, and not the value', () => {
    const entries = 'SmartChargingCtrlr.Entries[ChargingProfiles]';
    const known = readCapability(
      { [entries]: '1', [`${entries}.maxLimit`]: '8' },
      CAPABILITY_ASSUMED,
    );
    expect(known.profilesMax).toBe(8);
    expect(readCapability({ [entries]: '1' }, CAPABILITY_ASSUMED).profilesMax).toBeUndefined();
    expect(readCapability({}, known).profilesMax).toBe(8);
  });
});
