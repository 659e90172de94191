/** R3, R10: what nobody answered in first contact may be applied behind F0, where F0 is told in another form. */
import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import { amps, evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { PendingCommand } from '../../src/control/state.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const S1 = evseId('S1:1');
const FLIGHT_MS = 300_000;
/** Until another form has been tried. */
const FIRST_CONTACT_MS = 180_000;

type Read = Extract<PendingCommand['command'], { kind: 'get-composite-schedule' }>;

/** Whatever it was told, its composite stays at the hardware maximum. */
function unlimited({ nowMs }: Script, { evseNumber, durationSec }: Read): CommandOutcome {
  const periods = [{ startSec: 0, limit: 32 }];
  const schedule = { evseNumber, startAtMs: nowMs, durationSec, unit: 'A', periods } as const;
  return { status: 'accepted', schedule };
}

/** Its profiles above level 0 are of no effect: its composite stays at the hardware maximum. */
function levelIgnored(script: Script, isLost: (pending: PendingCommand) => boolean): void {
  let isHeld = false;
  script.reply = (pending): CommandOutcome | undefined => {
    const { command } = pending;
    if (isLost(pending)) return { status: 'timeout' };
    if (command.kind === 'set-charging-profile') {
      isHeld ||= command.profile.purpose === 'tx-default' && command.profile.stackLevel === 0;
    }
    if (command.kind !== 'get-composite-schedule' || isHeld) return undefined;
    return unlimited(script, command);
  };
}

function found(isLost: (pending: PendingCommand) => boolean): Script {
  const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
  levelIgnored(script, isLost);
  const voice = voiceOf('S1', script);
  feed(script, voice.connected(), voice.booted());
  wait(script, FIRST_CONTACT_MS);
  return script;
}

const isClearOfLevel0 = ({ command }: PendingCommand): boolean =>
  command.kind === 'clear-charging-profile' && command.criteria?.stackLevel === 0;

function worstA({ state, nowMs }: Script): number | undefined {
  const ledger = state.evses.get(S1)?.ledger;
  return ledger === undefined ? undefined : worstCaseAt(ledger, nowMs, state.site.settings);
}

describe('F0 at the level of a clear', () => {
  test('earns credit at once where the clear was answered', () => {
    const script = found(() => false);
    expect(script.state.stations.get('S1' as never)?.stackLevel).toBe(0);
    expect(worstA(script)).toBe(0);
  });

  test('earns it after the flight of one that nobody answered, and is told anew then', () => {
    let lost = 0;
    const script = found((it) => isClearOfLevel0(it) && lost++ === 0);
    expect(lost).toBeGreaterThan(0);
    expect(worstA(script)).toBe(32);
    const told = script.sent.length;
    wait(script, FLIGHT_MS);
    expect(script.sent.slice(told).map(({ purpose }) => purpose)).toContain('contact');
    expect(worstA(script)).toBe(0);
  });

  test('earns none either where a clear was on its way when contact began anew', () => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    let isSilent = true;
    levelIgnored(script, () => false);
    const { reply } = script;
    script.reply = (it) => (isSilent && isClearOfLevel0(it) ? 'silent' : reply(it));
    const voice = voiceOf('S1', script);
    feed(script, voice.connected(), voice.booted());
    isSilent = false;
    feed(script, voice.booted());
    wait(script, FIRST_CONTACT_MS);
    expect(script.state.stations.get('S1' as never)?.stackLevel).toBe(0);
    expect(worstA(script)).toBe(32);
  });

  test('earns none while F0 of the form before, which is of no effect, may be applied over it', () => {
    let lost = 0;
    const script = found(
      ({ command }) =>
        command.kind === 'set-charging-profile' && command.profile.stackLevel > 0 && lost++ === 0,
    );
    expect(script.state.stations.get('S1' as never)?.stackLevel).toBe(0);
    expect(worstA(script)).toBe(32);
    wait(script, FLIGHT_MS);
    expect(worstA(script)).toBe(0);
  });
});

describe('F0 that nobody answered', () => {
  const isFallback = ({ command }: PendingCommand): boolean =>
    command.kind === 'set-charging-profile' && command.profile.purpose === 'tx-default';

  test('at a lower level, from before it said which it has, earns no credit over defaults of others', () => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const voice = voiceOf('S1', script);
    script.reply = () => ({ status: 'timeout' });
    feed(script, voice.connected(), voice.booted());
    wait(script, 30_000);
    expect(script.sent.findLast(isFallback)?.command).toMatchObject({ profile: { stackLevel: 0 } });
    script.reply = () => undefined;
    feed(script, voice.booted());
    wait(script, 30_000);
    expect(script.sent.findLast(isFallback)?.command).toMatchObject({ profile: { stackLevel: 8 } });
    expect(worstA(script)).toBe(32);
    wait(script, FLIGHT_MS);
    expect(worstA(script)).toBe(0);
  });

  test('at the same level earns it at once', () => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const voice = voiceOf('S1', script);
    let lost = 0;
    script.reply = (it) => (isFallback(it) && lost++ === 0 ? { status: 'timeout' } : undefined);
    feed(script, voice.connected(), voice.booted());
    wait(script, 30_000);
    expect(lost).toBe(2);
    expect(worstA(script)).toBe(0);
  });

  test.each([
    ['a higher one than now', 10, 6, 'timeout'],
    ['a higher one than now, and was given up', 10, 6, 'silent'],
    ['a lower one than now', 6, 10, 'timeout'],
    ['a lower one than now, and was given up', 6, 10, 'silent'],
  ] as const)('is %s', (_name, firstA, thenA, how) => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const voice = voiceOf('S1', script);
    feed(script, voice.connected(), voice.booted());
    wait(script, 30_000);
    const lost = how === 'silent' ? how : ({ status: 'timeout' } as const);
    script.reply = (it) => (isFallback(it) ? lost : undefined);
    edit(script, firstA);
    script.reply = () => undefined;
    edit(script, thenA);
    wait(script, 60_000);
    const isHigher = firstA > thenA;
    expect(worstA(script)).toBe(isHigher ? 32 : thenA);
    // A row that was given up leaves as late as it expires.
    wait(script, 2 * FLIGHT_MS);
    expect(worstA(script)).toBe(thenA);
  });

  function edit(script: Script, fallbackIdleA: number): void {
    const { site } = script.state;
    const settings = { ...site.settings, fallbackIdleA: amps(fallbackIdleA) };
    const edited = { ...site, settings, version: site.version + 1 };
    feed(script, { type: 'site.edited', site: edited, actor: 'ada', deEnergised: [] });
  }
});

test('a station whose composite stays above F0 in every form is told a few profiles an hour', () => {
  const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
  script.reply = ({ command }): CommandOutcome | undefined => {
    if (command.kind !== 'get-composite-schedule') return undefined;
    return unlimited(script, command);
  };
  const voice = voiceOf('S1', script);
  feed(script, voice.connected(), voice.booted());
  const profiles = () =>
    script.sent.filter(({ command }) => command.kind === 'set-charging-profile');
  wait(script, 600_000);
  const first = profiles().length;
  expect(first).toBeLessThan(20);
  wait(script, 3_600_000);
  expect(profiles().length - first).toBeLessThanOrEqual(8);
  expect(worstA(script)).toBe(32);
});
