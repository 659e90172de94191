/** What others limit a station to bounds our goals and is the reason shown (K12, K13). */
import { describe, expect, test } from 'vitest';
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { Decision } from '../../src/control/state.js';
import type {
  CommandOutcome,
  ExternalLimitStep,
  HeldProfile,
  OcppVersion,
  StationEvent,
} from '../../src/ocpp/messages.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

interface Scene {
  readonly script: Script;
  readonly s1: ReturnType<typeof voiceOf>;
  notified(steps: readonly ExternalLimitStep[], place?: Place): void;
  cleared(place?: Place): void;
  decision(evse?: string): Decision | undefined;
}

interface Place {
  readonly source?: string;
  readonly evseNumber?: number;
}

/** Both EVSEs of one station charge; 40 A feed them. */
function scene(version: OcppVersion = 'ocpp1.6'): Scene {
  const site = smallSite({ evsesPerStation: 2, limitA: 40 });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, { ...s1.connected(), version }, s1.booted());
  wait(script, 60_000);
  feed(script, s1.started('1'), s1.started('2', { evseNumber: 2 } as never));
  wait(script, 600_000);
  const tell = (event: Partial<StationEvent>, { source = 'EMS', evseNumber = 1 }: Place = {}) => {
    const told = { stationId: s1.id, receivedAtMs: script.nowMs, source, evseNumber };
    feed(script, { ...told, ...event } as StationEvent);
    wait(script, 600_000);
  };
  return {
    script,
    s1,
    notified: (steps, place) => tell({ type: 'limit.notified', steps }, place),
    cleared: (place) => tell({ type: 'limit.cleared' }, place),
    decision: (evse = 'S1:1') => script.state.evses.get(evseId(evse))?.decision,
  };
}

const from = (fromMs: number, limit?: number): ExternalLimitStep =>
  limit === undefined ? { fromMs, unit: 'A' } : { fromMs, unit: 'A', limit };

test('an EVSE is offered no more than others allow it, and the rest goes to its neighbour', () => {
  const it = scene();
  expect(it.decision()?.limitA).toBe(20);
  it.notified([from(it.script.nowMs, 10)]);
  expect(it.decision()).toMatchObject({
    limitA: 10,
    boundBy: { kind: 'external-limit', source: 'EMS', limitA: 10 },
  });
  expect(it.decision('S1:2')?.limitA).toBe(30);
  it.cleared();
  expect(it.decision()?.limitA).toBe(20);
});

test('watts are over all phases, and less than the minimum is none', () => {
  const it = scene();
  it.notified([{ fromMs: it.script.nowMs, unit: 'W', limit: 8280 }]);
  expect(it.decision()?.limitA).toBe(12);
  it.notified([from(it.script.nowMs, 5)]);
  expect(it.decision()).toMatchObject({ limitA: 0, boundBy: { kind: 'external-limit' } });
});

test('a limit on the station bounds each of its EVSEs; the lowest of all sources counts', () => {
  const it = scene();
  it.notified([from(it.script.nowMs, 16)], { evseNumber: 0 });
  it.notified([from(it.script.nowMs, 8)], { source: 'SO', evseNumber: 2 });
  expect([it.decision()?.limitA, it.decision('S1:2')?.limitA]).toEqual([16, 8]);
  it.cleared({ evseNumber: 0 });
  expect([it.decision()?.limitA, it.decision('S1:2')?.limitA]).toEqual([32, 8]);
  it.cleared({ source: 'SO', evseNumber: 0 });
  expect(it.decision('S1:2')?.limitA).toBe(20);
});

test('comes and goes at its own times, without another message', () => {
  const it = scene();
  const inMs = (sec: number): number => it.script.nowMs + sec * 1000;
  it.notified([from(inMs(3600), 10), from(inMs(7200))]);
  expect(it.decision()?.limitA).toBe(20);
  wait(it.script, 3600_000);
  expect(it.decision()?.limitA).toBe(10);
  wait(it.script, 3600_000);
  expect(it.decision()?.limitA).toBe(20);
});

test('is forgotten with a boot: the station tells again what still holds', () => {
  const it = scene();
  it.notified([from(it.script.nowMs, 10)]);
  feed(it.script, it.s1.booted());
  expect(it.script.state.stations.get(it.s1.id)?.externalLimits).toBeUndefined();
});

describe('K13 that was cleared while there was no link', () => {
  interface Back extends Scene {
    /** Its answers to what is asked of it on the new connection. */
    comesBack(asked?: CommandOutcome): void;
    reports(purposes: readonly HeldProfile['purpose'][], isLast?: boolean): void;
  }

  function limited(): Back {
    const it = scene('ocpp2.0.1');
    const { script, s1 } = it;
    it.notified([from(script.nowMs, 0)], { evseNumber: 0 });
    expect(it.decision()).toMatchObject({ limitA: 0, boundBy: { kind: 'external-limit' } });
    return {
      ...it,
      comesBack(asked) {
        feed(script, s1.disconnected(1));
        wait(script, 600_000);
        if (asked !== undefined) {
          script.reply = ({ purpose }) => (purpose === 'resync' ? asked : undefined);
        }
        feed(script, { ...s1.connected(2), version: 'ocpp2.0.1' });
        wait(script, 60_000);
      },
      reports(purposes, isLast = true) {
        const profiles = purposes.map((purpose, id) => ({ id, evseNumber: 0, purpose }));
        const told = { stationId: s1.id, receivedAtMs: script.nowMs, requestId: 7, isLast };
        feed(script, { ...told, type: 'profiles.reported', profiles } as StationEvent);
        wait(script, 600_000);
      },
    };
  }

  test('is gone once a report does not show it, and not before', () => {
    const it = limited();
    it.comesBack();
    it.reports([], false);
    expect(it.decision()?.limitA).toBe(0);
    it.reports([]);
    expect(it.decision()).toMatchObject({ limitA: 20, boundBy: { kind: 'circuit' } });
  });

  test('is kept where any part of the report shows it', () => {
    const it = limited();
    it.comesBack();
    it.reports(['external-constraints'], false);
    it.reports([]);
    expect(it.decision()).toMatchObject({ limitA: 0, boundBy: { kind: 'external-limit' } });
  });

  test('is kept where it is told anew', () => {
    const it = limited();
    it.comesBack();
    it.notified([from(it.script.nowMs, 0)], { evseNumber: 0 });
    it.reports([]);
    expect(it.decision()?.limitA).toBe(0);
  });

  test.each<CommandOutcome>([
    { status: 'accepted', matched: false },
    { status: 'not-supported', detail: 'no' },
    { status: 'rejected', detail: 'no' },
    { status: 'timeout' },
  ])('is gone where nobody says that it holds: %o', (asked) => {
    const it = limited();
    it.comesBack(asked);
    wait(it.script, 600_000);
    expect(it.decision()?.limitA).toBe(20);
  });

  test('is asked about again where the answer was lost with the link', () => {
    const it = limited();
    it.comesBack({ status: 'closed' });
    wait(it.script, 600_000);
    expect(it.decision()?.limitA).toBe(0);
  });

  test('is gone where the fallback is to be read back anew, as after a boot', () => {
    const it = limited();
    feed(it.script, it.s1.disconnected(1), { ...it.s1.unsettled() });
    feed(it.script, { ...it.s1.connected(2), version: 'ocpp2.0.1' });
    wait(it.script, 600_000);
    expect(it.script.state.stations.get(it.s1.id)?.externalLimits).toBeUndefined();
  });
});

test('sources are bounded', () => {
  const it = scene();
  for (let index = 0; index < 40; index += 1) {
    it.notified([from(it.script.nowMs, 20)], { source: `S${index}` });
  }
  expect(it.script.state.stations.get(it.s1.id)?.externalLimits).toHaveLength(16);
});
