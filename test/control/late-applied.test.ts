/** A call that nobody answered is applied after newer ones (R3): it is cut back, and its fence is not lost. */
import { describe, expect, test } from 'vitest';
import { amps, evseId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { PendingCommand } from '../../src/control/state.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

const MINUTE_MS = 60_000;
const TX = 'tx-S1';

interface World {
  readonly script: Script;
  readonly voice: Voice;
  /** When its limit was cut to 0 and the cut accepted, behind a raise that nobody answered. */
  readonly cutAtMs: number;
}

function importLimit({ state }: Script, importLimitW: number) {
  const site = {
    ...state.site,
    version: state.site.version + 1,
    importLimitW: watts(importLimitW),
  };
  return { type: 'site.edited', site, actor: 'owner' } as const;
}

function cutBehindLost(): World {
  const site = smallSite({
    importLimitW: 5000,
    settings: { fallbackSessionA: amps(0), raiseHoldSec: 0 },
  });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const voice = voiceOf('S1', script);
  feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  feed(script, voice.started(TX));
  wait(script, 10 * MINUTE_MS);
  script.reply = ({ purpose }) => (purpose === 'grant' ? { status: 'timeout' } : undefined);
  feed(script, importLimit(script, 20_000));
  script.reply = () => undefined;
  feed(script, importLimit(script, 1000));
  wait(script, MINUTE_MS);
  return { script, voice, cutAtMs: script.nowMs - MINUTE_MS };
}

const drawing = ({ script, voice }: World, currentA: number) =>
  voice.sampled(
    [{ atMs: script.nowMs, currentA: [amps(currentA), amps(currentA), amps(currentA)] }],
    { transactionId: TX },
  );

function grantsSince({ sent }: Script, count: number): readonly PendingCommand[] {
  return sent.slice(count).filter(({ purpose }) => purpose === 'grant');
}

function grantA({ command }: PendingCommand): number | undefined {
  return command.kind === 'set-charging-profile' ? command.profile.periods[0]?.limit : undefined;
}

describe('a raise that is applied behind the cut that followed it', () => {
  test('is cut back as soon as samples show it, and once until the vehicle can have followed', () => {
    const world = cutBehindLost();
    const { script } = world;
    const { ledger, decision } = script.state.evses.get(evseId('S1:1')) ?? {};
    expect(decision?.limitA).toBe(0);
    expect(ledger?.commands.map((it) => it.state)).toContain('unknown');
    const before = script.sent.length;
    feed(script, drawing(world, 20));
    expect(grantsSince(script, before).map(grantA)).toEqual([0]);
    wait(script, 10_000);
    feed(script, drawing(world, 20));
    expect(grantsSince(script, before)).toHaveLength(1);
  });

  test('is no reason for a call where it was measured before the cut was followed', () => {
    const world = cutBehindLost();
    const before = world.script.sent.length;
    const atMs = world.cutAtMs + 5000;
    const currentA = [amps(20), amps(20), amps(20)] as const;
    feed(world.script, world.voice.sampled([{ atMs, currentA }], { transactionId: TX }));
    expect(grantsSince(world.script, before)).toEqual([]);
  });

  test('is no reason for a call where it draws what was told', () => {
    const world = cutBehindLost();
    const before = world.script.sent.length;
    feed(world.script, drawing(world, 0));
    expect(grantsSince(world.script, before)).toEqual([]);
  });

  test('has its fence sent again at once where that was lost, although it asks for nothing new', () => {
    const world = cutBehindLost();
    const { script } = world;
    const before = script.sent.length;
    let lost = 0;
    script.reply = ({ purpose }) =>
      purpose === 'grant' && lost++ === 0 ? { status: 'timeout' } : undefined;
    while (grantsSince(script, before).length === 0 && script.nowMs < world.cutAtMs + 600_000) {
      wait(script, 1000);
    }
    expect(script.nowMs - world.cutAtMs).toBeLessThanOrEqual(301_000);
    wait(script, 1000);
    expect(grantsSince(script, before).map(grantA)).toEqual([0, 0]);
    const { commands = [] } = script.state.evses.get(evseId('S1:1'))?.ledger ?? {};
    const unknown = commands.filter((it) => it.state === 'unknown');
    expect(unknown.map((it) => it.grantA)).toEqual([0]);
  });
});
