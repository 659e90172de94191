/** The picture of a site in literal cases: a site that has just been created, and edits of it. */
import { describe, expect, test } from 'vitest';
import { circuitId, evseId, sessionId, signalId, stationId, watts } from '../../solver/index.js';
import { siteFromFile } from '../../src/api/render/site.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState, SiteState } from '../../src/control/state.js';
import type { Session } from '../../src/sessions/session.js';
import { liveSite } from '../../src/sites/live.js';
import { siteFile } from '../api/site-file.js';

/** 2026-01-15 10:00 in Berlin. */
const NOW_MS = Date.UTC(2026, 0, 15, 9);
const BASE_LOAD_W = (12 + 9 + 10) * 230;
const CP01 = evseId('CP01:1');

/** All stations linked and read back at 0 A: nothing is reserved. */
function quiet(edit: Partial<SiteState> = {}): SiteState {
  const fresh = initialState(siteFromFile(siteFile(), 'demo'), 1, NOW_MS);
  const stations = [...fresh.stations].map(([id, it]) => [id, { ...it, stage: 'ready' }] as const);
  const evses = [...fresh.evses].map(([id, it]) => [id, { ...it, ledger: readBack(it) }] as const);
  return { ...fresh, stations: new Map(stations), evses: new Map(evses), ...edit };
}

function readBack({ ledger }: EvseState): EvseState['ledger'] {
  return { ...ledger, offlineTested: true, fallbackIdleA: 0 as typeof ledger.currentMaxA };
}

/** CP01 with a running session, as last decided. */
function charging(
  edit: Partial<Session>,
  decision: Partial<EvseState['decision']> = {},
): SiteState {
  const state = quiet();
  const known = state.evses.get(CP01);
  if (known === undefined) throw new Error('CP01 is in the site file');
  const id = sessionId('s-1');
  const session: Session = {
    id,
    evseId: CP01,
    stationId: stationId('CP01'),
    phase: 'active',
    pluggedInAtMs: NOW_MS - 600_000,
    startedAtMs: NOW_MS - 600_000,
    meterStartWh: 1000,
    meterLastWh: 3500,
    vehicle: { satisfied: false },
    ...edit,
  };
  const decided: EvseState = {
    ...known,
    sessionId: id,
    decision: {
      evseId: CP01,
      atMs: NOW_MS - 60_000,
      limitA: 10,
      goalA: 10,
      boundBy: { kind: 'hold', untilMs: NOW_MS + 90_000 },
      ...decision,
    },
  };
  return {
    ...state,
    sessions: new Map([[id, session]]),
    evses: new Map([...state.evses, [CP01, decided]]),
  };
}

function evseOf(state: SiteState) {
  const found = liveSite(state, NOW_MS).evses.find((it) => it.evseId === CP01);
  if (found === undefined) throw new Error('CP01 is in the picture');
  return found;
}

describe('the totals of the live picture', () => {
  test('count the declared other load in the ceiling and against the limit', () => {
    const live = liveSite(quiet(), NOW_MS);
    expect(live.limitW).toBe(300 * 230);
    expect(live.otherLoadW).toBe(BASE_LOAD_W);
    expect(live.ceilingW).toBe(BASE_LOAD_W);
  });

  test('show the newest reading of the other load and keep the margin for the ceiling', () => {
    const grid = circuitId('grid');
    const readings = [{ atMs: NOW_MS - 5000, currentA: [4, 2, 3] as const }];
    const state = quiet({ buildingLoad: new Map([[grid, { circuitId: grid, readings }]]) });
    const live = liveSite(state, NOW_MS);
    expect(live.otherLoadW).toBe(9 * 230);
    expect(live.ceilingW).toBe(12 * 230);
    expect(live.circuits[0]?.conductors.map((it) => it.load)).toEqual([4, 2, 3]);
  });

  test("count at the highest voltage under the owner's limit in W", () => {
    const state = quiet();
    const site = { ...state.site, importLimitW: watts(20_000) };
    const live = liveSite({ ...state, site }, NOW_MS);
    expect(live.limitW).toBe(20_000);
    expect(live.ceilingW).toBeCloseTo(BASE_LOAD_W * 1.1, 6);
    expect(live.sentence).toContain("limit 20.0 kW (the owner's).");
  });

  test('leave other load out under an order on the managed devices alone', () => {
    const order = {
      id: signalId('order-1'),
      siteId: quiet().site.id,
      issuer: 'City grid',
      type: 'import-limit',
      scope: 'managed-devices',
      receivedAtMs: NOW_MS - 1000,
      endsAtMs: NOW_MS + 3_600_000,
      series: [{ atMs: NOW_MS - 1000, value: 12_000 }],
    } as const;
    const state = quiet();
    const signals = new Map([[order.id, order]]) as unknown as SiteState['signals'];
    const live = liveSite({ ...state, signals }, NOW_MS);
    expect([live.limitW, live.otherLoadW, live.ceilingW]).toEqual([12_000, 0, 0]);
    expect(live.circuits[0]?.name).toBe('All stations together');
  });
});

describe('an EVSE in the live picture', () => {
  test('is allowed as many watts as the phases that its vehicle uses', () => {
    const sampled = { drawnA: [10, 0, 0] as const, powerW: 2300, sampledAtMs: NOW_MS - 1000 };
    expect(evseOf(charging(sampled))).toMatchObject({ drawnA: 10, powerW: 2300, limitW: 2300 });
    expect(evseOf(charging({})).limitW).toBe(3 * 2300);
  });

  test('explains itself with the names and the local time of the site', () => {
    expect(evseOf(charging({})).reason).toBe('not raised before 10:01:30: 10 A');
    const source = { kind: 'rating' } as const;
    const boundBy = { kind: 'circuit', circuitId: circuitId('north'), conductor: 'L2' } as const;
    const shared = charging({}, { boundBy: { ...boundBy, source, shareCount: 3 } });
    expect(evseOf(shared).reason).toBe('sharing phase L2 of North row with 2 others: 10 A');
  });

  test('tells a vehicle without a transaction from an empty EVSE', () => {
    const reasonOf = (phase: Session['phase']) =>
      evseOf(charging({ phase }, { boundBy: { kind: 'no-session' }, limitA: 0 })).reason;
    expect(reasonOf('plugged')).toBe('a vehicle is plugged in, charging has not been started');
    expect(reasonOf('finished')).toBe('charging has ended, the vehicle is still plugged in');
    expect(reasonOf('ended')).toBe('no vehicle is plugged in');
  });

  test('shows a draw above its worst case only when sampled after the cut had settled', () => {
    const before = charging({ drawnA: [16, 16, 16], powerW: 11_040, sampledAtMs: NOW_MS - 9000 });
    const cut = (state: SiteState, cutAtMs: number): SiteState => {
      const evse = state.evses.get(CP01);
      if (evse === undefined) throw new Error('CP01 is in the state');
      return { ...state, evses: new Map([...state.evses, [CP01, { ...evse, cutAtMs }]]) };
    };
    expect(evseOf(cut(before, NOW_MS - 5000))).toMatchObject({ drawnA: 0, powerW: 0 });
    expect(evseOf(cut(before, NOW_MS - 3_600_000))).toMatchObject({ drawnA: 16, powerW: 11_040 });
  });
});

describe('the sentence and the counts', () => {
  test('say that nothing is plugged in', () => {
    expect(liveSite(quiet(), NOW_MS).sentence).toBe(
      'All safe. No vehicle is plugged in; other load 7.1 kW, limit 69.0 kW.',
    );
  });

  test('count a vehicle once: as charging or as waiting', () => {
    const source = { kind: 'rating' } as const;
    const waits = { kind: 'admission', circuitId: circuitId('north'), conductor: 'L1' } as const;
    const boundBy = { ...waits, source, queuePlace: 1 };
    const drawing = { drawnA: [6, 6, 6] as const, powerW: 4140, sampledAtMs: NOW_MS };
    const told = liveSite(charging(drawing, { limitA: 0, boundBy }), NOW_MS);
    expect(told.counts).toMatchObject({ charging: 0, waiting: 1, plugged: 1 });
    const rests = liveSite(charging(drawing, { boundBy }), NOW_MS);
    expect(rests.counts).toMatchObject({ charging: 1, waiting: 0, plugged: 1 });
    expect(rests.sentence).toContain('1 of 1 vehicle charging at 4.1 kW;');
  });

  test('do not call a site safe while stations may still draw more than a new limit', () => {
    const state = quiet();
    const site = { ...state.site, importLimitW: watts(5000) };
    expect(liveSite({ ...state, site }, NOW_MS).sentence).toMatch(
      /^Coming down to the limit: the site may still draw up to 7\.8 kW\./,
    );
  });

  test('add up the energy of sessions since midnight at the site', () => {
    expect(liveSite(charging({}), NOW_MS).energyTodayWh).toBe(2500);
    const yesterday = Date.UTC(2026, 0, 14, 22, 59);
    expect(liveSite(charging({ startedAtMs: yesterday }), NOW_MS).energyTodayWh).toBe(0);
  });
});
