import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import type { EvseLedger } from '../../ledger/types.js';
import type { CompositeSchedule } from '../../profiles/index.js';
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { Site } from '../../src/sites/site.js';
import { feed, idealOutcome, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const S1 = evseId('S1:1');

function ledgerOf(script: Script): EvseLedger | undefined {
  return script.state.evses.get(S1)?.ledger;
}

function worst(script: Script): number | undefined {
  const ledger = ledgerOf(script);
  return ledger && worstCaseAt(ledger, script.nowMs, script.state.site.settings);
}

function open(site: Site = smallSite()): { script: Script; s1: ReturnType<typeof voiceOf> } {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  return { script, s1: voiceOf('S1', script) };
}

describe('contact', () => {
  test('R0 counts the hardware maximum until the fallback was read back', () => {
    const { script, s1 } = open();
    const ledger = () => script.state.evses.get(S1)?.ledger;
    expect(ledger()?.fallbackIdleA).toBeUndefined();
    feed(script, s1.connected(), s1.booted());
    wait(script, 5_000);
    expect(ledger()?.fallbackIdleA).toBe(0);
    expect(script.state.stations.get(s1.id)?.stage).toBe('ready');
  });

  test('R0 counts the hardware maximum again after a boot', () => {
    const { script, s1 } = open();
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    expect(worst(script)).toBe(0);
    script.reply = () => ({ status: 'timeout' });
    feed(script, s1.booted());
    expect(worst(script)).toBe(32);
  });

  test('R0 waits for the vehicle to follow a fallback that was just installed', () => {
    const { script, s1 } = open();
    feed(script, s1.connected(), s1.booted());
    wait(script, 1000);
    expect(ledgerOf(script)?.fallbackIdleA).toBe(0);
    expect(worst(script)).toBe(32);
    wait(script, 12_000);
    expect(worst(script)).toBe(0);
  });

  test('holds the form with the fewest rungs that is taken, over boots of the same firmware', () => {
    const { script, s1 } = open();
    const tried: string[] = [];
    script.reply = ({ command }) => {
      if (command.kind === 'read-variables') {
        const ChargingScheduleAllowedChargingRateUnit = 'Current,Power';
        const variables = {
          ChargeProfileMaxStackLevel: '3',
          ChargingScheduleAllowedChargingRateUnit,
        };
        return { status: 'accepted', variables };
      }
      if (command.kind !== 'set-charging-profile') return undefined;
      const { stackLevel, unit } = command.profile;
      tried.push(`${stackLevel} ${unit}`);
      if (stackLevel === 0 && unit === 'W') return { status: 'accepted' };
      return { status: 'rejected', detail: 'no' };
    };
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    // The fewest changes first: level, unit, kind, purpose, and only then two of them.
    expect(tried).toEqual(['3 A', '0 A', '3 W', '3 A', '3 A', '0 W']);
    expect(script.state.stations.get(s1.id)?.stage).toBe('ready');
    feed(script, s1.booted());
    wait(script, 60_000);
    expect(tried.slice(6)).toEqual(['0 W']);
  });

  test('an error says nothing of units: it is tried again in the same form', () => {
    const { script, s1 } = open();
    const tried: string[] = [];
    script.reply = ({ command }) => {
      if (command.kind === 'read-variables') {
        const variables = { ChargingScheduleAllowedChargingRateUnit: 'Current,Power' };
        return { status: 'accepted', variables };
      }
      if (command.kind !== 'set-charging-profile') return undefined;
      tried.push(command.profile.unit);
      return { status: 'error', detail: 'InternalError' };
    };
    feed(script, s1.connected(), s1.booted());
    wait(script, 300_000);
    expect(tried.length).toBeGreaterThan(1);
    expect(new Set(tried)).toEqual(new Set(['A']));
  });

  test('R0 learns nothing from a composite schedule without periods', () => {
    const { script, s1 } = open();
    script.reply = ({ command }) => {
      if (command.kind !== 'get-composite-schedule') return undefined;
      const { durationSec } = command;
      const schedule = { evseNumber: 1, startAtMs: script.nowMs, durationSec, unit: 'A' as const };
      return { status: 'accepted', schedule: { ...schedule, periods: [] } };
    };
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    expect(ledgerOf(script)?.fallbackIdleA).toBeUndefined();
    expect(script.state.stations.get(s1.id)?.trouble).toContain('composite schedule');
  });

  test('R0 a vehicle where F0 cannot be read back is told its limit all the same', () => {
    const { script, s1 } = open();
    script.reply = ({ command }) =>
      command.kind === 'get-composite-schedule'
        ? { status: 'not-supported', detail: 'no' }
        : undefined;
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    feed(script, s1.started('1'));
    wait(script, 60_000);
    expect(worst(script)).toBe(32);
    const told = script.sent.flatMap(({ command }) =>
      command.kind === 'set-charging-profile' && command.profile.purpose === 'tx'
        ? [command.profile.periods[0]?.limit]
        : [],
    );
    // All that it may have is what counts already.
    expect(told.at(-1)).toBe(script.state.evses.get(S1)?.decision?.limitA);
    expect(told.at(-1)).toBeGreaterThanOrEqual(6);
  });

  test('R11 reads first, changes after, and never clears everything', () => {
    const { script, s1 } = open();
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    const kinds = script.sent.filter((it) => it.purpose === 'contact').map((it) => it.command.kind);
    expect(kinds).toEqual([
      'set-charging-profile',
      'get-composite-schedule',
      'clear-charging-profile',
      'clear-charging-profile',
      'get-composite-schedule',
    ]);
    for (const { command } of script.sent) {
      if (command.kind !== 'clear-charging-profile') continue;
      expect(command.criteria?.purpose ?? command.profileId).toBeDefined();
    }
  });

  test('R11 clears foreign defaults level by level, never our own', () => {
    const { script, s1 } = open();
    let foreign = true;
    script.reply = ({ command }) => {
      if (command.kind === 'clear-charging-profile' && command.criteria?.stackLevel === 3) {
        foreign = false;
      }
      if (command.kind !== 'get-composite-schedule' || !foreign) return undefined;
      const { durationSec } = command;
      const periods = [{ startSec: 0, limit: 32 }];
      const startAtMs = script.nowMs;
      const unit = 'A' as const;
      return {
        status: 'accepted',
        schedule: { evseNumber: 1, startAtMs, durationSec, unit, periods },
      };
    };
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    expect(ledgerOf(script)?.fallbackIdleA).toBe(0);
    const levels = script.sent.flatMap(({ command }) =>
      command.kind === 'clear-charging-profile' && command.criteria?.purpose === 'tx-default'
        ? [command.criteria.stackLevel]
        : [],
    );
    expect(levels).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('R11 clears no profile of a transaction that runs', () => {
    const { script, s1 } = open();
    feed(script, s1.connected(), s1.started('1'), s1.booted());
    wait(script, 60_000);
    const cleared = script.sent.flatMap(({ command }) =>
      command.kind === 'clear-charging-profile' ? [command.criteria?.purpose] : [],
    );
    // Defaults of others would lead once the profile of the transaction is forgotten.
    expect(new Set(cleared)).toEqual(new Set(['tx-default', 'station-max']));
    const levels = script.sent.flatMap(({ command }) =>
      command.kind === 'clear-charging-profile' ? [command.criteria?.stackLevel] : [],
    );
    const [station] = [...script.state.stations.values()];
    expect(levels.filter((it) => it === station?.stackLevel)).toEqual([]);
  });

  test('R0, R11 F0 stays at the level where it was read back while a transaction hides it', () => {
    const { script, s1 } = open();
    let isMute = true;
    script.reply = ({ command }) =>
      isMute && command.kind === 'read-variables' ? { status: 'timeout' } : undefined;
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    feed(script, s1.started('1'));
    wait(script, 60_000);
    // It declares 8 levels, and is asked again after a boot.
    isMute = false;
    const told = () =>
      script.sent.flatMap(({ command }): (readonly [string, number | undefined])[] => {
        if (command.kind === 'clear-charging-profile') {
          return [['clear', command.criteria?.stackLevel] as const];
        }
        if (command.kind !== 'set-charging-profile') return [];
        return [[command.profile.purpose, command.profile.stackLevel] as const];
      });
    script.sent.length = 0;
    feed(script, s1.booted());
    wait(script, 60_000);
    expect(ledgerOf(script)?.fallbackIdleA).toBe(0);
    expect(told().filter(([what]) => what === 'tx-default')).toEqual([['tx-default', 0]]);
    expect(told().some(([what, level]) => what === 'clear' && level === 0)).toBe(false);
    feed(script, s1.ended('1'));
    wait(script, 60_000);
    script.sent.length = 0;
    feed(script, s1.booted());
    wait(script, 60_000);
    expect(told().filter(([what]) => what === 'tx-default')).toEqual([['tx-default', 8]]);
  });

  test('backs off from a station that refuses, and says so', () => {
    const { script, s1 } = open();
    script.reply = ({ purpose }) =>
      purpose === 'contact' ? { status: 'rejected', detail: 'no room' } : undefined;
    feed(script, s1.connected(), s1.booted());
    wait(script, 3_600_000);
    const tries = script.sent.filter((it) => it.purpose === 'contact').map((it) => it.createdAtMs);
    // Each of its forms at once, and then one at a time.
    const atOnce = tries.filter((atMs) => atMs === START_MS).length;
    expect(atOnce).toBeGreaterThan(1);
    expect(tries.length).toBeGreaterThan(atOnce + 5);
    expect(tries.length).toBeLessThan(20);
    expect(new Set(tries.slice(atOnce)).size).toBe(tries.length - atOnce);
    expect(worst(script)).toBe(32);
    expect(script.state.stations.get(s1.id)?.trouble).toContain('no room');
  });

  test('asks again what nobody answered, and keeps what was achieved before', () => {
    const { script, s1 } = open();
    const asked: string[] = [];
    let calls = 0;
    // Every second call of contact is lost.
    script.reply = ({ purpose, command }) => {
      if (purpose !== 'contact') return undefined;
      asked.push(command.kind);
      calls += 1;
      return calls % 2 === 1 ? { status: 'timeout' } : undefined;
    };
    feed(script, s1.connected(), s1.booted());
    wait(script, 1000);
    expect(ledgerOf(script)?.fallbackIdleA).toBe(0);
    expect(asked.filter((kind) => kind === 'set-charging-profile')).toHaveLength(2);
    expect(asked).toHaveLength(10);
  });

  test('R9 sets the sampling interval again when nobody answered, for a while', () => {
    const sampling = (lostCalls: number): number => {
      const { script, s1 } = open();
      let lost = 0;
      script.reply = ({ purpose }) =>
        purpose === 'configure-sampling' && lost++ < lostCalls ? { status: 'timeout' } : undefined;
      feed(script, s1.connected(), s1.booted());
      wait(script, 60_000);
      return script.sent.filter(({ purpose }) => purpose === 'configure-sampling').length;
    };
    expect(sampling(0)).toBe(1);
    expect(sampling(2)).toBe(3);
    expect(sampling(Number.POSITIVE_INFINITY)).toBe(9);
  });

  test('backs off from a station that never answers, and earns it no credit', () => {
    const { script, s1 } = open();
    script.reply = ({ purpose }) => (purpose === 'contact' ? { status: 'timeout' } : undefined);
    feed(script, s1.connected(), s1.booted());
    wait(script, 3_600_000);
    const tries = script.sent.filter((it) => it.purpose === 'contact').length;
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(15);
    expect(worst(script)).toBe(32);
  });

  test('of one EVSE does not wait for the other of its station', () => {
    const { script, s1 } = open(smallSite({ evsesPerStation: 2 }));
    script.reply = ({ purpose, evseId: id }) =>
      purpose === 'contact' && id === 'S1:2' ? { status: 'rejected', detail: 'no' } : undefined;
    feed(script, s1.connected(), s1.booted(), s1.started('1'));
    wait(script, 60_000);
    expect(script.state.evses.get(S1)?.decision?.limitA).toBe(31);
  });
});

describe('a lease', () => {
  /** Charging; the composite schedules of the lease are answered as said. */
  function leased(change: (schedule: CompositeSchedule) => CompositeSchedule): Script {
    const { script, s1 } = open();
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    script.reply = (pending) => {
      if (pending.purpose !== 'lease-read-back') return undefined;
      const ideal = idealOutcome(script, pending);
      if (ideal.status !== 'accepted' || ideal.schedule === undefined) return undefined;
      return { ...ideal, schedule: change(ideal.schedule) };
    };
    feed(script, s1.started('1'));
    wait(script, 10_000);
    return script;
  }

  test('R6 earns credit once the station has shown its end', () => {
    expect(ledgerOf(leased((it) => it))?.leaseShown).toBe(true);
  });

  test('R6 asks again for a composite schedule that nobody answered, for a while', () => {
    const lossy = (answered: number): Script => {
      const { script, s1 } = open();
      let reads = 0;
      script.reply = ({ purpose }) => {
        if (purpose !== 'lease-read-back') return undefined;
        reads += 1;
        script.nowMs += 10_000;
        return reads < answered ? { status: 'timeout' } : undefined;
      };
      feed(script, s1.connected(), s1.booted());
      wait(script, 60_000);
      feed(script, s1.started('1'));
      return script;
    };
    expect(ledgerOf(lossy(3))?.leaseShown).toBe(true);
    const never = lossy(Number.POSITIVE_INFINITY);
    expect(ledgerOf(never)?.leaseShown).toBe(false);
    const reads = never.sent.filter(({ purpose }) => purpose === 'lease-read-back');
    expect(reads.length).toBeGreaterThan(3);
    expect(reads.length).toBeLessThan(16);
  });

  test('R6 asks again where the answer was on its way when our process died', () => {
    const { script, s1 } = open();
    feed(script, s1.connected(), s1.booted());
    wait(script, 60_000);
    script.reply = ({ purpose }) => (purpose === 'lease-read-back' ? 'silent' : undefined);
    feed(script, s1.started('1'));
    expect(ledgerOf(script)?.leaseShown).toBe(false);
    script.reply = () => undefined;
    feed(script, { type: 'engine.started', epoch: script.state.epoch + 1, links: 'kept' });
    expect(ledgerOf(script)?.leaseShown).toBe(true);
  });

  test('R1 hides what was shown in the place of F0: it counts until F0 is seen again', () => {
    const shownA = (exceedsFirst: boolean): number | undefined => {
      const { script, s1 } = open();
      feed(script, s1.connected(), s1.booted());
      wait(script, 60_000);
      feed(script, s1.started('1'));
      wait(script, 60_000);
      let isHigh = exceedsFirst;
      script.reply = ({ purpose, command }) => {
        if (purpose !== 'contact' || command.kind !== 'get-composite-schedule') return undefined;
        if (!isHigh) return undefined;
        isHigh = false;
        const { evseNumber, durationSec } = command;
        const periods = [{ startSec: 0, limit: 40 }];
        const schedule = { evseNumber, startAtMs: script.nowMs, durationSec, unit: 'A' } as const;
        return { status: 'accepted', schedule: { ...schedule, periods } };
      };
      feed(script, s1.booted());
      wait(script, 60_000);
      expect(ledgerOf(script)?.commands.length).toBeGreaterThan(0);
      expect(script.state.evses.get(S1)?.contact.step).toBe('done');
      return ledgerOf(script)?.fallbackIdleA;
    };
    expect(shownA(false)).toBe(0);
    expect(shownA(true)).toBeUndefined();
  });

  test('R6 earns none where the clock is off by more than the budget', () => {
    for (const offSec of [-600, -25, 25, 600]) {
      const script = leased((it) => ({
        ...it,
        startAtMs: it.startAtMs + offSec * 1000,
        periods: it.periods.map((period, index) =>
          index === 0 ? period : { ...period, startSec: period.startSec - offSec },
        ),
      }));
      expect(ledgerOf(script)?.leaseShown, `${offSec} s`).toBe(false);
    }
  });

  test('R6 earns none from a schedule that never showed the grant', () => {
    const low = leased((it) => ({ ...it, periods: [{ startSec: 0, limit: 0 }] }));
    expect(ledgerOf(low)?.leaseShown).toBe(false);
    const empty = leased((it) => ({ ...it, periods: [] }));
    expect(ledgerOf(empty)?.leaseShown).toBe(false);
  });

  test('R6 earns none where the grant goes on after its end', () => {
    const endless = leased((it) => ({ ...it, periods: it.periods.slice(0, 1) }));
    expect(ledgerOf(endless)?.leaseShown).toBe(false);
  });
});
