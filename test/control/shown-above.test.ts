/** A station that shows more than it was told (SAFETY R0): another system limits it as well. */
import { describe, expect, test } from 'vitest';
import { isUnbounded, worstCaseAt } from '../../ledger/index.js';
import type { CompositeSchedule } from '../../profiles/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import { S1, state, type World } from './charging-vehicle.js';
import { feed, idealOutcome, openScript, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;

interface Other {
  /** What another system limits the transaction to; undefined: nothing of others leads. */
  shows: ((own: CompositeSchedule) => CommandOutcome) | undefined;
  /** Its limit stays when profiles of transactions are cleared. */
  isKept: boolean;
}

/** Told 13 A at most, by its owner's limit; another system may lead from the start of its transaction. */
function besideOther(): { readonly world: World; readonly other: Other } {
  const script = openScript(
    initialState(smallSite({ importLimitW: 10_000 }), 1, START_MS),
    START_MS,
  );
  const s1 = voiceOf('S1', script);
  const other: Other = { shows: undefined, isKept: false };
  script.reply = (pending) => {
    const { command } = pending;
    if (command.kind === 'clear-charging-profile' && command.criteria?.purpose === 'tx') {
      if (!other.isKept) other.shows = undefined;
    }
    if (command.kind !== 'get-composite-schedule' || other.shows === undefined) return undefined;
    if (script.state.evses.get(S1)?.transactionId === undefined) return undefined;
    const own = idealOutcome(script, pending);
    if (own.status !== 'accepted' || own.schedule === undefined) return undefined;
    return other.shows(own.schedule);
  };
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  return { world: { script, s1 }, other };
}

const EMPTY = {
  evseNumber: 1,
  startAtMs: START_MS,
  durationSec: 86_400,
  unit: 'A' as const,
  periods: [],
};

const leading =
  (limit: number, unit: 'A' | 'W' = 'A') =>
  (own: CompositeSchedule): CommandOutcome => ({
    status: 'accepted',
    schedule: { ...own, unit, periods: [{ startSec: 0, limit }] },
  });

const unlimited = (): CommandOutcome => ({ status: 'error', detail: '-1', isUnlimited: true });

function clears({ script }: World): number {
  return script.sent.filter(
    ({ command }) =>
      command.kind === 'clear-charging-profile' &&
      command.criteria?.purpose === 'tx' &&
      command.criteria.evseNumber === 1,
  ).length;
}

function worstA(world: World): number {
  const { script } = world;
  return worstCaseAt(state(world).ledger, script.nowMs, script.state.site.settings);
}

const troubles = ({ script }: World): readonly string[] =>
  script.effects.flatMap((it) =>
    it.type === 'alarm' && it.code === 'contact-trouble' ? [it.detail] : [],
  );

describe('another system’s limit on a running transaction', () => {
  test.each([
    { name: 'of 20 A', shows: leading(20) },
    { name: 'that is none', shows: unlimited },
  ])('$name is cleared once it is read back, and ours is told anew', ({ shows }) => {
    const { world, other } = besideOther();
    const before = clears(world);
    other.shows = shows;
    feed(world.script, world.s1.started('1'));
    wait(world.script, MINUTE_MS);
    expect(clears(world)).toBe(before + 1);
    expect(troubles(world)).toEqual([expect.stringContaining('limits of others are cleared')]);
    expect(isUnbounded(state(world).ledger)).toBe(false);
    expect(state(world).ledger.leaseShown).toBe(true);
    expect(worstA(world)).toBe(13);
    expect(world.script.state.stations.get('S1' as never)?.trouble).toBeUndefined();
  });

  test('is held against the ceiling from the moment that it is shown', () => {
    const { world, other } = besideOther();
    other.shows = leading(20);
    const { reply } = world.script;
    world.script.reply = (pending) => (pending.purpose === 'contact' ? 'silent' : reply(pending));
    feed(world.script, world.s1.started('1'));
    expect(worstA(world)).toBe(32);
  });

  test('that leads again is reserved for until the transaction is over, and asked after no more', () => {
    const { world, other } = besideOther();
    other.isKept = true;
    other.shows = leading(20);
    const { script, s1 } = world;
    feed(script, s1.started('1'));
    wait(script, 10 * MINUTE_MS);
    expect(worstA(world)).toBe(32);
    const asked = script.sent.length;
    wait(script, 60 * MINUTE_MS);
    expect(worstA(world)).toBe(32);
    expect(script.sent.length - asked).toBeLessThan(60);
    feed(script, s1.ended('1'));
    wait(script, 10 * MINUTE_MS);
    expect(worstA(world)).toBe(0);
  });

  test.each([
    { name: 'at what was told', shows: leading(13) },
    { name: 'below it', shows: leading(6) },
    { name: 'as another rounding of it', shows: leading(13.1) },
    { name: 'in a unit that was not asked for', shows: leading(9000, 'W') },
  ])('$name changes nothing', ({ shows }) => {
    const { world, other } = besideOther();
    const before = clears(world);
    other.shows = shows;
    feed(world.script, world.s1.started('1'));
    wait(world.script, MINUTE_MS);
    expect(clears(world)).toBe(before);
    expect(worstA(world)).toBe(13);
  });

  test('that outlasts ours counts as well, where its end was shown before', () => {
    const { world, other } = besideOther();
    const { script, s1 } = world;
    feed(script, s1.started('1'));
    wait(script, MINUTE_MS);
    expect(state(world).ledger.leaseShown).toBe(true);
    other.shows = leading(13);
    const { reply } = script;
    let grants = 0;
    script.reply = (it) =>
      it.purpose === 'grant' && grants++ === 0 ? { status: 'timeout' } : reply(it);
    const before = clears(world);
    wait(script, 15 * MINUTE_MS);
    expect(grants).toBeGreaterThan(1);
    expect(clears(world)).toBe(before + 1);
    expect(state(world).ledger.leaseShown).toBe(true);
  });

  test('keeps no contact from its end that begins under it, though F0 is shown once it is over', () => {
    const { world, other } = besideOther();
    const { script, s1 } = world;
    feed(script, s1.started('1'));
    wait(script, MINUTE_MS);
    other.shows = leading(20);
    feed(script, s1.disconnected(), s1.connected(2), s1.booted());
    wait(script, 5 * MINUTE_MS);
    expect(other.shows).toBeUndefined();
    expect(state(world).contact.step).toBe('done');
    expect(worstA(world)).toBe(32);
    expect(state(world).decision?.limitA).toBe(13);
    feed(script, s1.ended('1'));
    wait(script, MINUTE_MS);
    expect(worstA(world)).toBe(0);
  });

  test('is no limit that a first contact clears before F0 was ever shown', () => {
    const { world, other } = besideOther();
    const { script } = world;
    const fresh = openScript(initialState(script.state.site, 1, START_MS), START_MS);
    const s1 = voiceOf('S1', fresh);
    fresh.reply = (pending) =>
      pending.command.kind === 'get-composite-schedule' ? other.shows?.(EMPTY) : undefined;
    other.shows = leading(20);
    feed(fresh, s1.connected(), s1.booted(), s1.started('1'));
    wait(fresh, 10 * MINUTE_MS);
    expect(clears({ script: fresh, s1 })).toBe(0);
    expect(worstA({ script: fresh, s1 })).toBe(32);
  });

  test('leaves nobody reserved at the maximum for good where its schedule cannot be read', () => {
    const { world, other } = besideOther();
    const { script, s1 } = world;
    other.shows = leading(20);
    const { reply } = script;
    let reads = 0;
    script.reply = (it) =>
      it.purpose === 'contact' && it.command.kind === 'get-composite-schedule' && reads++ < 4
        ? { status: 'rejected', detail: 'busy' }
        : reply(it);
    feed(script, s1.started('1'));
    wait(script, 5 * MINUTE_MS);
    expect(worstA(world)).toBe(32);
    reads = 4;
    feed(script, s1.ended('1'));
    wait(script, 5 * MINUTE_MS);
    expect(worstA(world)).toBe(0);
  });
});
