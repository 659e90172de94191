/** The replay: batteries and pilots by hand, every policy against the network and the bounds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mulberry32 } from '../../simulator/random.js';
import { loadHighs } from '../../solver/backends/highs.js';
import { boundsOf } from '../../benchmarks/replay/bounds.js';
import type { Policy } from '../../benchmarks/replay/policy.js';
import { findBounds, playRow, POLICIES, type PolicyName } from '../../benchmarks/replay/row.js';
import { loadSite, overloadA, type ReplaySite } from '../../benchmarks/replay/site.js';
import { billOf, loadTariff } from '../../benchmarks/replay/tariff.js';
import type { Visit } from '../../benchmarks/replay/visits.js';
import { play } from '../../benchmarks/replay/world.js';

const HOUR_MS = 3_600_000;
const EVSES_PER_PAIR = 3;
const PAIRS = ['AB', 'BC', 'CA'] as const;
const PILOTS = Array.from({ length: 27 }, (_, step) => 6 + step);
/** Hardly more than one vehicle on each pair. */
const LINE_A = 40;
/** Line a carries AB less CA, line b BC less AB, line c CA less BC. */
const LINES = [
  [1, 0, -1],
  [-1, 1, 0],
  [0, -1, 1],
] as const;
/** Ahead of it, at 480 V. */
const PRIMARIES = [
  [0.25, 0.25, -0.5],
  [-0.5, 0.25, 0.25],
  [0.25, -0.5, 0.25],
] as const;

const directory = mkdtempSync(join(tmpdir(), 'busbar-replay-'));
const network = join(directory, 'network.json');
const transformer = join(directory, 'transformer.json');
const sessions = join(directory, 'sessions.csv');
const claimed = join(directory, 'claimed.csv');
const tariff = join(directory, 'tariff.json');

const evses = PAIRS.flatMap((connection) =>
  Array.from({ length: EVSES_PER_PAIR }, (_, at) => ({ id: `${connection}-${at}`, connection })),
);

beforeAll(() => {
  const constraints = LINES.map((weights, line) => ({
    name: `Secondary ${'ABC'[line]}`,
    limit_A: LINE_A,
    coefficients: Object.fromEntries(
      evses.flatMap(({ id, connection }) => {
        const weight = weights[PAIRS.indexOf(connection)] ?? 0;
        return weight === 0 ? [] : [[id, weight]];
      }),
    ),
  }));
  const angles = { AB: 30, BC: -90, CA: 150 };
  const file = {
    evses: evses.map((it) => ({
      ...it,
      phase_angle_deg: angles[it.connection],
      voltage: 208,
      max_rate_A: 32,
      continuous: false,
      allowable_pilots_A: [0, ...PILOTS],
    })),
    constraints,
  };
  writeFileSync(network, JSON.stringify(file));
  const primaries = PRIMARIES.map((weights, line) => ({
    name: `Primary ${'ABC'[line]}`,
    limit_A: LINE_A / 2,
    coefficients: Object.fromEntries(
      evses.map(({ id, connection }) => [id, weights[PAIRS.indexOf(connection)]]),
    ),
  }));
  const both = { ...file, constraints: [...constraints, ...primaries] };
  writeFileSync(transformer, JSON.stringify(both));
  writeFileSync(sessions, sessionsCsv());
  writeFileSync(claimed, claimedCsv());
  const always = { effective_start: '01-01', effective_end: '12-31', dow_mask: 'ALL' };
  const schedule = [{ ...always, times: [0, 12], tariffs: [0.1, 0.3], demand_charge: 10 }];
  writeFileSync(tariff, JSON.stringify({ name: 'two prices', schedule }));
});

afterAll(() => rmSync(directory, { recursive: true }));

/** A day on which everybody wants more than the lines carry. */
function sessionsCsv(): string {
  const random = mulberry32(7);
  const lines = evses.map(({ id }, at) => {
    const arriveMinute = 5 * Math.floor(60 * random());
    const leaveMinute = arriveMinute + 60 + 5 * Math.floor(80 * random());
    const time = (minute: number): string =>
      `2019-03-04T${String(8 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`;
    const kwh = (12 + 15 * random()).toFixed(3);
    return `${time(arriveMinute)},${time(leaveMinute)},${kwh},${id},s${at},6.6`;
  });
  const header = 'arrival_local,departure_local,requested_kwh,station_id,session_id,battery_max_kw';
  return [header, ...lines].join('\n');
}

/** The same day; drivers ask for half of it and mean to leave half an hour before they do. */
function claimedCsv(): string {
  const [, ...lines] = sessionsCsv().split('\n');
  const claims = lines.map((line) => {
    const [arrival, departure = '', kwh, station, session] = line.split(',');
    const leaves = new Date(new Date(`${departure}Z`).getTime() - HOUR_MS / 2).toISOString();
    const half = Number(kwh) / 2;
    return `${arrival},${departure},${half},${kwh},${station},${session},${leaves.slice(0, 19)},True`;
  });
  const header = 'arrival,departure,requested_energy (kWh),delivered_energy (kWh)';
  return [`${header},station_id,session_id,estimated_departure,claimed`, ...claims].join('\n');
}

const INPUT = {
  timeZone: 'America/Los_Angeles',
  from: '2019-03-04',
  to: '2019-03-05',
  pilots: 'discrete',
  hasNetworkLimit: true,
  claims: 'true',
  isFair: false,
  solver: 'auto',
  minOnOffMinutes: 10,
  demandIntervalMinutes: 15,
  gridMinutes: 5,
} as const;

const input = () => ({ ...INPUT, site: network, sessions });

const site = (): ReplaySite => loadSite(network, { hasNetworkLimit: true, pilots: 'discrete' });

function visit(given: Partial<Visit>): Visit {
  const base = { sessionId: 's', evseIndex: 0, arrivalAtMs: 0, departureAtMs: HOUR_MS };
  const needs = { energyWh: 3120, maxA: 30 };
  return { ...base, ...needs, ...given };
}

const always = (pilotA: number): Policy => ({
  decide: ({ guests }) => ({ pilotsA: guests.map(() => pilotA) }),
});

const options = (visits: readonly Visit[]) => ({
  site: site(),
  visits,
  claims: 'true' as const,
  gridSec: 300,
  demandIntervalSec: 900,
});

describe('a vehicle', () => {
  test('takes what its pilot and its own maximum allow, until it is full or leaves', async () => {
    // 208 V and 30 A make 6240 W: full after half an hour.
    expect((await play(always(32), options([visit({})]))).deliveredWh[0]).toBeCloseTo(3120, 6);
    // 10 A for an hour.
    expect((await play(always(10), options([visit({})]))).deliveredWh[0]).toBeCloseTo(2080, 6);
  });

  test('loads the demand intervals in which it charges', async () => {
    const { intervalWh } = await play(always(32), options([visit({})]));
    expect(intervalWh.slice(0, 3).map(Math.round)).toEqual([1560, 1560, 0]);
  });

  test('counts one start, and overload by the ampere-second', async () => {
    const visits = [0, 1, 2].map((evseIndex) => visit({ evseIndex, energyWh: 1e6 }));
    const { starts, overloadAmpSeconds } = await play(always(32), options(visits));
    expect(starts).toBe(3);
    // AB alone: lines a and b carry 90 A each.
    expect(overloadAmpSeconds).toBeCloseTo(2 * 50 * 3600, 0);
  });
});

test('a bill is the energy at its prices and the highest interval', () => {
  const fromMs = Date.parse('2019-03-04T18:00:00Z');
  const prices = loadTariff(tariff, 'America/Los_Angeles', { fromMs, toMs: fromMs });
  const use = {
    startAtMs: Date.parse('2019-03-04T19:45:00Z'),
    intervalSec: 900,
    intervalWh: [1000, 2000],
  };
  // 11:45 local at 0.1, noon at 0.3; 8 kW at 10.
  expect(billOf(prices, use)).toBeCloseTo(0.1 + 0.6 + 80, 9);
});

test('currents on one pair load two lines, on all pairs the square root of three', () => {
  const currentsA = new Float64Array(evses.length);
  currentsA[0] = LINE_A;
  expect(overloadA(site(), currentsA)).toBe(0);
  currentsA[EVSES_PER_PAIR] = LINE_A;
  currentsA[2 * EVSES_PER_PAIR] = LINE_A;
  expect(overloadA(site(), currentsA)).toBeCloseTo(3 * (Math.sqrt(3) - 1) * LINE_A, 3);
});

describe('policies', () => {
  const names = Object.keys(POLICIES) as PolicyName[];

  test('none but the uncontrolled overloads anything, none beats perfect foresight', async () => {
    const bounds = await findBounds(input(), {});
    expect(bounds.optimumLowerPercent).toBeLessThanOrEqual(bounds.optimumUpperPercent);
    expect(bounds.optimumUpperPercent).toBeLessThan(bounds.perSessionCapPercent);
    const percent = new Map<PolicyName, number>();
    for (const name of names) {
      const row = await playRow(input(), {}, name);
      percent.set(name, row.energyPercent);
      if (name === 'uncontrolled') expect(row.overloadAmpSeconds).toBeGreaterThan(0);
      else {
        expect(row.overloadAmpSeconds, name).toBe(0);
        expect(row.energyPercent, name).toBeLessThanOrEqual(bounds.optimumUpperPercent);
      }
    }
    const worst = Math.max(
      ...(['equal', 'fcfs', 'edf'] as const).map((it) => percent.get(it) ?? 0),
    );
    expect(percent.get('planner')).toBeGreaterThan(worst);
    expect(percent.get('busbar')).toBeGreaterThan((percent.get('planner') ?? 0) - 1);
    expect(percent.get('planner')).toBeGreaterThan(bounds.optimumUpperPercent - 3);
  });

  test('prices move energy and level the import, and the optimum costs no more', async () => {
    const free = { ...input(), hasNetworkLimit: false, tariff };
    const [bounds, planner, uncontrolled] = await Promise.all([
      findBounds(free, {}),
      playRow(free, {}, 'planner'),
      playRow(free, {}, 'uncontrolled'),
    ]);
    expect(bounds.optimumBill).toBeLessThanOrEqual((planner.bill ?? 0) + 1e-6);
    expect(planner.bill).toBeLessThan(0.8 * (uncontrolled.bill ?? 0));
    expect(planner.energyPercent).toBeGreaterThan(uncontrolled.energyPercent - 1);
  });

  test('fair plans serve the worst tenth better, and no more energy', async () => {
    const [most, fair] = await Promise.all([
      playRow(input(), {}, 'planner'),
      playRow({ ...input(), isFair: true }, {}, 'planner'),
    ]);
    expect(fair.worstDecilePercent).toBeGreaterThan(most.worstDecilePercent);
    expect(fair.energyPercent).toBeLessThanOrEqual(most.energyPercent + 0.5);
    expect(fair.overloadAmpSeconds).toBe(0);
  });

  test('claims that are wrong cost energy and break nothing; without any there is no such row', async () => {
    const said = { ...input(), sessions: claimed };
    const [known, row] = await Promise.all([
      playRow(said, {}, 'busbar'),
      playRow({ ...said, claims: 'user' }, {}, 'busbar'),
    ]);
    expect(row.overloadAmpSeconds).toBe(0);
    expect(row.energyPercent).toBeLessThan(known.energyPercent);
    expect(row.energyPercent).toBeGreaterThan(0.8 * known.energyPercent);
    await expect(playRow({ ...input(), claims: 'user' }, {}, 'busbar')).rejects.toThrow(
      'does not say what drivers claimed',
    );
  });
});

describe('a battery behind a transformer of 20 kVA', () => {
  const battery = { capacityWh: 20_000, powerMaxW: 8000 };
  const size = { capacityKva: 20 };
  const small = () => ({ ...input(), site: transformer });

  test('serves more energy through plans of its own, overloads nothing and feeds no grid', async () => {
    const [alone, eased] = [
      await findBounds(small(), size),
      await findBounds({ ...small(), battery }, size),
    ];
    expect(alone.optimumUpperPercent).toBeLessThan(90);
    expect(eased.optimumUpperPercent).toBeGreaterThan(alone.optimumUpperPercent + 2);
    for (const name of ['planner', 'busbar'] as const) {
      const without = await playRow(small(), size, name);
      const row = await playRow({ ...small(), battery }, size, name);
      expect(row.overloadAmpSeconds, name).toBe(0);
      // The service lets vehicles have what the rating carries beside the worst that a battery may take.
      const moreMin = name === 'planner' ? 2 : -3;
      expect(row.energyPercent, name).toBeGreaterThan(without.energyPercent + moreMin);
      expect(row.energyPercent, name).toBeLessThanOrEqual(eased.optimumUpperPercent);
      // What the connection carries is not more for it: 208 V are a little more than 480 V ahead.
      expect(row.peakKw, name).toBeLessThanOrEqual(((20 / 480) * 4 * 208) / Math.sqrt(3) + 1e-6);
    }
    const fcfs = await playRow({ ...small(), battery }, size, 'fcfs');
    expect(fcfs.energyPercent).toBe((await playRow(small(), size, 'fcfs')).energyPercent);
  });
});

test('one vehicle alone can take what its stay allows', async () => {
  const alone = [visit({ energyWh: 1e6 })];
  const bounds = boundsOf(await loadHighs(), site(), alone, undefined);
  expect(bounds.optimumUpperPercent).toBeCloseTo((100 * 6240) / 1e6, 6);
  expect(bounds.optimumLowerPercent).toBeCloseTo(bounds.optimumUpperPercent, 6);
});

describe('a tariff', () => {
  const season = { effective_start: '1-1', effective_end: '12-31', dow_mask: 'ALL' };
  const of = (schedule: unknown): ReturnType<typeof loadTariff> => {
    const path = join(directory, 'other.json');
    writeFileSync(path, JSON.stringify({ name: 'other', schedule }));
    const fromMs = Date.parse('2019-01-15T20:00:00Z');
    return loadTariff(path, 'America/Los_Angeles', { fromMs, toMs: fromMs });
  };

  test('has seasons over the turn of the year, days of one digit, and prices from the half hour', () => {
    const winter = { ...season, effective_start: '11-01', effective_end: '4-30' };
    const { perKwhAt, edgesMs, demandPerKw } = of([
      { ...winter, times: [0, 8.5, 21.5], tariffs: [0.1, 0.2, 0.3], demand_charge: 11 },
    ]);
    const at = (time: string): number => Date.parse(`2019-01-15T${time}:00-08:00`);
    expect(demandPerKw).toBe(11);
    expect(['08:29', '08:30', '08:45', '21:29', '21:30'].map((it) => perKwhAt(at(it)))).toEqual([
      0.1, 0.2, 0.2, 0.2, 0.3,
    ]);
    expect(edgesMs(at('01:00'), at('23:00'))).toEqual([at('08:30'), at('21:30')]);
  });

  test.each([
    ['nothing', undefined, '"schedule" of seasons'],
    ['no season', [], '"schedule" of seasons'],
    ['a season of nothing', [null], 'schedule[0]'],
    ['days that are none', [{ ...season, dow_mask: 'SUNDAYS', times: [0], tariffs: [1] }], 'dow'],
    ['times from noon', [{ ...season, times: [12], tariffs: [1] }], 'times'],
    ['a price too few', [{ ...season, times: [0, 12], tariffs: [1] }], 'tariffs'],
    [
      'summer alone',
      [{ ...season, effective_start: '06-01', times: [0], tariffs: [1] }],
      'no price',
    ],
  ])('with %s is refused', (_, schedule, message) => {
    expect(() => of(schedule)).toThrow(RangeError);
    expect(() => of(schedule)).toThrow(message);
  });
});
