/** First contact spares what a station keeps its profiles in, and delays no cut. */
import { describe, expect, test } from 'vitest';
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { type Voice, voiceOf } from './station-events.js';

const S1 = evseId('S1:1');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface World {
  readonly script: Script;
  readonly s1: Voice;
}

function open(limitA = 63): World {
  const script = openScript(initialState(smallSite({ limitA }), 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  return { script, s1 };
}

/** It boots so often, a minute after the other. */
function reboots({ script, s1 }: World, times: number): void {
  for (let boot = 0; boot < times; boot += 1) {
    feed(script, s1.booted());
    wait(script, MINUTE_MS);
  }
}

const contactCalls = ({ script }: World, kind: string): readonly number[] =>
  script.sent
    .filter((it) => it.purpose === 'contact' && it.command.kind === kind)
    .map((it) => it.createdAtMs);

const credit = ({ script }: World): number | undefined =>
  script.state.evses.get(S1)?.ledger.fallbackIdleA;

describe('a station that boots every minute', () => {
  test('is told F0 24 times in an hour and then every five minutes, and cleared as seldom', () => {
    const world = open();
    reboots(world, 180);
    for (const [kind, atOnce] of [
      ['set-charging-profile', 24],
      ['clear-charging-profile', 48],
    ] as const) {
      const calls = contactCalls(world, kind);
      expect(calls.length).toBeGreaterThan(atOnce);
      expect(calls.slice(0, atOnce).at(-1)).toBeLessThan(START_MS + 30 * MINUTE_MS);
      calls.forEach((atMs, index) => {
        const within = calls.slice(0, index).filter((it) => it > atMs - HOUR_MS);
        if (within.length < atOnce) return;
        expect(atMs - (within.at(-1) ?? 0)).toBeGreaterThanOrEqual(5 * MINUTE_MS);
      });
    }
  });

  test('is reserved at its maximum while it waits, and earns credit once it stays up', () => {
    const world = open();
    reboots(world, 40);
    expect(credit(world)).toBeUndefined();
    expect(world.script.state.stations.get(world.s1.id)?.trouble).toContain('spared');
    wait(world.script, 20 * MINUTE_MS);
    expect(credit(world)).toBe(0);
    expect(world.script.state.stations.get(world.s1.id)?.trouble).toBeUndefined();
  });

  test('is cut at once all the same', () => {
    const world = open();
    const { script, s1 } = world;
    feed(script, s1.started('1'));
    reboots(world, 40);
    expect(credit(world)).toBeUndefined();
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(32);
    const { site } = script.state;
    const { circuits } = smallSite({ limitA: 20 });
    const edited = { ...site, version: site.version + 1, circuits };
    const before = script.sent.length;
    feed(script, { type: 'site.edited', site: edited, actor: 'owner' });
    wait(script, 1000);
    const cuts = script.sent.slice(before).filter((it) => it.purpose === 'grant');
    expect(cuts.map((it) => it.priority)).toEqual(['cut']);
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(20);
  });

  test('is told F0 each minute where its maximum is more than the rating carries', () => {
    const world = open(20);
    reboots(world, 60);
    const calls = contactCalls(world, 'set-charging-profile').slice(24);
    expect(calls.length).toBeGreaterThan(30);
    calls.forEach((atMs, index) => {
      if (index > 0) expect(atMs - (calls[index - 1] ?? 0)).toBeGreaterThanOrEqual(MINUTE_MS);
    });
  });
});
