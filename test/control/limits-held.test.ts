/** Limits are not decided on again where nothing that they read has changed. */
import { describe, expect, test } from 'vitest';
import { initialState } from '../../src/control/initial-state.js';
import { limitsOf } from '../../src/control/settled.js';
import type { SiteState } from '../../src/control/state.js';
import { step } from '../../src/control/step.js';
import { answer, feed, idealOutcome, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;

function open(): Script {
  return openScript(initialState(smallSite({ stations: 3, limitA: 40 }), 1, START_MS), START_MS);
}

/** Every step takes a state of which nothing is known, as one that was read from rows. */
function openForgetful(): Script {
  const script = open();
  let kept: SiteState = script.state;
  return Object.defineProperty(script, 'state', {
    get: () => ({ ...kept }),
    set: (state: SiteState) => {
      kept = state;
    },
  });
}

/** Vehicles come and go while other stations make their first contact, of which calls get lost. */
function live(script: Script): void {
  const [s1, s2, s3] = ['S1', 'S2', 'S3'].map((name) => voiceOf(name, script));
  if (s1 === undefined || s2 === undefined || s3 === undefined) throw new Error('three stations');
  let calls = 0;
  script.reply = () => ((calls += 1) % 5 === 0 ? { status: 'timeout' } : undefined);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.started('t1'));
  wait(script, MINUTE_MS);
  feed(script, s2.connected(), s2.booted());
  feed(script, s3.connected(), s3.booted());
  wait(script, 2 * MINUTE_MS);
  feed(script, s2.started('t2'));
  feed(script, s3.rebooting(), s3.disconnected());
  wait(script, 20 * MINUTE_MS);
  feed(script, s3.connected(2), s3.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.ended('t1'));
  wait(script, 20 * MINUTE_MS);
}

describe('limits that hold', () => {
  test('are told as by a site that remembers nothing', () => {
    const [remembering, forgetful] = [open(), openForgetful()];
    live(remembering);
    live(forgetful);
    expect(remembering.sent.length).toBeGreaterThan(40);
    expect(remembering.sent).toEqual(forgetful.sent);
  });

  test('are not decided on when a call of first contact is answered', () => {
    const script = open();
    const [s1, s2] = [voiceOf('S1', script), voiceOf('S2', script)];
    feed(script, s1.connected(), s1.booted());
    wait(script, MINUTE_MS);
    feed(script, s1.started('t1'));
    wait(script, MINUTE_MS);
    script.reply = ({ stationId }) => (stationId === s2.id ? 'silent' : undefined);
    feed(script, s2.connected(), s2.booted());
    const answered = (): string => {
      const pending = [...script.state.pending.values()].at(-1);
      if (pending === undefined) return 'none';
      const event = answer(script, pending, idealOutcome(script, pending));
      script.nowMs += 100;
      const item = { seq: ++script.seq, event };
      const { state, effects } = step(script.state, [item], script.nowMs);
      script.state = state;
      script.sent.push(...effects.flatMap((it) => (it.type === 'command' ? [it.command] : [])));
      return pending.command.kind;
    };
    // Its variables say what it can be told, and the last schedule is the credit of its fallback.
    const held = Array.from({ length: 7 }, () => {
      const before = limitsOf(script.state);
      const purpose = answered();
      return before !== undefined && limitsOf(script.state) === before
        ? `${purpose} held`
        : purpose;
    });
    expect(held).toEqual([
      'read-variables',
      'set-charging-profile held',
      'get-composite-schedule held',
      'clear-charging-profile held',
      'clear-charging-profile held',
      'get-composite-schedule',
      'configure-sampling',
    ]);
  });
});
