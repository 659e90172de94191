import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signalId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { PendingCommand, SiteEvent, SiteState } from '../../src/control/state.js';
import { step } from '../../src/control/step.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import { fromJson, toJson } from '../../src/store/json.js';
import { answer, feed, idealOutcome, openScript, type Script, wait } from './ideal-station.js';
import { GRID, smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const NAMES = ['S1', 'S2', 'S3'] as const;
const RUNS = 60;

/** One thing that happens, as numbers, so that it can be shrunk. */
interface Move {
  readonly kind: number;
  readonly station: number;
  readonly value: number;
  readonly waitSec: number;
}

const moves = fc.array(
  fc.record({
    kind: fc.nat({ max: 12 }),
    station: fc.nat({ max: 2 }),
    value: fc.nat({ max: 40 }),
    waitSec: fc.nat({ max: 400 }),
  }),
  { minLength: 1, maxLength: 30 },
);

function open(): Script {
  const site = smallSite({ stations: 3, limitA: 40, baseLoadMaxA: 5, untested: ['S3'] });
  return openScript(initialState(site, 1, START_MS), START_MS);
}

function eventOf(script: Script, { kind, station, value }: Move): SiteEvent {
  const { nowMs, state } = script;
  const voice = voiceOf(NAMES[station] ?? 'S1', script);
  const transactionId = `${voice.id}-${value % 3}`;
  const samples = [{ atMs: nowMs, currentA: [value, value, value] as const, energyWh: value * 50 }];
  switch (kind) {
    case 0:
      return voice.connected(nowMs - value);
    case 1:
      return voice.disconnected(state.stations.get(voice.id)?.generation);
    case 2:
      return voice.booted();
    case 3:
      return voice.status(
        (['available', 'preparing', 'suspended-ev'] as const)[value % 3] ?? 'faulted',
      );
    case 4:
    case 5:
      return voice.started(transactionId, { meterStartWh: value });
    case 6:
      return voice.ended(transactionId, { evseNumber: 1, meterStopWh: value * 60 });
    case 7:
      return voice.sampled(samples, { transactionId });
    case 8:
      return voice.updated(transactionId, { evseNumber: 1, samples });
    case 9: {
      const site = { ...state.site, version: state.site.version + (value % 2) };
      return {
        type: 'site.edited',
        site: { ...site, importLimitW: watts(value * 1000) },
        actor: 'p',
      };
    }
    case 10: {
      const series = [{ atMs: nowMs + value * 1000, value: value * 500 }];
      const common = { siteId: state.site.id, tenantId: 'main', issuer: 'dso', sequence: value };
      return {
        type: 'signal.received',
        signal: {
          ...common,
          id: signalId('s'),
          type: 'import-limit',
          scope: value % 2 === 0 ? 'managed-devices' : 'total-import',
          series,
          endsAtMs: nowMs + 600_000,
          receivedAtMs: nowMs,
        },
      };
    }
    case 11: {
      const currentA = [value % 9, value % 9, value % 9] as const;
      return { type: 'building.sampled', circuitId: GRID, reading: { atMs: nowMs, currentA } };
    }
    default:
      return {
        type: 'engine.started',
        epoch: state.epoch + 1,
        links: value % 2 ? 'kept' : 'closed',
      };
  }
}

const BAD: readonly CommandOutcome[] = [
  { status: 'timeout' },
  { status: 'closed' },
  { status: 'rejected', detail: 'no' },
  { status: 'not-sent', detail: 'offline' },
];

/** Every seventh call or so goes wrong, by its number alone. */
function badly({ seq }: PendingCommand): CommandOutcome | undefined {
  return seq % 7 === 3 ? BAD[seq % BAD.length] : undefined;
}

function play(all: readonly Move[], each: (script: Script) => void = () => undefined): Script {
  const script = open();
  script.reply = badly;
  for (const name of NAMES) {
    const voice = voiceOf(name, script);
    feed(script, voice.connected(START_MS), voice.booted());
  }
  wait(script, 120_000);
  for (const move of all) {
    feed(script, eventOf(script, move));
    each(script);
    wait(script, move.waitSec * 1000);
    each(script);
  }
  return script;
}

function plain(state: SiteState): unknown {
  return { ...state, ...mapsOf(state) };
}

function mapsOf({ stations, evses, sessions, signals, buildingLoad, pending }: SiteState) {
  const maps = { stations, evses, sessions, signals, buildingLoad, pending };
  return Object.fromEntries(
    Object.entries(maps).map(([name, map]) => [name, [...(map as ReadonlyMap<unknown, unknown>)]]),
  );
}

describe('any story of a site', () => {
  test('ends in the same state and effects when it is told again', () => {
    fc.assert(
      fc.property(moves, (all) => {
        const one = play(all);
        const other = play(all);
        expect(plain(other.state)).toEqual(plain(one.state));
        expect(other.effects).toEqual(one.effects);
      }),
      { seed: 11, numRuns: RUNS / 4 },
    );
  });

  test('leaves a state that storage gives back as it was', () => {
    fc.assert(
      fc.property(moves, (all) => {
        const state = plain(play(all).state);
        expect(fromJson(JSON.parse(toJson(state)))).toEqual(state);
      }),
      { seed: 12, numRuns: RUNS },
    );
  });

  test('asks to be woken in the future only, and not all the time', () => {
    fc.assert(
      fc.property(moves, (all) => {
        let steps = 0;
        const script = play(all, ({ nextWakeAtMs, nowMs, steps: soFar }) => {
          expect(nextWakeAtMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs);
          steps = soFar;
        });
        wait(script, 3_600_000);
        expect(script.steps - steps).toBeLessThan(400);
      }),
      { seed: 13, numRuns: RUNS },
    );
  });

  test('never lets a register of a session fall', () => {
    fc.assert(
      fc.property(moves, (all) => {
        const highest = new Map<string, number>();
        play(all, ({ state }) => {
          for (const { id, transactionId, meterLastWh } of state.sessions.values()) {
            if (transactionId === undefined || meterLastWh === undefined) continue;
            expect(meterLastWh).toBeGreaterThanOrEqual(highest.get(id) ?? 0);
            highest.set(id, meterLastWh);
          }
        });
      }),
      { seed: 14, numRuns: RUNS },
    );
  });

  test('keeps one running transaction per EVSE, and its session', () => {
    fc.assert(
      fc.property(moves, (all) => {
        play(all, ({ state }) => {
          for (const evse of state.evses.values()) {
            const session = evse.sessionId && state.sessions.get(evse.sessionId);
            if (evse.transactionId === undefined)
              expect(session && session.phase).not.toBe('active');
            else
              expect(session).toMatchObject({ phase: 'active', transactionId: evse.transactionId });
          }
        });
      }),
      { seed: 15, numRuns: RUNS },
    );
  });

  test('bears every answer twice and late', () => {
    fc.assert(
      fc.property(moves, (all) => {
        const script = play(all);
        const { state } = script;
        const late = script.sent.map((it) => ({
          seq: ++script.seq,
          event: answer(script, it, idealOutcome(script, it)),
        }));
        const known = late.filter(({ event }) => !('seq' in event && state.pending.has(event.seq)));
        const after = step(state, known, script.nowMs).state;
        for (const [id, evse] of after.evses)
          expect(evse.ledger).toEqual(state.evses.get(id)?.ledger);
      }),
      { seed: 16, numRuns: RUNS },
    );
  });

  test('keeps what it remembers bounded', () => {
    const script = open();
    const voice = voiceOf('S1', script);
    feed(script, voice.connected(), voice.booted());
    for (let index = 0; index < 300; index += 1) {
      feed(script, voice.status('preparing'), voice.started(`t${index}`));
      wait(script, 600_000);
      feed(script, voice.ended(`t${index}`), voice.status('available'));
      wait(script, 600_000);
    }
    expect(script.state.sessions.size).toBeLessThanOrEqual(80);
    expect(script.state.pending.size).toBe(0);
    expect(toJson(plain(script.state)).length).toBeLessThan(200_000);
  });
});
