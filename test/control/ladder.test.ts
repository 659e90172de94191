import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import type { ChargingProfile } from '../../profiles/index.js';
import { evseId, stationId, watts } from '../../solver/index.js';
import { unitOf } from '../../src/control/form.js';
import { initialState } from '../../src/control/initial-state.js';
import type { PendingCommand, StationState } from '../../src/control/state.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import type { Site } from '../../src/sites/site.js';
import { fuss, type Fuss } from './fussy-station.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { type Voice, voiceOf } from './station-events.js';

const S1 = evseId('S1:1');
const MINUTE_MS = 60_000;
/** F1, A. */
const TAIL_A = 6;
/** SAFETY R1, ms. */
const SETTLE_MS = 12_000;

interface World {
  readonly script: Script;
  readonly s1: Voice;
  readonly book: { held: ChargingProfile[] };
}

function open(of: Fuss, site: Site = smallSite()): World {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  const book = fuss(script, of);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  return { script, s1, book };
}

function charge({ script, s1 }: World): void {
  feed(script, s1.started('1'));
  wait(script, 2 * MINUTE_MS);
}

/** The owner's limit: so much on each phase at the highest voltage. */
function limit({ script }: World, currentA: number): void {
  const { site } = script.state;
  const importLimitW = watts(currentA * 253 * 3);
  const edited = { ...site, version: site.version + 1, importLimitW };
  feed(script, { type: 'site.edited', site: edited, actor: 'owner' });
}

function station({ script }: World): StationState {
  const found = script.state.stations.get(stationId('S1'));
  if (found === undefined) throw new Error('S1 is there');
  return found;
}

const rungs = (world: World): string[] => (station(world).form?.taken ?? []).map((it) => it.rung);
const grantedA = ({ script }: World): number | undefined =>
  script.state.evses.get(S1)?.decision?.limitA;

function worstA({ script }: World, afterMs = 0): number {
  const state = script.state.evses.get(S1);
  if (state === undefined) throw new Error('S1:1 is there');
  const { settings } = script.state.site;
  return worstCaseAt(state.ledger, script.nowMs + afterMs, settings);
}

const written = ({ script }: World): ChargingProfile[] =>
  script.sent.flatMap(({ command }) =>
    command.kind === 'set-charging-profile' ? [command.profile] : [],
  );

const reads = ({ script }: World): number =>
  script.sent.filter((it) => it.purpose === 'lease-read-back').length;

/** Of its TxProfile. */
function heldTxA({ book }: World): number | undefined {
  return book.held.find((it) => it.purpose === 'tx')?.periods[0]?.limit;
}

/** W is never below what it holds meanwhile. */
function cutTo10A(world: World): void {
  limit(world, 10);
  for (let step = 0; step < 36; step += 1) {
    expect(worstA(world)).toBeGreaterThanOrEqual(heldTxA(world) ?? 0);
    wait(world.script, 5000);
  }
  expect(heldTxA(world)).toBe(10);
}

describe('the ladder of forms', () => {
  test('a station that takes everything is told in the preferred form and holds no rung', () => {
    const world = open({});
    charge(world);
    expect(rungs(world)).toEqual([]);
    expect(grantedA(world)).toBe(32);
    expect(written(world).map((it) => `${it.purpose} ${it.stackLevel} ${it.unit}`)).toEqual([
      'tx-default 3 A',
      'tx 3 A',
    ]);
  });

  test.each([
    ['refuses', { refuses: (it: ChargingProfile) => (it.stackLevel > 0 ? 'level' : undefined) }],
    ['ignores', { ignores: (it: ChargingProfile) => it.stackLevel > 0 }],
  ])('a station that %s a level above 0 is told at level 0', (_how, of) => {
    const world = open(of);
    wait(world.script, 5 * MINUTE_MS);
    charge(world);
    expect(rungs(world)).toEqual(['level-0']);
    expect(grantedA(world)).toBe(32);
    expect(worstA(world, 3_600_000)).toBe(TAIL_A);
  });

  test('a station that declares no unit and refuses A is told in W', () => {
    const variables = { ChargingScheduleAllowedChargingRateUnit: '' };
    const world = open({ variables, refuses: (it) => (it.unit === 'A' ? 'unit' : undefined) });
    charge(world);
    expect(rungs(world)).toEqual(['watts']);
    expect(grantedA(world)).toBe(32);
    expect(worstA(world, 3_600_000)).toBeLessThanOrEqual(TAIL_A);
  });

  test('a station that answers a TxProfile by an error, whenever it is told one, is told over F0', () => {
    const refuses = (it: ChargingProfile) => (it.purpose === 'tx' ? 'constraint' : undefined);
    const world = open({ errs: true, refuses });
    charge(world);
    expect([rungs(world), grantedA(world)]).toEqual([[], 0]);
    wait(world.script, 10 * MINUTE_MS);
    expect(rungs(world)).toEqual(['tx-default']);
    expect(grantedA(world)).toBe(32);
    expect(worstA(world, 3_600_000)).toBe(TAIL_A);
  });

  test('errors of the moment are no news of the form', () => {
    let left = 5;
    const refuses = (it: ChargingProfile) =>
      it.purpose === 'tx' && left-- > 0 ? 'internal' : undefined;
    const world = open({ errs: true, refuses });
    charge(world);
    wait(world.script, 10 * MINUTE_MS);
    expect(rungs(world)).toEqual([]);
    expect(grantedA(world)).toBe(32);
    expect(left).toBeLessThan(0);
  });

  test('K01.FR.26 what it declares once it was told in W counts more', () => {
    let refused = 'A';
    const variables = { ChargingScheduleAllowedChargingRateUnit: '' };
    const world = open({ variables, refuses: (it) => (it.unit === refused ? 'unit' : undefined) });
    expect(unitOf(station(world))).toBe('W');
    refused = 'W';
    variables.ChargingScheduleAllowedChargingRateUnit = 'Current';
    const told = world.script.sent.length;
    feed(world.script, world.s1.booted());
    wait(world.script, MINUTE_MS);
    charge(world);
    const units = world.script.sent.slice(told).flatMap(({ command }) => {
      return command.kind === 'set-charging-profile' ? [command.profile.unit] : [];
    });
    expect(new Set(units)).toEqual(new Set(['A']));
    expect(grantedA(world)).toBe(32);
    expect(worstA(world, 3_600_000)).toBe(TAIL_A);
  });

  test('R0: F0 that was never shown earns no credit while a lease hides it', () => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const s1 = voiceOf('S1', script);
    const ignores = (it: ChargingProfile): boolean => it.purpose === 'tx-default';
    const book = fuss(script, { ignores });
    const world = { script, s1, book };
    const { reply } = script;
    const isFallback = ({ command }: PendingCommand): boolean =>
      command.kind === 'set-charging-profile' && command.profile.purpose === 'tx-default';
    script.reply = (sent) => (isFallback(sent) ? { status: 'timeout' } : reply(sent));
    feed(script, s1.connected(), s1.booted());
    charge(world);
    wait(script, 10 * MINUTE_MS);
    expect(book.held.map((it) => it.purpose)).toEqual(['tx']);
    script.reply = reply;
    wait(script, 30 * MINUTE_MS);
    expect(script.state.evses.get(S1)?.contact.step).toBe('done');
    expect(worstA(world, 24 * 3_600_000)).toBe(32);
  });

  test('R0: a form to which F0 moves under a lease earns no credit before it was shown', () => {
    let isOther = false;
    const isDefault = (it: ChargingProfile): boolean => isOther && it.purpose === 'tx-default';
    const world = open({
      refuses: (it) => (isDefault(it) && it.stackLevel > 0 ? 'level' : undefined),
      ignores: (it) => isDefault(it) && it.stackLevel === 0,
    });
    const { script, s1, book } = world;
    charge(world);
    expect(worstA(world, 24 * 3_600_000)).toBe(TAIL_A);
    isOther = true;
    book.held = book.held.filter(({ purpose }) => purpose === 'tx');
    feed(script, s1.booted());
    wait(script, 30 * MINUTE_MS);
    expect([rungs(world), book.held.map(({ purpose }) => purpose)]).toEqual([['level-0'], ['tx']]);
    expect(script.state.evses.get(S1)?.contact.step).toBe('done');
    expect(worstA(world, 24 * 3_600_000)).toBe(32);
    isOther = false;
    feed(script, s1.ended('1'));
    wait(script, 30 * MINUTE_MS);
    expect(worstA(world, 24 * 3_600_000)).toBe(0);
  });

  test('a station that refuses Absolute is told Relative, and earns no credit for ends of leases', () => {
    const world = open({ refuses: (it) => (it.kind === undefined ? 'Absolute' : undefined) });
    charge(world);
    expect(rungs(world)).toEqual(['relative']);
    expect(grantedA(world)).toBe(32);
    expect(world.book.held.every((it) => it.periods.length === 1)).toBe(true);
    // It holds what it has for the whole transaction, and so does W.
    expect(worstA(world, 7 * 24 * 3_600_000)).toBe(32);
  });

  test('a station that refuses a TxProfile twice gets leases in the place of F0, with their end', () => {
    const world = open({ refuses: (it) => (it.purpose === 'tx' ? 'TxProfile' : undefined) });
    charge(world);
    expect(rungs(world)).toEqual(['tx-default']);
    // What it refuses in the first minute may be of a transaction that only it does not know yet.
    expect(written(world).filter((it) => it.purpose === 'tx')).toHaveLength(4);
    expect(grantedA(world)).toBe(32);
    const [held] = world.book.held;
    expect(world.book.held).toHaveLength(1);
    // The one in between shows whether it follows steps.
    expect(held?.periods.map((it) => it.limit)).toEqual([32, 31, TAIL_A]);
    expect(worstA(world, 3_600_000)).toBe(TAIL_A);
  });

  test('one that goes by F0 of before in the place of leases above level 0 is told at level 0', () => {
    const isLease = ({ periods }: ChargingProfile) => (periods[0]?.limit ?? 0) > 0;
    const world = open({
      ignores: (it) => it.purpose === 'tx' || (isLease(it) && it.stackLevel > 0),
    });
    charge(world);
    wait(world.script, 10 * 60_000);
    expect(rungs(world)).toEqual(['tx-default', 'level-0']);
    expect(grantedA(world)).toBe(32);
    expect(world.book.held.map((it) => [it.purpose, it.stackLevel])).toContainEqual([
      'tx-default',
      0,
    ]);
    const before = written(world).length;
    wait(world.script, 30 * 60_000);
    expect(rungs(world)).toEqual(['tx-default', 'level-0']);
    expect(written(world).length - before).toBeLessThan(10);
  });

  test('R10: a TxProfile that was refused and is held all the same does not hide such leases', () => {
    const world = open({
      refuses: (it) => (it.purpose === 'tx' ? 'TxProfile' : undefined),
      appliesRefused: true,
    });
    charge(world);
    expect(rungs(world)).toEqual(['tx-default']);
    expect(world.book.held.map((it) => it.id)).toEqual([1001]);
    expect(grantedA(world)).toBe(32);
    // The clear is of what is held in another form: the lease still counts.
    expect(worstA(world)).toBe(32);
  });

  test('R10: a clear of it that nobody answered is sent again', () => {
    const world = open({
      refuses: (it) => (it.purpose === 'tx' ? 'TxProfile' : undefined),
      appliesRefused: true,
    });
    const { script } = world;
    const reply = script.reply;
    let lost = 2;
    script.reply = (command) => {
      if (command.purpose !== 'clear-transaction' || lost === 0) return reply?.(command);
      lost -= 1;
      return { status: 'timeout' };
    };
    charge(world);
    expect(lost).toBe(0);
    // The lease was accepted before that clear was planned, and holds: it is not told once more.
    expect(worstA(world)).toBe(32);
    const leases = written(world).filter(
      (it) => it.purpose === 'tx-default' && it.periods.some(({ limit: a }) => a > TAIL_A),
    );
    expect(leases).toHaveLength(1);
    wait(script, 10 * MINUTE_MS);
    expect(world.book.held.map((it) => it.id)).toEqual([1001]);
  });

  test('R10: at the end of the transaction F0 is written over such a lease, and never cleared', () => {
    const world = open({ refuses: (it) => (it.purpose === 'tx' ? 'TxProfile' : undefined) });
    charge(world);
    const before = world.script.sent.length;
    feed(world.script, world.s1.ended('1'));
    wait(world.script, SETTLE_MS + 1000);
    const sent = world.script.sent.slice(before).map(({ command }) => command.kind);
    expect(sent).not.toContain('clear-charging-profile');
    expect(world.book.held.map((it) => it.periods)).toEqual([[{ startSec: 0, limit: 0 }]]);
    // What was refused stays possible for its flight.
    expect(worstA(world)).toBe(32);
    wait(world.script, 10 * MINUTE_MS);
    expect(worstA(world)).toBe(0);
  });

  test('a station that takes no profile of an EVSE is told its own maximum, if it has one EVSE', () => {
    const refuses = (it: ChargingProfile): string | undefined =>
      it.purpose === 'station-max' ? undefined : 'max only';
    const world = open({ refuses });
    charge(world);
    expect(rungs(world)).toEqual(['station-max']);
    expect(world.book.held.map((it) => [it.id, it.evseNumber])).toEqual([[3000, 0]]);
    expect(grantedA(world)).toBe(32);
    expect(worstA(world, 3_600_000)).toBe(TAIL_A);
    feed(world.script, world.s1.ended('1'));
    wait(world.script, SETTLE_MS + 1000);
    expect(world.book.held[0]?.periods).toEqual([{ startSec: 0, limit: 0 }]);
    const two = open({ refuses }, smallSite({ evsesPerStation: 2 }));
    expect(rungs(two)).not.toContain('station-max');
    expect(two.script.state.evses.get(S1)?.ledger.fallbackIdleA).toBeUndefined();
  });

  test('R0 a station whose default limits transactions only (MicroOcpp) is told its maximum, if it has one EVSE', () => {
    const showsIdle = (site: Site, of: Fuss = {}): World => {
      const script = openScript(initialState(site, 1, START_MS), START_MS);
      const s1 = voiceOf('S1', script);
      const isIdle = (): boolean =>
        [...script.state.evses.values()].every((it) => it.transactionId === undefined);
      const shows = (): CommandOutcome | undefined =>
        isIdle() && book.held.every((it) => it.purpose !== 'station-max')
          ? { status: 'error', detail: '-1 is no limit', isUnlimited: true }
          : undefined;
      const book: World['book'] = fuss(script, { ...of, shows });
      feed(script, s1.connected(), s1.booted());
      wait(script, MINUTE_MS);
      return { script, s1, book };
    };
    const world = showsIdle(smallSite());
    expect(rungs(world)).toEqual(['station-max']);
    expect(worstA(world)).toBe(0);
    expect(world.book.held.map((it) => [it.purpose, it.periods])).toEqual([
      ['station-max', [{ startSec: 0, limit: 0 }]],
    ]);
    charge(world);
    expect(grantedA(world)).toBe(32);
    expect(worstA(world, 3_600_000)).toBe(TAIL_A);
    const two = showsIdle(smallSite({ evsesPerStation: 2 }));
    expect(rungs(two)).toEqual([]);
    expect(two.script.state.stations.get(stationId('S1'))?.trouble).toBe(
      'shows no limit while nothing charges: reserved at its maximum until then',
    );
    charge(two);
    expect(worstA(two, 3_600_000)).toBe(TAIL_A);
    const refused = showsIdle(smallSite(), {
      refuses: (it) => (it.purpose === 'station-max' ? 'no maximum' : undefined),
    });
    expect(rungs(refused)).not.toContain('station-max');
    wait(refused.script, 60 * MINUTE_MS);
    expect(written(refused).length).toBeLessThan(20);
    expect(worstA(refused)).toBe(32);
  });

  test('K01.FR.38 a station whose F0 is its maximum and that refuses leases is told neither as Relative', () => {
    const refuses = ({ purpose, periods }: ChargingProfile): string | undefined =>
      purpose === 'station-max' && periods.length === 1 ? undefined : 'no';
    const world = open({ refuses });
    charge(world);
    wait(world.script, 10 * MINUTE_MS);
    expect(rungs(world)).toEqual(['station-max']);
    expect(written(world).filter((it) => it.purpose === 'station-max').length).toBeGreaterThan(2);
    const isRelative = ({ purpose, kind }: ChargingProfile): boolean =>
      purpose === 'station-max' && kind === 'relative';
    expect(written(world).filter(isRelative)).toEqual([]);
  });

  test('a default below which a maximum would hold nothing is cleared once the maximum was read', () => {
    const isTaken = ({ purpose, periods, kind }: ChargingProfile): boolean =>
      kind === undefined && (purpose === 'station-max' || (purpose !== 'tx' && periods.length < 2));
    const world = open({ refuses: (it) => (isTaken(it) ? undefined : 'lease') });
    charge(world);
    wait(world.script, 5 * MINUTE_MS);
    expect(rungs(world)).toEqual(['station-max']);
    expect(world.book.held.map((it) => it.purpose)).toEqual(['station-max']);
    expect(grantedA(world)).toBe(32);
  });

  test('R1: where a profile is kept until it is cleared, W stays until that is done', () => {
    const world = open({ keepsOld: (it) => it.purpose === 'tx' });
    charge(world);
    expect(rungs(world)).toEqual([]);
    limit(world, 10);
    expect(worstA(world)).toBe(32);
    wait(world.script, 5 * MINUTE_MS);
    expect(rungs(world)).toEqual(['clear-first']);
    expect(grantedA(world)).toBe(10);
    const lease = world.book.held.find((it) => it.purpose === 'tx');
    expect(lease?.periods[0]?.limit).toBe(10);
    expect(worstA(world)).toBe(10);
    // F0 was never among what was cleared.
    const cleared = world.script.sent.flatMap(({ command, purpose }) =>
      command.kind === 'clear-charging-profile' && purpose !== 'contact' ? [command.profileId] : [],
    );
    expect(new Set(cleared)).toEqual(new Set([2001]));
  });

  test('R8, R10: a station that refuses to show which lease it keeps is asked until it does', () => {
    let shows: CommandOutcome | undefined;
    const world = open({ keepsOld: (it) => it.purpose === 'tx', shows: () => shows });
    charge(world);
    shows = { status: 'rejected', detail: 'busy' };
    const before = reads(world);
    limit(world, 10);
    wait(world.script, 3 * MINUTE_MS + 10_000);
    // With its acceptance, and every half minute from then on.
    expect(reads(world) - before).toBe(7);
    shows = { status: 'timeout' };
    wait(world.script, 30_000);
    expect(reads(world) - before).toBe(8);
    expect(rungs(world)).toEqual([]);
    expect(worstA(world)).toBe(32);
    shows = undefined;
    wait(world.script, 30_000);
    expect(rungs(world)).toEqual(['clear-first']);
    expect(world.book.held.map((it) => it.purpose)).toEqual(['tx-default']);
    expect(worstA(world, SETTLE_MS)).toBe(10);
    wait(world.script, 2 * MINUTE_MS);
    const lease = world.book.held.find((it) => it.purpose === 'tx');
    expect(lease?.periods[0]?.limit).toBe(10);
    expect(worstA(world)).toBe(10);
  });

  test('R6: it is asked no more once the lease that it may keep is over', () => {
    let shows: CommandOutcome | undefined;
    const world = open({ shows: () => shows });
    charge(world);
    shows = { status: 'rejected', detail: 'busy' };
    limit(world, 10);
    const before = reads(world);
    wait(world.script, 10 * MINUTE_MS);
    expect(worstA(world)).toBe(32);
    expect(reads(world) - before).toBeGreaterThanOrEqual(19);
    wait(world.script, 10 * MINUTE_MS);
    expect(worstA(world)).toBe(10);
    const over = { reads: reads(world), leases: written(world).length };
    wait(world.script, 10 * MINUTE_MS);
    // With the acceptance of each renewal.
    expect(reads(world) - over.reads).toBe(written(world).length - over.leases);
    expect(written(world).length - over.leases).toBeLessThanOrEqual(2);
  });

  test('R1: a profile that a boot may have taken was not replaced by what is told after it', () => {
    const world = open({ keepsOld: (it) => it.purpose === 'tx' });
    const { script, s1, book } = world;
    charge(world);
    feed(script, s1.disconnected());
    book.held = book.held.filter((it) => it.purpose !== 'tx');
    limit(world, 20);
    feed(script, s1.connected(2));
    wait(script, MINUTE_MS);
    expect(heldTxA(world)).toBe(20);
    cutTo10A(world);
    expect(rungs(world)).toEqual(['clear-first']);
  });

  test('R1: a profile that a clear without an answer may have taken was not replaced either', () => {
    const world = open({ keepsOld: (it) => it.purpose === 'tx' });
    const { script, s1, book } = world;
    const { reply } = script;
    const isClearOfTx = ({ command }: PendingCommand): boolean =>
      command.kind === 'clear-charging-profile' && command.criteria?.purpose === 'tx';
    let isLost = true;
    script.reply = (pending) =>
      isLost && isClearOfTx(pending) ? { status: 'timeout' } : reply(pending);
    feed(script, s1.booted());
    wait(script, 3 * MINUTE_MS);
    isLost = false;
    feed(script, s1.started('1'));
    wait(script, 30_000);
    expect(heldTxA(world)).toBe(32);
    book.held = book.held.filter((it) => it.purpose !== 'tx');
    limit(world, 20);
    wait(script, 30_000);
    expect(heldTxA(world)).toBe(20);
    cutTo10A(world);
  });

  test('R1: a replacement that was shown once is believed from then on', () => {
    const world = open({});
    charge(world);
    limit(world, 10);
    wait(world.script, MINUTE_MS);
    expect(worstA(world)).toBe(10);
    expect(world.script.state.evses.get(S1)?.ledger.replacesUnshown).toBeUndefined();
    const before = reads(world);
    limit(world, 8);
    wait(world.script, MINUTE_MS);
    expect(worstA(world)).toBe(8);
    expect(reads(world)).toBe(before);
  });

  test('another firmware is tried from the top; the same one is not', () => {
    const world = open({ refuses: (it) => (it.stackLevel > 0 ? 'level' : undefined) });
    expect(rungs(world)).toEqual(['level-0']);
    const levels = (from: number): number[] =>
      written(world)
        .slice(from)
        .map((it) => it.stackLevel);
    const first = written(world).length;
    feed(world.script, world.s1.booted());
    wait(world.script, MINUTE_MS);
    expect(levels(first)).toEqual([0]);
    const second = written(world).length;
    feed(world.script, world.s1.booted({ firmware: '2' }));
    wait(world.script, MINUTE_MS);
    expect(levels(second)).toEqual([3, 0]);
    expect(station(world).form?.taken[0]).toMatchObject({
      rung: 'level-0',
      on: 'fallback',
      observed: 'refuses the fallback profile: level',
    });
  });

  test('a refusal in a form that was taken before is about the moment', () => {
    let isBusy = false;
    const world = open({ refuses: () => (isBusy ? 'busy' : undefined) });
    charge(world);
    isBusy = true;
    limit(world, 10);
    wait(world.script, 3 * MINUTE_MS);
    isBusy = false;
    wait(world.script, 2 * MINUTE_MS);
    expect(rungs(world)).toEqual([]);
    expect(grantedA(world)).toBe(10);
  });
});

describe('two EVSEs of one station', () => {
  const S2 = evseId('S1:2');
  const BOTH = smallSite({ evsesPerStation: 2, limitA: 80 });
  const own = (world: World): readonly (readonly [string, string | undefined])[] =>
    (station(world).form?.taken ?? []).map((it) => [it.rung, it.evseId]);
  const begin = ({ script, s1 }: World, evseNumber: number): void => {
    feed(script, s1.started(String(evseNumber), { evseNumber }));
    wait(script, 2 * MINUTE_MS);
  };
  const grantsA = ({ script }: World): (number | undefined)[] =>
    [S1, S2].map((id) => script.state.evses.get(id)?.decision?.limitA);
  const leases = ({ book }: World): string[] =>
    book.held
      .filter((it) => it.purpose === 'tx' || it.periods.length > 1)
      .map((it) => `${it.purpose}@${it.evseNumber}`)
      .sort();

  test('R0: F0 is told anew where a lease was told over it and is not any more', () => {
    const isLease = (it: ChargingProfile): boolean => it.purpose === 'tx' || it.periods.length > 1;
    const refuses = (it: ChargingProfile): string | undefined =>
      it.evseNumber === 1 && isLease(it) ? 'lease' : undefined;
    const world = open({ refuses, appliesRefused: true }, BOTH);
    const { script, book } = world;
    feed(script, world.s1.started('1'));
    let over = 0;
    let after = 0;
    for (let step = 0; step < 120; step += 1) {
      wait(script, 5000);
      const held = book.held.find((it) => it.purpose === 'tx-default' && it.evseNumber === 1);
      const isOver = held !== undefined && isLease(held);
      const isByDefault = rungs(world).includes('tx-default');
      if (isOver && isByDefault) over += 1;
      if (over === 0 || isByDefault) continue;
      after += 1;
      if (isOver) expect(script.state.evses.get(S1)?.ledger.fallbackIdleA).toBeUndefined();
    }
    expect(over).toBeGreaterThan(0);
    expect(after).toBeGreaterThan(0);
  });

  test('R11: F0 that was shown is not written over in a form that another of them led to', () => {
    const refuses = ({ purpose, evseNumber }: ChargingProfile): string | undefined =>
      purpose === 'tx-default' && evseNumber === 1 ? 'purpose' : undefined;
    const world = open({ refuses }, BOTH);
    const { script, s1, book } = world;
    let shown: string | undefined;
    let credited = 0;
    for (let round = 0; round < 8; round += 1) {
      feed(script, s1.disconnected());
      wait(script, MINUTE_MS);
      feed(script, s1.connected());
      for (let sec = 0; sec < 90 + round * 30; sec += 1) {
        wait(script, 1000);
        const held = book.held.find((it) => it.purpose === 'tx-default' && it.evseNumber === 2);
        const isCredited = script.state.evses.get(S2)?.ledger.fallbackIdleA !== undefined;
        const now = isCredited ? `${held?.stackLevel} ${held?.unit} ${held?.kind}` : undefined;
        if (shown !== undefined && now !== undefined) expect(now).toBe(shown);
        if (isCredited) credited += 1;
        shown = now;
      }
    }
    expect(script.effects.filter((it) => it.type === 'alarm').length).toBeGreaterThan(3);
    expect(credited).toBeGreaterThan(60);
  });

  test.each([
    ['before the other was told anything', [1, 2]],
    ['once the other has taken it', [2, 1]],
  ])('what one refuses %s is told in another form to it alone', (_when, order) => {
    const isOdd = (it: ChargingProfile): boolean => it.evseNumber === 1 && it.purpose === 'tx';
    const world = open({ refuses: (it) => (isOdd(it) ? 'TxProfile' : undefined) }, BOTH);
    for (const evseNumber of order) begin(world, evseNumber);
    expect(own(world)).toEqual([['tx-default', S1]]);
    expect(leases(world)).toEqual(['tx-default@1', 'tx@2']);
    expect(grantsA(world)).toEqual([32, 32]);
  });

  test('two of which refuse once each are told the same again', () => {
    const refused = new Set<number>();
    const world = open(
      {
        refuses({ purpose, evseNumber }) {
          if (purpose !== 'tx' || refused.has(evseNumber)) return undefined;
          refused.add(evseNumber);
          return 'busy';
        },
      },
      BOTH,
    );
    begin(world, 1);
    begin(world, 2);
    expect(refused.size).toBe(2);
    expect(own(world)).toEqual([]);
    expect(leases(world)).toEqual(['tx@1', 'tx@2']);
  });

  test('one of which ignores its leases has them in the place of F0, the other as before', () => {
    const ignores = ({ purpose, evseNumber }: ChargingProfile): boolean =>
      purpose === 'tx' && evseNumber === 1;
    const world = open({ ignores }, BOTH);
    begin(world, 2);
    begin(world, 1);
    expect(own(world)).toEqual([['tx-default', S1]]);
    expect(leases(world)).toEqual(['tx-default@1', 'tx@2']);
    expect(grantsA(world)).toEqual([32, 32]);
  });

  test('one of which refuses every form of a lease does not cost the other the end of its own', () => {
    const refuses = ({ purpose, evseNumber, periods }: ChargingProfile): string | undefined =>
      evseNumber === 1 && (purpose === 'tx' || periods[0]?.limit !== 0) ? 'no' : undefined;
    const world = open({ refuses }, BOTH);
    begin(world, 2);
    begin(world, 1);
    wait(world.script, 10 * MINUTE_MS);
    expect(rungs(world)).not.toContain('relative');
    expect(leases(world)).toEqual(['tx@2']);
    expect(grantsA(world)[1]).toBe(32);
  });
});

describe('a lease that is accepted and not gone by', () => {
  const ignoresTx: Fuss = { ignores: ({ purpose }) => purpose === 'tx' };

  /** Its schedules begin by a clock that is so much ahead of ours, or behind. */
  function setClock({ script }: World, skewMs: number): void {
    const { reply } = script;
    script.reply = (pending) => {
      const outcome = reply(pending);
      if (typeof outcome !== 'object' || outcome.status !== 'accepted') return outcome;
      const { schedule } = outcome;
      if (schedule === undefined) return outcome;
      return { ...outcome, schedule: { ...schedule, startAtMs: script.nowMs + skewMs } };
    };
  }

  test('is told in the place of the default once it was seen twice, half a minute apart', () => {
    const world = open(ignoresTx);
    feed(world.script, world.s1.started('1'));
    expect(rungs(world)).toEqual([]);
    wait(world.script, 29_000);
    expect(rungs(world)).toEqual([]);
    wait(world.script, 31_000);
    expect(rungs(world)).toEqual(['tx-default']);
    expect(world.book.held.map((it) => [it.purpose, it.periods[0]?.limit])).toEqual([
      ['tx-default', 32],
    ]);
    expect(station(world).form?.taken[0]?.observed).toContain('goes by its default of 0 A');
  });

  test.each([
    ['behind by more than leases begin early', -90_000, []],
    ['behind by less', -50_000, ['tx-default']],
    ['ahead', 90_000, ['tx-default']],
  ])('by a clock that is %s takes the place of the default only where it has begun', (...by) => {
    const [, skewMs, expected] = by;
    const world = open(ignoresTx);
    setClock(world, skewMs);
    feed(world.script, world.s1.started('1'));
    wait(world.script, 5 * MINUTE_MS);
    expect(rungs(world)).toEqual(expected);
  });

  test.each([
    ['ignored', ignoresTx],
    ['refused', { refuses: ({ purpose }) => (purpose === 'tx' ? 'no' : undefined) }],
  ] satisfies [string, Fuss][])('R6 over F0 earns none by a slow clock: %s', (_name, of) => {
    for (const skewMs of [0, -50_000]) {
      const world = open(of);
      const { script, s1 } = world;
      setClock(world, skewMs);
      feed(script, s1.started('1'));
      const atMs = script.nowMs + skewMs;
      feed(script, s1.sampled([{ atMs, currentA: [0, 0, 0] }], { transactionId: '1' }));
      for (let sec = 0; sec < 90 && rungs(world).length === 0; sec += 1) wait(script, 1000);
      expect(rungs(world)).toEqual(['tx-default']);
      const { fallbackIdleA } = script.state.evses.get(S1)?.ledger ?? {};
      expect(fallbackIdleA).toBe(skewMs === 0 ? 0 : undefined);
    }
  });

  test.each([-50_000, -90_000])(
    'R6 over F0 earns none until a clock %i ms behind is right',
    (skewMs) => {
      const world = open(ignoresTx);
      const { script, s1 } = world;
      const sampled = (transactionId: string, atMs: number): void =>
        feed(script, s1.sampled([{ atMs, currentA: [0, 0, 0] }], { transactionId }));
      const creditA = () => script.state.evses.get(S1)?.ledger.fallbackIdleA;
      feed(script, s1.started('1'));
      wait(script, 2 * MINUTE_MS);
      expect([rungs(world), creditA()]).toEqual([['tx-default'], 0]);
      setClock(world, skewMs);
      sampled('1', script.nowMs + skewMs);
      feed(script, s1.ended('1'));
      wait(script, 9 * MINUTE_MS);
      feed(script, s1.started('2'));
      wait(script, MINUTE_MS);
      expect(creditA()).toBeUndefined();
      setClock(world, 0);
      sampled('2', script.nowMs);
      wait(script, MINUTE_MS);
      expect(creditA()).toBe(0);
    },
  );

  test('R6 over F0 earns credit again once a schedule shows that a sample was merely late', () => {
    const world = open(ignoresTx);
    const { script, s1 } = world;
    const creditA = () => script.state.evses.get(S1)?.ledger.fallbackIdleA;
    feed(script, s1.started('1'));
    wait(script, 2 * MINUTE_MS);
    const atMs = script.nowMs - 50_000;
    feed(script, s1.sampled([{ atMs, currentA: [0, 0, 0] }], { transactionId: '1' }));
    expect(creditA()).toBeUndefined();
    feed(script, s1.ended('1'));
    wait(script, 6 * MINUTE_MS);
    expect(creditA()).toBe(0);
  });

  test('is no form found where a station needs some seconds to apply it', () => {
    let isSlow = true;
    const world = open({ ignores: ({ purpose }) => isSlow && purpose === 'tx' });
    feed(world.script, world.s1.started('1'));
    isSlow = false;
    wait(world.script, 2 * MINUTE_MS);
    expect([rungs(world), station(world).form?.leases?.[S1]?.ignored]).toEqual([[], undefined]);
    expect(world.book.held.map((it) => it.purpose)).toContain('tx');
  });

  test('as a maximum, and is not shown whole, is told to whoever stands before it, until it is', () => {
    const world = open({
      refuses: ({ purpose }) => (purpose === 'station-max' ? undefined : 'no'),
    });
    const { script } = world;
    const { reply } = script;
    let mostA = 8;
    script.reply = (pending) => {
      const outcome = reply(pending);
      if (typeof outcome !== 'object' || outcome.status !== 'accepted') return outcome;
      const { schedule } = outcome;
      if (schedule === undefined) return outcome;
      const periods = schedule.periods.map((it) => ({ ...it, limit: Math.min(it.limit, mostA) }));
      return { ...outcome, schedule: { ...schedule, periods } };
    };
    wait(script, 5 * MINUTE_MS);
    charge(world);
    expect(rungs(world)).toEqual(['station-max']);
    expect(station(world).trouble).toContain('another limit holds it back');
    mostA = 32;
    limit(world, 20);
    wait(script, 2 * MINUTE_MS);
    expect(station(world).trouble).toBeUndefined();
  });

  test('says nothing where others limit the station', () => {
    const world = open(ignoresTx);
    const { script } = world;
    feed(script, {
      type: 'limit.notified',
      stationId: stationId('S1'),
      receivedAtMs: script.nowMs,
      source: 'EMS',
      evseNumber: 2,
      steps: [{ fromMs: script.nowMs, unit: 'A', limit: 0 }],
    });
    charge(world);
    expect(rungs(world)).toEqual([]);
  });
});
