/** I4: a site whose grid operator has to be heard for more than the failsafe limit. */
import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { evseId, signalId, siteId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { SiteEvent } from '../../src/control/state.js';
import type { GridLink } from '../../src/signals/grid-link.js';
import type { SignalType } from '../../src/signals/signal.js';
import { siteCeiling } from '../../src/sites/ceiling.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;
const S1 = evseId('S1:1');
/** 8 A on each phase at the highest voltage. */
const FAILSAFE_A = 8;
const LINK: GridLink = {
  issuer: 'grid',
  failsafeLimitW: watts(FAILSAFE_A * 253 * 3),
  scope: 'total-import',
};
const SKEW_AND_SETTLE_MS = 22_000;

interface World {
  readonly script: Script;
  heard(type: SignalType, issuer?: string): void;
}

function open(gridLink: GridLink | null = LINK): World {
  const script = openScript(
    initialState(smallSite({ settings: { gridLink, raiseHoldSec: 0 } }), 1, START_MS),
    START_MS,
  );
  let sequence = 0;
  const heard = (type: SignalType, issuer = 'grid'): void => {
    sequence += 1;
    const isLimit = type === 'import-limit';
    const event: SiteEvent = {
      type: 'signal.received',
      signal: {
        id: signalId(`s${sequence}`),
        siteId: siteId('site'),
        tenantId: 'main',
        type,
        scope: 'total-import',
        issuer,
        sequence,
        series: isLimit ? [{ atMs: script.nowMs, value: 40_000 }] : [],
        endsAtMs: script.nowMs + (isLimit ? 24 * 60 * MINUTE_MS : 120_000),
        receivedAtMs: script.nowMs,
      },
    };
    feed(script, event);
  };
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.started('1'));
  wait(script, MINUTE_MS);
  return { script, heard };
}

const grantedA = ({ script }: World): number => script.state.evses.get(S1)?.decision?.limitA ?? 0;

function worstA({ script }: World, atMs: number): number {
  const ledger = script.state.evses.get(S1)?.ledger;
  if (ledger === undefined) throw new Error('S1:1 is there');
  return worstCaseAt(ledger, atMs, script.state.site.settings);
}

const linkOf = ({ script }: World) => siteCeiling(script.state, script.nowMs, 3600).gridLink;

function linked(): World {
  const world = open();
  world.heard('import-limit');
  world.heard('heartbeat');
  wait(world.script, 1000);
  return world;
}

describe('I4', () => {
  test('without a link configured nothing is asked of anybody', () => {
    const world = open(null);
    expect(grantedA(world)).toBe(32);
    expect(linkOf(world)).toBeUndefined();
  });

  test('the failsafe holds until a heartbeat and a limit have come', () => {
    const world = open();
    expect(grantedA(world)).toBe(FAILSAFE_A);
    expect(linkOf(world)).toMatchObject({ state: 'failsafe', failsafeLimitW: LINK.failsafeLimitW });
    world.heard('heartbeat');
    wait(world.script, 1000);
    expect(grantedA(world)).toBe(FAILSAFE_A);
    world.heard('import-limit', 'somebody else');
    wait(world.script, 1000);
    expect(grantedA(world)).toBe(FAILSAFE_A);
    world.heard('import-limit');
    wait(world.script, 30_000);
    expect(grantedA(world)).toBe(32);
    expect(linkOf(world)).toMatchObject({ state: 'linked' });
  });

  test('no lease above the failsafe outlives the last heartbeat by 120 s less skew and settle', () => {
    const world = linked();
    let heartbeatMs = world.script.nowMs - 1000;
    for (let minute = 0; minute < 30; minute += 1) {
      wait(world.script, 59_000);
      const newest = world.script.state.evses.get(S1)?.ledger.commands.at(-1);
      expect(newest?.grantA).toBe(32);
      const fallsAtMs = newest?.steps?.[0]?.fromMs ?? newest?.boundaryAtMs;
      expect(fallsAtMs).toBeLessThanOrEqual(heartbeatMs + 120_000 - SKEW_AND_SETTLE_MS);
      expect(worstA(world, heartbeatMs + 120_000)).toBeLessThanOrEqual(FAILSAFE_A);
      expect(grantedA(world)).toBe(32);
      world.heard('heartbeat');
      heartbeatMs = world.script.nowMs;
      wait(world.script, 1000);
    }
  });

  test('after 120 s of silence the failsafe holds for hours, and says so once', () => {
    const world = linked();
    wait(world.script, 119_000);
    expect(worstA(world, world.script.nowMs)).toBeLessThanOrEqual(FAILSAFE_A);
    wait(world.script, 3 * 60 * MINUTE_MS);
    expect(grantedA(world)).toBe(FAILSAFE_A);
    const told = world.script.effects.flatMap((it) => (it.type === 'alarm' ? [it.code] : []));
    expect(told.filter((it) => it === 'grid-link-lost')).toHaveLength(2);
    world.heard('heartbeat');
    wait(world.script, MINUTE_MS);
    expect(grantedA(world)).toBe(FAILSAFE_A);
    world.heard('import-limit');
    wait(world.script, MINUTE_MS / 2);
    expect(grantedA(world)).toBe(32);
    expect(world.script.effects).toContainEqual(
      expect.objectContaining({ type: 'alarm', code: 'grid-link-back' }),
    );
  });

  test('an owner who takes the link away has no failsafe any more', () => {
    const world = open();
    const { site } = world.script.state;
    const settings = { ...site.settings, gridLink: null };
    const edited = { ...site, settings, version: site.version + 1 };
    feed(world.script, { type: 'site.edited', site: edited, actor: 'owner' });
    wait(world.script, MINUTE_MS);
    expect(grantedA(world)).toBe(32);
    expect(linkOf(world)).toBeUndefined();
  });
});
