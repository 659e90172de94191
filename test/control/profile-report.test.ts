/** What a 2.x station says that it holds: found by report, cleared by id (R11). */
import { describe, expect, test } from 'vitest';
import { profileIdOf } from '../../profiles/index.js';
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { HeldProfile, StationEvent } from '../../src/ocpp/messages.js';
import { requestNumber } from '../../src/ocpp/request-number.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const S1 = evseId('S1:1');
const FALLBACK: HeldProfile = {
  id: profileIdOf('tx-default', 1, undefined),
  evseNumber: 1,
  purpose: 'tx-default',
};
const LEASE: HeldProfile = { id: profileIdOf('tx', 1, undefined), evseNumber: 1, purpose: 'tx' };
const PRIORITY: HeldProfile = { id: 77, evseNumber: 0, purpose: 'priority-charging' };
const GENERATION: HeldProfile = { id: 78, evseNumber: 1, purpose: 'local-generation' };
const CONSTRAINT: HeldProfile = { id: -5, evseNumber: 0, purpose: 'external-constraints' };

interface Scene {
  readonly script: Script;
  readonly s1: ReturnType<typeof voiceOf>;
  /** The station's report to the last request for one. */
  reports(profiles: readonly HeldProfile[], isLast?: boolean): void;
}

/** Up to the first request for a report. */
function scene(): Scene {
  const site = smallSite();
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  const reports = (profiles: readonly HeldProfile[], isLast = true): void => {
    const asked = script.sent.findLast(({ command }) => command.kind === 'get-charging-profiles');
    const event: StationEvent = {
      type: 'profiles.reported',
      stationId: s1.id,
      receivedAtMs: script.nowMs,
      requestId: requestNumber(asked?.seq ?? 0),
      profiles,
      isLast,
    };
    feed(script, event);
    wait(script, 100);
  };
  feed(script, { ...s1.connected(), version: 'ocpp2.0.1' }, s1.booted());
  wait(script, 100);
  return { script, s1, reports };
}

const credit = ({ script }: Scene): number | undefined =>
  script.state.evses.get(S1)?.ledger.fallbackIdleA;

const clears = ({ script }: Scene): readonly (number | string | undefined)[] =>
  script.sent.flatMap(({ command }) =>
    command.kind === 'clear-charging-profile'
      ? [command.profileId ?? command.criteria?.purpose]
      : [],
  );

const kinds = ({ script }: Scene): readonly string[] =>
  script.sent.filter((it) => it.purpose === 'contact').map((it) => it.command.kind);

describe('the report of a 2.x station', () => {
  test('R11 that shows only what is ours ends in the read-back, and nothing is cleared', () => {
    const it = scene();
    expect(credit(it)).toBeUndefined();
    it.reports([FALLBACK]);
    expect(credit(it)).toBe(0);
    expect(clears(it)).toEqual([]);
    expect(kinds(it)).toEqual([
      'set-charging-profile',
      'get-composite-schedule',
      'get-charging-profiles',
      'get-composite-schedule',
    ]);
  });

  test('R11 names what others left: cleared by id, and credit waits until it is gone', () => {
    const it = scene();
    it.reports([PRIORITY], false);
    expect(clears(it)).toEqual([]);
    it.reports([FALLBACK, GENERATION, { id: 9, evseNumber: 1, purpose: 'tx-default' }]);
    expect(clears(it)).toEqual([77, 78, 9]);
    expect(credit(it)).toBeUndefined();
    it.reports([FALLBACK]);
    expect(credit(it)).toBe(0);
  });

  test.each([PRIORITY, GENERATION, { id: 12, evseNumber: 0 }])(
    'R11 what stays keeps the EVSE at its maximum: %o',
    (foreign) => {
      const it = scene();
      it.reports([FALLBACK, foreign]);
      it.reports([FALLBACK, foreign]);
      expect(clears(it)).toEqual([foreign.id]);
      expect(credit(it)).toBeUndefined();
      expect(it.script.state.stations.get(it.s1.id)?.trouble).toContain(`profile ${foreign.id} `);
      expect(it.script.state.evses.get(S1)?.contact.step).toBe('done');
      wait(it.script, 3_600_000);
      expect(credit(it)).toBeUndefined();
    },
  );

  test('K10.FR.06 external constraints are left alone: they only lower', () => {
    const it = scene();
    it.reports([CONSTRAINT, FALLBACK]);
    expect(clears(it)).toEqual([]);
    expect(credit(it)).toBe(0);
  });

  test('a TxProfile of ours is cleared where no transaction runs, and kept where its runs', () => {
    const idle = scene();
    idle.reports([FALLBACK, LEASE]);
    expect(clears(idle)).toEqual([LEASE.id]);
    const busy = scene();
    feed(busy.script, busy.s1.started('1'));
    busy.reports([FALLBACK, LEASE]);
    expect(clears(busy)).toEqual([]);
  });

  test('many foreign profiles go sixteen at a time', () => {
    const it = scene();
    const many = Array.from(
      { length: 20 },
      (_, index): HeldProfile => ({ id: 100 + index, evseNumber: 1, purpose: 'tx-default' }),
    );
    it.reports([FALLBACK, ...many]);
    expect(clears(it)).toHaveLength(16);
    it.reports([FALLBACK, ...many.slice(16)]);
    expect(new Set(clears(it)).size).toBe(20);
    it.reports([FALLBACK]);
    expect(credit(it)).toBe(0);
  });

  test('what is noted of a report without end is bounded', () => {
    const it = scene();
    for (let part = 0; part < 20; part += 1) {
      const ids = Array.from({ length: 100 }, (_, index) => part * 100 + index + 5000);
      it.reports(
        ids.map((id): HeldProfile => ({ id, evseNumber: 1, purpose: 'tx-default' })),
        false,
      );
    }
    expect(it.script.state.evses.get(S1)?.contact.report?.foreign).toHaveLength(256);
  });

  test.each([
    ['that never comes', (): void => undefined],
    ['that never ends', (it: Scene) => it.reports([FALLBACK], false)],
    ['without what was just installed', (it: Scene) => it.reports([])],
  ])('%s is none: criteria clear what can be cleared unseen', (_, say) => {
    const it = scene();
    say(it);
    wait(it.script, 60_000);
    expect(clears(it)).toEqual(['station-max', 'tx']);
    expect(credit(it)).toBe(0);
  });

  test.each([
    ['that never ends', false],
    ['without what was just installed', true],
  ])('R11 %s shows what it shows: cleared by id, and what stays earns no credit', (_, isLast) => {
    const it = scene();
    const renamed: HeldProfile = { ...FALLBACK, id: 4711 };
    for (let round = 0; round < 2; round += 1) {
      it.reports([PRIORITY, renamed], isLast);
      wait(it.script, isLast ? 100 : 31_000);
    }
    expect(clears(it)).toEqual([PRIORITY.id]);
    expect(credit(it)).toBeUndefined();
    expect(it.script.state.stations.get(it.s1.id)?.trouble).toContain('profile 77 ');
  });

  test('that the station cannot give is none', () => {
    const site = smallSite();
    const script = openScript(initialState(site, 1, START_MS), START_MS);
    const s1 = voiceOf('S1', script);
    script.reply = ({ command }) =>
      command.kind === 'get-charging-profiles'
        ? { status: 'not-supported', detail: 'no' }
        : undefined;
    feed(script, { ...s1.connected(), version: 'ocpp2.0.1' }, s1.booted());
    wait(script, 1000);
    expect(script.state.evses.get(S1)?.ledger.fallbackIdleA).toBe(0);
  });

  describe('R0 without F0, while a lease hides F0 from a read-back,', () => {
    /** A boot in a transaction that has a lease, up to the report. */
    function rebooted(): Scene {
      const it = scene();
      it.reports([FALLBACK]);
      const { script, s1 } = it;
      wait(script, 60_000);
      feed(script, s1.started('7'));
      wait(script, 60_000);
      expect(credit(it)).toBe(0);
      feed(script, s1.disconnected(), { ...s1.connected(2), version: 'ocpp2.0.1' }, s1.booted());
      expect(credit(it)).toBeUndefined();
      expect(kinds(it).at(-1)).toBe('get-charging-profiles');
      return it;
    }
    const over = (it: Scene): void => {
      feed(it.script, it.s1.ended('7'));
      wait(it.script, 1000);
      it.reports([]);
      wait(it.script, 60_000);
    };

    test('gives no credit before a schedule without a lease shows F0', () => {
      const it = rebooted();
      it.reports([LEASE]);
      wait(it.script, 60_000);
      expect(it.script.state.evses.get(S1)?.contact.step).toBe('done');
      expect(credit(it)).toBeUndefined();
      expect(it.script.state.stations.get(it.s1.id)?.trouble).toContain('hides now');
      over(it);
      expect(credit(it)).toBe(0);
    });

    test('that it says in one word is the same', () => {
      const it = rebooted();
      const { script, s1 } = it;
      script.reply = ({ command }) =>
        command.kind === 'get-charging-profiles'
          ? { status: 'accepted', matched: false }
          : undefined;
      feed(script, s1.booted());
      wait(script, 60_000);
      expect(it.script.state.evses.get(S1)?.contact.step).toBe('done');
      expect(credit(it)).toBeUndefined();
    });

    test('is another thing than a report with it', () => {
      const it = rebooted();
      it.reports([LEASE, FALLBACK]);
      wait(it.script, 60_000);
      expect(credit(it)).toBe(0);
    });
  });

  test('after an absence shows what was set meanwhile: nothing that was read back counts', () => {
    const it = scene();
    it.reports([FALLBACK]);
    const { script, s1 } = it;
    feed(script, s1.disconnected(), { ...s1.connected(2), version: 'ocpp2.0.1' });
    wait(script, 15_000);
    expect(script.sent.filter(({ purpose }) => purpose === 'resync')).toHaveLength(1);
    expect(credit(it)).toBe(0);
    it.reports([FALLBACK, PRIORITY]);
    expect(credit(it)).toBeUndefined();
    it.reports([FALLBACK, PRIORITY]);
    expect(clears(it)).toEqual([77]);
    it.reports([FALLBACK]);
    expect(credit(it)).toBe(0);
  });

  describe('after an absence', () => {
    /** Away without a boot, and back; the station has been asked what it holds. */
    function back(during?: (it: Scene) => void): Scene {
      const it = scene();
      it.reports([FALLBACK]);
      wait(it.script, 60_000);
      during?.(it);
      away(it, 2);
      return it;
    }
    function away({ script, s1 }: Scene, generation: number): void {
      feed(script, s1.disconnected(generation - 1), {
        ...s1.connected(generation),
        version: 'ocpp2.0.1',
      });
      wait(script, 15_000);
    }
    const charging = (it: Scene): void => {
      feed(it.script, it.s1.started('7'));
      wait(it.script, 60_000);
    };
    const requests = ({ script }: Scene): readonly number[] =>
      script.sent.flatMap(({ command, seq }) =>
        command.kind === 'get-charging-profiles' ? [requestNumber(seq)] : [],
      );
    const reportsTo = (it: Scene, requestId: number, profiles: readonly HeldProfile[]): void => {
      const { script, s1 } = it;
      feed(script, {
        type: 'profiles.reported',
        stationId: s1.id,
        receivedAtMs: script.nowMs,
        requestId,
        profiles,
        isLast: true,
      });
    };

    test('nothing new changes nothing', () => {
      const it = back();
      it.reports([FALLBACK, CONSTRAINT]);
      expect(credit(it)).toBe(0);
      expect(it.script.state.stations.get(it.s1.id)?.stage).toBe('ready');
      expect(it.script.state.stations.get(it.s1.id)?.absenceReport).toBeUndefined();
    });

    test.each([
      ['an idle EVSE', undefined],
      ['an EVSE under a lease', charging],
    ])('R0 F0 of %s that is not there counts once it is told and read back anew', (_, during) => {
      const it = back(during);
      const told = kinds(it).length;
      expect(credit(it)).toBe(0);
      it.reports(during === undefined ? [CONSTRAINT] : [LEASE]);
      expect(credit(it)).toBeUndefined();
      expect(kinds(it).slice(told)).toEqual([
        'set-charging-profile',
        'get-composite-schedule',
        'get-charging-profiles',
      ]);
      it.reports(during === undefined ? [FALLBACK] : [FALLBACK, LEASE]);
      expect(credit(it)).toBe(0);
    });

    test('R0 a station that holds nothing at all says so in one word', () => {
      const it = back();
      it.script.reply = ({ purpose }) =>
        purpose === 'resync' ? { status: 'accepted', matched: false } : undefined;
      const told = kinds(it).length;
      away(it, 3);
      expect(kinds(it).slice(told)).toContain('set-charging-profile');
      expect(credit(it)).toBeUndefined();
    });

    test('F0 in any part of the report is there, and a report that never ends takes nothing', () => {
      const it = back(charging);
      it.reports([FALLBACK], false);
      it.reports([LEASE]);
      expect(credit(it)).toBe(0);
      away(it, 3);
      it.reports([LEASE], false);
      wait(it.script, 60_000);
      expect(credit(it)).toBe(0);
    });

    test('the end of what was asked for before it shows nothing', () => {
      const it = back(charging);
      const [earlier = 0] = requests(it).slice(-1);
      away(it, 3);
      reportsTo(it, earlier, [LEASE]);
      expect(credit(it)).toBe(0);
      it.reports([LEASE]);
      expect(credit(it)).toBeUndefined();
    });

    test('F0 that was told and read back behind the request keeps its credit', () => {
      const it = back(charging);
      const [asked = 0] = requests(it).slice(-1);
      feed(it.script, it.s1.booted());
      wait(it.script, 100);
      it.reports([FALLBACK, LEASE]);
      expect(credit(it)).toBe(0);
      reportsTo(it, asked, [LEASE]);
      expect(credit(it)).toBe(0);
    });

    test('R11 F0 as maximum of the station is F0 of its EVSE', () => {
      const maximum = { id: profileIdOf('station-max', 0, undefined), evseNumber: 0 };
      const F0: HeldProfile = { ...maximum, purpose: 'station-max' };
      const it = scene();
      const { script } = it;
      script.reply = ({ command }) =>
        command.kind === 'set-charging-profile' && command.profile.purpose === 'tx-default'
          ? { status: 'not-supported', detail: 'no default' }
          : undefined;
      feed(script, it.s1.booted());
      wait(script, 60_000);
      it.reports([F0]);
      wait(script, 60_000);
      expect(credit(it)).toBe(0);
      away(it, 2);
      it.reports([F0]);
      expect(credit(it)).toBe(0);
      away(it, 3);
      it.reports([FALLBACK]);
      expect(credit(it)).toBeUndefined();
    });
  });
});
