/** R6: steps within a lease count once the station's own composite has shown one. */
import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import type { ChargingProfile } from '../../profiles/index.js';
import { amps, evseId, signalId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState, PendingCommand } from '../../src/control/state.js';
import type { Signal } from '../../src/signals/signal.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import type { SiteEvse } from '../../src/sites/site.js';
import { feed, idealOutcome, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const S1 = evseId('S1:1');
const MINUTE_MS = 60_000;
const V_MAX = 230 * 1.1;

type Reply = (script: Script, pending: PendingCommand) => CommandOutcome | undefined;

function charging(reply?: Reply, change: Partial<SiteEvse> = {}): Script {
  const small = smallSite({
    limitA: 63,
    settings: { leaseSec: 900, fallbackSessionA: 0 as never },
  });
  const site = { ...small, evses: small.evses.map((it) => ({ ...it, ...change })) };
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  if (reply !== undefined) script.reply = (pending) => reply(script, pending);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.started('1'));
  return script;
}

/** Three equal phases, in A, from so many seconds from now on. */
function order(script: Script, ...drops: readonly (readonly [number, number])[]): void {
  const series = drops.map(([afterSec, currentA]) => ({
    atMs: script.nowMs + afterSec * 1000,
    value: 3 * currentA * V_MAX,
  }));
  const signal: Signal = {
    id: signalId('grid/import-limit'),
    siteId: script.state.site.id,
    tenantId: 'main',
    type: 'import-limit',
    scope: 'total-import',
    issuer: 'grid',
    sequence: 1,
    series,
    endsAtMs: script.nowMs + 3_600_000,
    receivedAtMs: script.nowMs,
  };
  feed(script, { type: 'signal.received', signal });
}

function told({ sent }: Script): ChargingProfile[] {
  return sent.flatMap(({ purpose, command }) =>
    purpose === 'grant' && command.kind === 'set-charging-profile' ? [command.profile] : [],
  );
}

/** Periods of the newest grant, s from now. */
function newest(script: Script): string | undefined {
  const profile = told(script).at(-1);
  const ahead = ((profile?.startAtMs ?? 0) - script.nowMs) / 1000;
  return profile?.periods
    .map((it) => `${Math.max(0, it.startSec + ahead)}: ${it.limit}`)
    .join(', ');
}

function evse({ state }: Script): EvseState {
  const found = state.evses.get(S1);
  if (found === undefined) throw new Error('the EVSE is there');
  return found;
}

const readBacks = ({ sent }: Script): number =>
  sent.filter((it) => it.purpose === 'lease-read-back').length;

type Accepted = Extract<CommandOutcome, { status: 'accepted' }>;

function shownBy(script: Script, pending: PendingCommand): Accepted | undefined {
  const outcome = idealOutcome(script, pending);
  return outcome.status === 'accepted' ? outcome : undefined;
}

/** Its composite has the first and the last period only. */
const skipsPeriods: Reply = (script, pending) => {
  const outcome = shownBy(script, pending);
  if (pending.purpose !== 'lease-read-back' || outcome?.schedule === undefined) return undefined;
  const { periods } = outcome.schedule;
  const ends = periods.filter((_, index) => index === 0 || index === periods.length - 1);
  return { ...outcome, schedule: { ...outcome.schedule, periods: ends } };
};

const threePeriods =
  (max: string): Reply =>
  (script, pending) => {
    const outcome = shownBy(script, pending);
    if (pending.command.kind !== 'read-variables' || outcome === undefined) return undefined;
    return { ...outcome, variables: { ...outcome.variables, ChargingScheduleMaxPeriods: max } };
  };

describe('a drop that is known ahead', () => {
  test('is a period of the lease, 22 s early', () => {
    const script = charging();
    expect(newest(script)).toBe('0: 32, 840: 31, 900: 0');
    expect(evse(script).ledger.steps).toBe('shown');
    order(script, [400, 20], [700, 10]);
    expect(newest(script)).toBe('0: 32, 378: 20, 678: 10, 900: 0');
  });
  test('is the end of the lease where a station has few periods', () => {
    const script = charging(threePeriods('2'));
    expect(newest(script)).toBe('0: 32, 900: 0');
    order(script, [400, 20], [700, 10]);
    expect(newest(script)).toBe('0: 32, 378: 0');
  });
  test('is one step, and the next one its end, where it has three', () => {
    const script = charging(threePeriods('3'));
    order(script, [400, 20], [700, 10]);
    expect(newest(script)).toBe('0: 32, 378: 20, 678: 0');
  });
  test('is the end of the lease where its composite leaves steps out', () => {
    const script = charging(skipsPeriods);
    expect(evse(script).ledger).toMatchObject({ leaseShown: true, steps: 'ignored' });
    order(script, [400, 20], [700, 10]);
    expect(newest(script)).toBe('0: 32, 378: 0');
  });
  test('needs no call when it comes: the station is down by itself, and its limit with it', () => {
    const script = charging();
    order(script, [400, 20]);
    const before = told(script).length;
    feed(script, voiceOf('S1', script).disconnected());
    wait(script, 377_000);
    expect(evse(script).decision?.limitA).toBe(32);
    wait(script, 23_000);
    expect(evse(script).decision?.limitA).toBe(20);
    const { settings } = script.state.site;
    expect(worstCaseAt(evse(script).ledger, script.nowMs, settings)).toBe(20);
    expect(told(script)).toHaveLength(before);
  });
});

describe('the read-back of steps', () => {
  test('is asked for once, with the first lease', () => {
    const script = charging();
    expect(readBacks(script)).toBe(1);
    wait(script, 20 * MINUTE_MS);
    // The second shows that a renewal takes the place of the lease before it.
    expect(readBacks(script)).toBe(2);
    wait(script, 20 * MINUTE_MS);
    expect(readBacks(script)).toBe(2);
    expect(newest(script)).not.toContain('31');
  });
  test('is asked for again after a boot', () => {
    const script = charging();
    const s1 = voiceOf('S1', script);
    feed(script, s1.booted());
    expect(evse(script).ledger.steps).toBe('unread');
    wait(script, 20 * MINUTE_MS);
    expect(evse(script).ledger.steps).toBe('shown');
    expect(readBacks(script)).toBe(3);
  });
  test.each<[string, readonly [number, number][]]>([
    [
      'the whole of it is lower',
      [
        [0, 31],
        [900, 0],
      ],
    ],
    [
      'the step comes after its end',
      [
        [0, 32],
        [895, 31],
        [900, 0],
      ],
    ],
  ])('does not count where %s', (_, shown) => {
    const script = charging((it, pending) => {
      if (pending.purpose !== 'lease-read-back') return undefined;
      const outcome = shownBy(it, pending);
      if (outcome?.schedule === undefined) return undefined;
      const periods = shown.map(([startSec, limit]) => ({ startSec, limit }));
      return { ...outcome, schedule: { ...outcome.schedule, periods } };
    });
    expect(evse(script).ledger.steps).toBe('ignored');
  });
  test('proves nothing of a step that is written as what is before it', () => {
    const pilots = { kind: 'continuous', minA: amps(6), stepA: amps(0.1) } as const;
    const script = charging(undefined, { currentMaxA: amps(31.9), pilots });
    expect(evse(script).ledger.commands.at(-1)?.steps).toMatchObject([{ currentA: 31.8 }]);
    expect(newest(script)).toBe('0: 31, 900: 0');
    expect(evse(script).ledger).toMatchObject({ leaseShown: true, steps: undefined });
  });
  test('takes back what was shown only where it shows the lease that was told last', () => {
    let periods: { startSec: number; limit: number }[] | undefined;
    const script = charging((it, pending) => {
      const outcome = pending.purpose === 'lease-read-back' ? shownBy(it, pending) : undefined;
      if (outcome?.schedule === undefined || periods === undefined) return undefined;
      return { ...outcome, schedule: { ...outcome.schedule, periods } };
    });
    expect(evse(script).ledger.steps).toBe('shown');
    const boundaryAtMs = evse(script).ledger.commands.at(-1)?.boundaryAtMs ?? 0;
    periods = [
      { startSec: 0, limit: 20 },
      { startSec: (boundaryAtMs - script.nowMs) / 1000, limit: 0 },
    ];
    feed(script, voiceOf('S1', script).connected(2));
    wait(script, 20 * MINUTE_MS);
    expect(evse(script).ledger.steps).toBe('shown');
  });
  test('proves nothing where it shows an older lease, which falls before the step', () => {
    const script = charging((it, pending) => {
      if (pending.purpose !== 'lease-read-back') return undefined;
      const outcome = shownBy(it, pending);
      if (outcome?.schedule === undefined) return undefined;
      const periods = [
        { startSec: 0, limit: 36 },
        { startSec: 840, limit: 0 },
      ];
      return { ...outcome, schedule: { ...outcome.schedule, periods } };
    });
    expect(evse(script).ledger.steps).toBeUndefined();
  });
});
