/** R12: phases that a station switches because it is told to. */
import { describe, expect, test } from 'vitest';
import { channelLoads, worstCase, worstOthers } from '../../ledger/index.js';
import { told } from '../../ledger/worst-case.js';
import type { ChargingProfile } from '../../profiles/index.js';
import { evseId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState } from '../../src/control/state.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

const S1 = evseId('S1:1');
const MINUTE_MS = 60_000;
/** Less than 6 A on three phases at the highest voltage, and more than 6 A on one. */
const SURPLUS_W = 3000;
const PLENTY_W = 15_000;

interface World {
  readonly script: Script;
  readonly s1: Voice;
}

function siteOf(change: Partial<Site['evses'][number]> = {}): Site {
  const site = smallSite({ limitA: 63, importLimitW: SURPLUS_W });
  const own = { rotation: 'STR', switchesPhases: true, ...change } as const;
  return { ...site, evses: site.evses.map((evse) => ({ ...evse, ...own })) };
}

function charging(site: Site, reply?: Script['reply']): World {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  if (reply !== undefined) script.reply = reply;
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.started('1'));
  wait(script, 5 * MINUTE_MS);
  return { script, s1 };
}

function state({ script }: World): EvseState {
  const found = script.state.evses.get(S1);
  if (found === undefined) throw new Error('the EVSE is there');
  return found;
}

/** W now on L1, L2, L3. */
function worstA(world: World): readonly number[] {
  const { script } = world;
  const { ledger } = state(world);
  const { settings } = script.state.site;
  const worst = worstCase(ledger, script.nowMs, settings);
  const others = worstOthers(ledger, script.nowMs, settings);
  const loads = channelLoads(ledger, [true, true, true], worst, others);
  return [0, 1, 2].map((at) =>
    loads.reduce((a, it) => (it.channels[at] === true ? a + (it.steps[0]?.currentA ?? 0) : a), 0),
  );
}

function limit({ script }: World, importLimitW: number): void {
  const { site } = script.state;
  const edited = { ...site, version: site.version + 1, importLimitW: watts(importLimitW) };
  feed(script, { type: 'site.edited', site: edited, actor: 'owner' });
}

const leases = ({ script }: World): ChargingProfile[] =>
  script.sent.flatMap(({ command, purpose }) =>
    purpose === 'grant' && command.kind === 'set-charging-profile' ? [command.profile] : [],
  );
const phasesIn = (profile: ChargingProfile | undefined): (number | undefined)[] =>
  (profile?.periods ?? []).map((it) => it.numberPhases);

describe('an EVSE that switches phases', () => {
  test('gets one phase where its minimum does not fit on three, and counts on that one alone', () => {
    const world = charging(siteOf());
    expect(state(world).phases?.count).toBe(1);
    expect(state(world).decision?.limitA).toBe(11);
    // Connected as STR: its first phase is L2 of the supply.
    expect(worstA(world)).toEqual([0, 11, 0]);
    expect(new Set(phasesIn(leases(world).at(-1)))).toEqual(new Set([1]));
  });

  test('is told so at 0 A first, and gets nothing before its own schedule has shown it', () => {
    const world = charging(siteOf(), ({ command, purpose }) => {
      if (purpose !== 'lease-read-back' || command.kind !== 'get-composite-schedule')
        return undefined;
      return { status: 'rejected', detail: 'not now' };
    });
    const told = leases(world).filter((it) => it.periods[0]?.numberPhases === 1);
    expect(told.length).toBeGreaterThan(0);
    expect(told.flatMap((it) => it.periods.map(({ limit: a }) => a))).toEqual([0]);
    expect(worstA(world)).toEqual([0, 0, 0]);
    // Two minutes without: it is told of three again, and is not asked once more at once.
    expect(state(world).phases?.count).toBe(3);
  });

  test('goes back to three phases where they give it more, counted on all before it is sent', () => {
    const world = charging(siteOf());
    limit(world, PLENTY_W);
    wait(world.script, 2 * MINUTE_MS);
    // It stays as it is for ten minutes.
    expect(state(world).phases?.count).toBe(1);
    expect(worstA(world)).toEqual([0, 32, 0]);
    wait(world.script, 10 * MINUTE_MS);
    expect(state(world).phases?.count).toBe(3);
    expect(state(world).decision?.limitA).toBe(19);
    expect(worstA(world)).toEqual([19, 19, 19]);
    expect(new Set(phasesIn(leases(world).at(-1)))).toEqual(new Set([3]));
  });

  test('does not go to and fro with the sun', () => {
    const world = charging(siteOf());
    const before = state(world).phases?.sinceMs;
    for (const importLimitW of [PLENTY_W, SURPLUS_W, PLENTY_W, SURPLUS_W]) {
      limit(world, importLimitW);
      wait(world.script, MINUTE_MS);
    }
    expect(state(world).phases).toMatchObject({ count: 1, sinceMs: before });
  });

  test('that draws on the others all the same counts on all of them for good, with an alarm', () => {
    const world = charging(siteOf());
    const { script, s1 } = world;
    wait(script, MINUTE_MS);
    feed(
      script,
      s1.sampled([{ atMs: script.nowMs, currentA: [10, 10, 10] }], { transactionId: '1' }),
    );
    expect(
      script.effects.some((it) => it.type === 'alarm' && it.code === 'phases-not-switched'),
    ).toBe(true);
    expect(worstA(world)).toEqual([11, 11, 11]);
    wait(script, 30 * MINUTE_MS);
    expect(state(world).ledger.onePhase).toMatchObject({ shown: false, refuted: true });
    expect(state(world).decision?.limitA).toBe(0);
  });

  test.each([
    [3000, true],
    [7500, false],
  ])('is found out by its power alone: %i W at most may be its one phase', (powerW, isOne) => {
    const world = charging(siteOf());
    const { script, s1 } = world;
    wait(script, MINUTE_MS);
    feed(script, s1.sampled([{ atMs: script.nowMs, powerW }], { transactionId: '1' }));
    expect(state(world).ledger.onePhase?.refuted).toBe(isOne ? undefined : true);
  });

  test('counts on all phases again after a boot, until it has shown it anew', () => {
    const world = charging(siteOf());
    feed(world.script, world.s1.booted());
    expect(state(world).ledger.onePhase).toMatchObject({ shown: false, unread: true });
    expect(worstA(world)).toEqual([32, 32, 32]);
    // What that reserves has a name of its own: without it the limit counts on its phase alone.
    expect(told(state(world).ledger).onePhase).toEqual({
      channels: [false, true, false],
      shown: true,
    });
  });

  test.each([
    ['that is not known to switch', { switchesPhases: undefined }],
    ['whose rotation nobody knows', { rotation: undefined }],
  ])('one %s is told nothing of phases', (_what, change) => {
    const site = siteOf();
    const evses = site.evses.map(
      (evse) => ({ ...evse, ...change }) as unknown as (typeof site.evses)[number],
    );
    const world = charging({ ...site, evses });
    expect(state(world).phases).toBeUndefined();
    expect(state(world).decision?.limitA).toBe(0);
    const told = leases(world).flatMap((it) => phasesIn(it));
    expect(told.every((it) => it !== 1)).toBe(true);
  });
});
