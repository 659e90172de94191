/** The replay of a whole site: files of load and PV, the battery, forecasts, bills and bounds. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { battery } from '../../benchmarks/flags.js';
import { createOutlook } from '../../benchmarks/replay/outlook.js';
import type { Policy } from '../../benchmarks/replay/policy.js';
import { readPower } from '../../benchmarks/replay/power-file.js';
import { meanPowerW, powerAt, seriesOf } from '../../benchmarks/replay/power-series.js';
import {
  findBounds,
  openScene,
  playRow,
  POLICIES,
  type PolicyName,
  type ReplayInput,
} from '../../benchmarks/replay/row.js';
import { play } from '../../benchmarks/replay/world.js';

const ZONE = 'America/Los_Angeles';
const HOUR_MS = 3_600_000;
const NAMES = Object.keys(POLICIES) as PolicyName[];
const PAIRS = ['AB', 'BC', 'CA'] as const;
/** Line a carries AB less CA, line b BC less AB, line c CA less BC. */
const LINES = [
  [1, 0, -1],
  [-1, 1, 0],
  [0, -1, 1],
] as const;
const EVSES = PAIRS.flatMap((connection) =>
  [0, 1].map((at) => ({ id: `${connection}-${at}`, connection })),
);
/** All vehicles at once draw 55 A on a line, the building at most 75. */
const AMPLE_A = 200;
const SMALL_A = 90;

const directory = mkdtempSync(join(tmpdir(), 'busbar-replay-site-'));
const file = (name: string, text: string | Buffer): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const two = (value: number): string => String(value).padStart(2, '0');

/** Each hour from the first of March, local, for three weeks. */
function hourly(header: string, valueAt: (day: number, hour: number) => number): string {
  const lines = Array.from({ length: 21 * 24 }, (_, at) => {
    const [day, hour] = [1 + Math.floor(at / 24), at % 24];
    return `2019-03-${two(day)}T${two(hour)}:00:00,${valueAt(day, hour)}`;
  });
  return [header, ...lines].join('\n');
}

const loadKw = (_: number, hour: number): number => (hour >= 9 && hour < 17 ? 20 + hour / 4 : 6);
/** A little more every day. */
const pvKw = (day: number, hour: number): number =>
  Math.max(0, (40 + day / 2) * Math.sin((Math.PI * (hour - 7)) / 10));

let input: ReplayInput;

beforeAll(() => {
  const network = (limitA: number): string =>
    JSON.stringify({
      evses: EVSES.map((it) => ({
        ...it,
        phase_angle_deg: { AB: 30, BC: -90, CA: 150 }[it.connection],
        voltage: 208,
        max_rate_A: 32,
        continuous: false,
        allowable_pilots_A: [0, 8, 16, 24, 32],
      })),
      constraints: LINES.map((weights, line) => ({
        name: `Secondary ${'ABC'[line]}`,
        limit_A: limitA,
        coefficients: Object.fromEntries(
          EVSES.flatMap(({ id, connection }) => {
            const weight = weights[PAIRS.indexOf(connection)] ?? 0;
            return weight === 0 ? [] : [[id, weight]];
          }),
        ),
      })),
    });
  file('small.json', network(SMALL_A));
  const sessions = EVSES.map(({ id }, at) => {
    const arrives = `2019-03-18T${two(7 + (at % 3))}:${two(10 * at)}:00`;
    return `${arrives},2019-03-18T${two(17 + (at % 2))}:07:00,${8 + 2 * at},${id},s${at},6.6`;
  });
  const header = 'arrival_local,departure_local,requested_kwh,station_id,session_id,battery_max_kw';
  const always = { effective_start: '01-01', effective_end: '12-31', dow_mask: 'ALL' };
  const schedule = [{ ...always, times: [0, 8, 18], tariffs: [0.1, 0.3, 0.2], demand_charge: 2 }];
  input = {
    site: file('network.json', network(AMPLE_A)),
    sessions: file('sessions.csv', [header, ...sessions].join('\n')),
    tariff: file('tariff.json', JSON.stringify({ name: 'three prices', schedule })),
    load: file('load.csv', hourly('time,load [kW]', loadKw)),
    pv: file('pv.csv.gz', gzipSync(hourly('time,pv_kw', pvKw))),
    battery: { capacityWh: 40_000, powerMaxW: 15_000 },
    timeZone: ZONE,
    from: '2019-03-18',
    to: '2019-03-19',
    pilots: 'discrete',
    hasNetworkLimit: true,
    claims: 'true',
    isFair: false,
    solver: 'auto',
    minOnOffMinutes: 10,
    demandIntervalMinutes: 15,
    gridMinutes: 15,
  };
});

afterAll(() => rmSync(directory, { recursive: true }));

const at = (text: string): number => Date.parse(text);
const rule = (from: string, to: string, byWeekday: boolean) => ({
  timeZone: ZONE,
  fromMs: at(from),
  toMs: at(to),
  byWeekday,
});
const read = (name: string, text: string | Buffer, kind: 'load' | 'pv' = 'load') =>
  readPower(file(name, text), kind, ZONE);

describe('a file of power', () => {
  test('is read with local times, with offsets, and packed; W and kW', () => {
    const offset = (hour: number): string =>
      new Date(at('2019-03-05T08:00Z') + hour * HOUR_MS).toISOString();
    const rows = Array.from({ length: 24 }, (_, hour) => `${offset(hour)},${1000 * hour}`);
    const { days } = read('offset.csv', ['"time, UTC",power_w', ...rows].join('\n'));
    expect(days.size).toBe(1);
    expect([...days.values()][0]?.powersW).toEqual(
      Array.from({ length: 24 }, (_, it) => 1000 * it),
    );
    const packed = readPower(input.pv ?? '', 'pv', ZONE);
    expect(packed.days.size).toBe(21);
    expect([...packed.days.values()][4]?.powersW[12]).toBeCloseTo(42_500, 6);
  });

  test('of a building model has ends of steps, that of a solar model their starts', () => {
    const model = Array.from({ length: 24 }, (_, hour) => ` 01/02  ${two(hour + 1)}:00:00,${hour}`);
    const { days, hasYears } = read(
      'model.csv',
      ['Date/Time,Total [kW](Hourly)', ...model].join('\n'),
    );
    expect(hasYears).toBe(false);
    expect([...days.values()][0]?.minutes[0]).toBe(0);
    expect([...days.values()][0]?.powersW[23]).toBe(23_000);
    const spoken = Array.from({ length: 48 }, (_, half) => {
      const hour = Math.floor(half / 2);
      const clock = `${two(hour % 12 === 0 ? 12 : hour % 12)}:${half % 2 === 0 ? '00' : '30'}`;
      return `"Jan 2, ${clock} ${hour < 12 ? 'am' : 'pm'}",${half - 1}`;
    });
    const sun = read('sun.csv', ['"Time stamp","Array | (kW)"', ...spoken].join('\n'), 'pv');
    const [day] = sun.days.values();
    expect(day?.minutes).toEqual(Array.from({ length: 48 }, (_, half) => 30 * half));
    expect(day?.powersW.slice(0, 3)).toEqual([0, 0, 1000]);
  });

  test.each([
    [
      'no-unit.csv',
      'time,power\n2019-03-01T00:00,1',
      /no-unit.csv: columns are time, power; wanted/,
    ],
    [
      'word.csv',
      'time,p_kw\n2019-03-01T00:00,x',
      /word.csv, line 2, column p_kw: x; wanted is a number/,
    ],
    ['empty.csv', 'time,p_kw\n2019-03-01T00:00,', /column p_kw: ; wanted is a number/],
    [
      'minus.csv',
      'time,p_kw\n2019-03-01T00:00,-1',
      /column p_kw: -1; wanted is a load of 0 or more/,
    ],
    [
      'day.csv',
      'time,p_kw\n2019-02-30T00:00,1',
      /line 2, column time: 2019-02-30T00:00; wanted is an ISO/,
    ],
    [
      'rare.csv',
      'time,p_kw\n2019-03-01T00:00,1\n2019-03-02T00:00,1',
      /1440 minutes between most lines/,
    ],
  ])('%s is refused by file, column and what is wanted', (name, text, message) => {
    expect(() => read(name, text)).toThrow(RangeError);
    expect(() => read(name, text)).toThrow(message);
  });
});

test.each(['40', '40:0', '-1:5', '40:15:1', 'a:b'])('%s is no battery', (text) => {
  expect(battery('40:15')).toEqual({ capacityWh: 40_000, powerMaxW: 15_000 });
  expect(() => battery(text)).toThrow('<kWh>:<kW> is wanted');
});

describe('days of a file', () => {
  const march = () => readPower(input.load ?? '', 'load', ZONE);

  test('are read where they are, else on the nearest day, with its weekday for a load', () => {
    const text = hourly('time,p_kw', (day) => day);
    const days = read('days.csv', text);
    const own = seriesOf(days, rule('2019-03-04T08:00Z', '2019-03-05T08:00Z', true));
    expect(powerAt(own, at('2019-03-04T20:00Z'))).toBe(4000);
    // Monday 8 April: the last Monday of the file is the 18th, its last day the 21st.
    const other = rule('2019-04-08T07:00Z', '2019-04-09T07:00Z', true);
    expect(powerAt(seriesOf(days, other), at('2019-04-08T20:00Z'))).toBe(18_000);
    expect(powerAt(seriesOf(days, { ...other, byWeekday: false }), at('2019-04-08T20:00Z'))).toBe(
      21_000,
    );
    // Another year: 5 March 2018 is a Monday, as 4 March 2019.
    const past = rule('2018-03-05T08:00Z', '2018-03-06T08:00Z', true);
    expect(powerAt(seriesOf(days, past), at('2018-03-05T20:00Z'))).toBe(4000);
  });

  test('have 23 hours where daylight saving time begins', () => {
    const days = read(
      'hours.csv',
      hourly('time,p_kw', (_, hour) => hour),
    );
    const series = seriesOf(days, rule('2019-03-10T08:00Z', '2019-03-11T07:00Z', true));
    const utc = (hour: number): number => at('2019-03-10T08:00Z') + hour * HOUR_MS;
    expect([0, 1, 2, 3, 22].map((hour) => powerAt(series, utc(hour)))).toEqual(
      [0, 1, 3, 4, 23].map((kw) => 1000 * kw),
    );
  });

  test('far from any of it are refused with what is covered', () => {
    expect(() => seriesOf(march(), rule('2019-08-01T07:00Z', '2019-08-02T07:00Z', true))).toThrow(
      /load.csv covers 2019-03-01 to 2019-03-21; wanted is a day like 2019-08-01/,
    );
  });

  test('that are used again later are no history', () => {
    const first = seriesOf(march(), rule('2019-03-18T07:00Z', '2019-03-20T07:00Z', true));
    // 18 to 28 February are read on days of the same weekday, none of them the 18th or 19th.
    expect(first.history.length).toBe(28);
    const later = seriesOf(march(), rule('2019-04-01T07:00Z', '2019-04-03T07:00Z', true));
    const known = later.history.map(({ fromMs }) => fromMs);
    // The two days are read on 18 and 19 March, which therefore and with 25 and 26 March are left out.
    expect(known.length).toBe(24);
    expect(known).not.toContain(at('2019-03-18T07:00Z'));
    expect(known).not.toContain(at('2019-03-26T07:00Z'));
  });
});

describe('what is expected', () => {
  test('does not depend on what comes after now', () => {
    const nowMs = at('2019-03-18T19:00Z');
    const changed = file(
      'changed.csv',
      hourly('time,load [kW]', (day, hour) =>
        day > 18 || (day === 18 && hour > 12) ? 500 : loadKw(day, hour),
      ),
    );
    const outlookOf = (given: ReplayInput) => {
      const { around } = openScene(given, {});
      if (around === undefined) throw new Error('there is a load');
      return createOutlook(around)(nowMs);
    };
    const [known, other] = [outlookOf(input), outlookOf({ ...input, load: changed })];
    for (let hour = 0; hour < 24; hour += 1) {
      const fromMs = nowMs + hour * HOUR_MS;
      expect(other.loadW(fromMs, fromMs + HOUR_MS)).toBe(known.loadW(fromMs, fromMs + HOUR_MS));
      expect(known.loadW(fromMs, fromMs + HOUR_MS)).toBeLessThan(30_000);
    }
    // Two weeks of history: the afternoon is as always.
    expect(known.loadW(nowMs + HOUR_MS, nowMs + 2 * HOUR_MS)).toBeCloseTo(
      1000 * loadKw(18, 13),
      -1,
    );
  });
});

describe('the connection', () => {
  /** Charges and discharges by turns, whatever is of use. */
  const restless = (): Policy => {
    let turn = 0;
    return {
      asked: 'battery',
      decide: ({ guests }) => {
        turn += 1;
        return { pilotsA: guests.map(() => 16), batteryW: turn % 60 < 12 ? 1e6 : -1e6 };
      },
    };
  };

  test('keeps every watt-hour, and the battery within its size', async () => {
    const { site, visits, around } = openScene(input, {});
    const options = {
      site,
      visits: visits.visits,
      claims: 'true' as const,
      gridSec: 900,
      demandIntervalSec: 900,
      around,
    };
    const result = await play(restless(), options);
    const { totals, intervalWh } = result;
    const [fromMs, toMs] = [at('2019-03-18T07:00Z'), at('2019-03-19T07:00Z')];
    const deliveredWh = result.deliveredWh.reduce((sum, wh) => sum + wh, 0);
    expect(totals.loadWh).toBeCloseTo(24 * meanPowerW(around?.load, fromMs, toMs), 6);
    expect(totals.pvWh).toBeCloseTo(24 * meanPowerW(around?.pv, fromMs, toMs), 6);
    expect(totals.importWh).toBeCloseTo(
      intervalWh.reduce((sum, wh) => sum + wh, 0),
      6,
    );
    const inWh = totals.importWh + totals.pvWh + totals.dischargedWh;
    const outWh = deliveredWh + totals.loadWh + totals.chargedWh + totals.exportWh;
    expect(inWh).toBeCloseTo(outWh, 6);
    const storedWh = 20_000 + 0.95 * totals.chargedWh - totals.dischargedWh / 0.95;
    expect(totals.batteryWh).toBeCloseTo(storedWh, 6);
    expect(totals.batteryMinWh).toBeCloseTo(0, 6);
    expect(totals.batteryMinWh).toBeGreaterThan(-1e-6);
    expect(totals.batteryMaxWh).toBeLessThan(40_000 + 1e-6);
    expect(totals.dischargedWh).toBeGreaterThan(20_000 * 0.95);
    expect(totals.chargedWh).toBeGreaterThan(0);
    const idle: Policy = { decide: ({ guests }) => ({ pilotsA: guests.map(() => 16) }) };
    const { chargedWh, dischargedWh } = (await play(idle, options)).totals;
    expect([chargedWh, dischargedWh]).toEqual([0, 0]);
  });

  test('counts a building, and no generation, into the bill of whole days', async () => {
    const { pv: _, battery: __, ...alone } = input;
    const row = await playRow(alone, {}, 'uncontrolled');
    // 16 hours at 6 kW, 8 from 22.25 to 24 kW; vehicles take 78 kWh.
    expect(row.importKwh).toBeCloseTo(16 * 6 + 185 + 78, 4);
    expect(row.pvSelfConsumedPercent).toBeNull();
  });
});

describe('policies', () => {
  const rows = new Map<PolicyName, ReturnType<typeof playRow>>();
  /** Of the whole site, played once. */
  const rowOf = (name: PolicyName): ReturnType<typeof playRow> => {
    const row = rows.get(name) ?? playRow(input, {}, name);
    rows.set(name, row);
    return row;
  };

  test('never pay less than perfect foresight, and plans save a tenth of what others pay', async () => {
    const { optimumBill } = await findBounds(input, {});
    expect(optimumBill).toBeGreaterThan(0);
    const bills = new Map<PolicyName, number>();
    for (const name of NAMES) {
      const row = await rowOf(name);
      expect(row.energyPercent, name).toBeGreaterThan(99.5);
      expect(row.bill, name).toBeGreaterThanOrEqual((optimumBill ?? 0) - 1e-6);
      expect(row.overloadAmpSeconds, name).toBe(0);
      bills.set(name, row.bill ?? 0);
    }
    expect(bills.get('planner')).toBeLessThan(0.9 * (bills.get('uncontrolled') ?? 0));
    expect(bills.get('busbar')).toBeLessThan(0.9 * (bills.get('uncontrolled') ?? 0));
  });

  test('the optimum knows the building: without battery and PV it pays more', async () => {
    const { pv: _, battery: __, ...alone } = input;
    const [all, none] = await Promise.all([findBounds(input, {}), findBounds(alone, {})]);
    expect(none.optimumBill).toBeGreaterThan((all.optimumBill ?? 0) * 1.2);
  });

  test('plans use the surplus of PV that others export', async () => {
    const { battery: _, ...noBattery } = input;
    const [eager, planner, busbar, stored] = await Promise.all([
      playRow(noBattery, {}, 'uncontrolled'),
      playRow(noBattery, {}, 'planner'),
      playRow(noBattery, {}, 'busbar'),
      rowOf('planner'),
    ]);
    const own = (row: { readonly pvSelfConsumedPercent: number | null }): number =>
      row.pvSelfConsumedPercent ?? 0;
    expect(own(planner)).toBeGreaterThan(own(eager) + 1);
    expect(own(busbar)).toBeGreaterThan(own(eager) + 1);
    expect(own(stored)).toBeGreaterThan(own(planner) + 5);
    expect(own(stored)).toBeLessThanOrEqual(100);
    expect(planner.importKwh).toBeLessThan(eager.importKwh);
  });

  test('leave a small connection to the building first, and overload nothing', async () => {
    const small = { ...input, site: join(directory, 'small.json'), pv: undefined };
    const { pv: _, ...given } = small;
    const bounds = await findBounds(given, {});
    for (const name of NAMES) {
      const row = await playRow(given, {}, name);
      if (name === 'uncontrolled') expect(row.overloadAmpSeconds).toBeGreaterThan(1000);
      else expect(row.overloadAmpSeconds, name).toBe(0);
      if (name === 'uncontrolled') continue;
      expect(row.energyPercent, name).toBeLessThanOrEqual(bounds.optimumUpperPercent + 1e-6);
      expect(row.energyPercent, name).toBeGreaterThan(50);
    }
  });

  test('stop where the building alone takes more than there is', async () => {
    const crowd = (_: number, hour: number): number => (hour >= 12 && hour < 14 ? 60 : 6);
    const { pv: _, tariff: __, battery: ___, ...given } = input;
    const crowded = {
      ...given,
      site: join(directory, 'small.json'),
      load: file('crowd.csv', hourly('time,load [kW]', crowd)),
    };
    const names = ['fcfs', 'round-robin', 'equal', 'planner', 'busbar'] as const;
    const rows = await Promise.all(names.map((name) => playRow(crowded, {}, name)));
    expect(rows.map((it) => it.overloadAmpSeconds)).toEqual(names.map(() => 0));
    expect(rows.map((it) => it.bill)).toEqual(names.map(() => null));
    const fair = await playRow({ ...crowded, isFair: true }, {}, 'planner');
    for (const row of [...rows, fair]) {
      // The vehicles wait for two hours; the peak is the building's.
      expect(row.peakKw).toBeCloseTo(60, 6);
      expect(row.energyPercent).toBeGreaterThan(80);
    }
  });
});

const shared = process.env['BUSBAR_SHARED'] ?? '../shared';
const models = join(shared, 'data', 'building-pv');
const hasModels = existsSync(models);
if (!hasModels) console.warn(`no models of buildings in ${models}: set BUSBAR_SHARED`);
describe.runIf(hasModels)('files of building and solar models', () => {
  test('cover a year, the building is quiet at weekends', () => {
    const building = 'RefBldgMediumOfficeNew2004_7.1_5.0_3B_USA_CA_LOS_ANGELES.csv';
    const load = readPower(join(models, building), 'load', ZONE);
    const pv = readPower(join(models, 'results_jpl_autosized_220kWdc.csv'), 'pv', ZONE);
    expect(load.days.size).toBe(365);
    expect(pv.days.size).toBe(365);
    const week = seriesOf(load, rule('2019-03-04T08:00Z', '2019-03-11T07:00Z', true));
    const noonKw = (day: number): number => powerAt(week, at(`2019-03-${two(day)}T20:00Z`)) / 1000;
    expect(noonKw(6)).toBeGreaterThan(3 * noonKw(10));
    const sun = seriesOf(pv, rule('2019-03-04T08:00Z', '2019-03-05T08:00Z', false));
    expect(powerAt(sun, at('2019-03-04T08:00Z'))).toBe(0);
    expect(sun.powersW.reduce((most, w) => Math.max(most, w), 0)).toBeGreaterThan(50_000);
  });
});
