/** What the guarantee costs on a real day while every station is linked. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { amps, evseId, importNetwork, siteId, stationId } from '../../solver/index.js';
import { generateDemo, generateWorkday } from '../../simulator/sessions/generate.js';
import { readSessions } from '../../simulator/sessions/read-sessions.js';
import { parseSiteFile } from '../../simulator/site-file.js';
import { SETTINGS_DEFAULT } from '../../src/sites/defaults.js';
import type { Site } from '../../src/sites/site.js';
import { sharedPath } from '../setup/shared-data.js';
import { type DayFigures, type GarageDay, runDay } from './garage-day.js';
import { siteOfFile } from './site-of-file.js';
import { solveAsService as solve } from './solve-as-service.js';

const HOUR_MS = 3_600_000;
/** From seven in the morning to two in the afternoon: everybody comes, and somebody always wants more. */
const DURATION_MS = 7 * HOUR_MS;
const START_HOUR = 7;
const KVA = 40;
const SUPPLY_V = 208;
const VEHICLE_MAX_A = 31.73;
/** While somebody wants more. */
const USABLE_FRACTION_MIN = 0.95;
/** Profiles written, per EVSE with a running transaction and hour. */
const PROFILES_PER_HOUR_MAX = 10;

type Day = Pick<GarageDay, 'site' | 'capacityW' | 'visits' | 'durationMs'>;

/** 54 EVSEs of a garage at 40 kVA, and everybody who came on 4 March 2019. */
function realDay(): Day | undefined {
  const network = sharedPath('data', 'sites', 'caltech_acn.json');
  const csv = sharedPath('data', 'acn-portal-march2019', 'caltech_march2019_sessions.csv');
  if (network === undefined || csv === undefined) return undefined;
  const read = importNetwork(JSON.parse(readFileSync(network, 'utf8')), { capacityKva: KVA });
  if (read.status === 'refused') throw new Error('the network is understood');
  const window = { timeZone: 'America/Los_Angeles', from: '2019-03-04T07:00', to: '2019-03-05' };
  const fromMs = Date.UTC(2019, 2, 4, START_HOUR + 8);
  const visits = readSessions(csv, window).map((it) => ({
    stationId: it.stationId,
    arriveMs: it.arrivalAtMs - fromMs,
    leaveMs: it.departureAtMs - fromMs,
    energyWh: it.energyWh,
    currentMaxA: Math.min(VEHICLE_MAX_A, (it.maxPowerW ?? Number.POSITIVE_INFINITY) / SUPPLY_V),
  }));
  const site: Site = {
    ...SITE,
    voltageLineToNeutralV: read.voltageLineToNeutralV,
    voltageLineToLineV: read.voltageLineToLineV,
    circuits: read.circuits.map(({ baseLoadA, ...it }) => ({
      ...it,
      name: it.id,
      baseLoadMaxA: baseLoadA,
    })),
    stations: read.evses.map(({ id }) => ({ id: stationId(id), offlineTested: true })),
    evses: read.evses.map((it) => ({
      ...it,
      id: evseId(`${it.id}:1`),
      stationId: stationId(it.id),
      evseNumber: 1,
    })),
  };
  return { site, capacityW: KVA * 1000, visits, durationMs: DURATION_MS };
}

/** The project's own garage of the same shape at about the same capacity, and a seeded workday. */
function ownDay(): Day {
  const file = parseSiteFile(readFileSync('sites/garage-54.json', 'utf8'));
  const lineA = (KVA * 1000) / 3 / file.voltageLineToNeutralV;
  const site = siteOfFile(file);
  const line = { ...LINES, limitA: [amps(lineA), amps(lineA), amps(lineA)] as const };
  const circuits = site.circuits.map((it, index) =>
    index === 0 ? { ...it, limits: [...it.limits, line] } : it,
  );
  const all = generateWorkday({ site: file, seed: 1, startAtMs: 0 }).map((it) => ({
    stationId: it.stationId,
    arriveMs: it.arrivalAtMs - START_HOUR * HOUR_MS,
    leaveMs: it.departureAtMs - START_HOUR * HOUR_MS,
    energyWh: it.energyWh,
    currentMaxA: VEHICLE_MAX_A,
  }));
  const visits = all.filter((it) => it.arriveMs >= 0);
  return { site: { ...site, circuits }, capacityW: KVA * 1000, visits, durationMs: DURATION_MS };
}

const RATING = { kind: 'rating' } as const;
const LINES = { kind: 'line', source: RATING } as const;
const SITE = {
  id: siteId('garage'),
  tenantId: 'sim',
  name: 'Garage',
  timeZone: 'America/Los_Angeles',
  supply: 'delta',
  settings: { ...SETTINGS_DEFAULT, acceptAnyToken: true },
  version: 1,
} as const;

function measured(more: Pick<GarageDay, 'solve'> = {}): DayFigures {
  const day = realDay() ?? ownDay();
  const figures = runDay({ ...day, ...more, voltageV: SUPPLY_V, claims: true, seed: 1 });
  console.info(JSON.stringify(figures, (_, it) => (typeof it === 'number' ? round(it) : it)));
  return figures;
}

const writes = ({ callsPerHour: { cut = 0, raise = 0 } }: DayFigures): number => cut + raise;
const round = (value: number): number => Math.round(value * 1e4) / 1e4;

const alone = measured();
const planned = measured({ solve });

describe.each([
  ['the allocator alone', alone],
  ['by plans', planned],
])('a linked garage of 54 EVSEs at 40 kVA, drivers say what they need: %s', (_, figures) => {
  const { cut = 0, raise = 0, renew = 0 } = figures.callsPerHour;

  test('keeps 95 % of its capacity usable while somebody wants more, and says why not more', () => {
    expect(figures.wantingHours).toBeGreaterThan(3);
    expect(figures.usableFraction).toBeGreaterThanOrEqual(USABLE_FRACTION_MIN);
    expect(figures.unexplained).toBe(0);
  });

  test('writes at most 10 profiles per plugged EVSE and hour', () => {
    expect(figures.pluggedHours).toBeGreaterThan(50);
    expect(cut + raise + renew).toBeGreaterThan(0);
    expect(cut + raise + renew).toBeLessThanOrEqual(PROFILES_PER_HOUR_MAX);
  });
});

test('plans deliver more of what is wanted by fewer profiles', () => {
  expect(planned.deliveredFraction).toBeGreaterThan(alone.deliveredFraction + 0.01);
  expect(writes(planned)).toBeLessThan(writes(alone));
});

/** The demo: three-phase and single-phase vehicles, pilots of one ampere, somebody comes all the time. */
function livelyDay(): Omit<GarageDay, 'solve'> {
  const file = parseSiteFile(readFileSync('sites/demo.json', 'utf8'));
  const visits = generateDemo({ site: file, seed: 1, startAtMs: 0 }).map((it) => ({
    stationId: it.stationId,
    arriveMs: it.arrivalAtMs,
    leaveMs: it.departureAtMs,
    energyWh: it.energyWh,
    currentMaxA: it.maxA ?? 16,
    isPolyphase: it.phases !== 1,
  }));
  const voltageV = file.voltageLineToNeutralV;
  const capacityW = 3 * 63 * voltageV;
  const site = siteOfFile(file);
  const durationMs = 3 * HOUR_MS;
  return { site, capacityW, voltageV, visits, durationMs, claims: true, seed: 1 };
}

test('with fine pilots, three phases and many arrivals plans deliver a tenth more by fewer profiles', () => {
  const day = livelyDay();
  const [without, by] = [runDay(day), runDay({ ...day, solve })];
  expect(by.deliveredFraction).toBeGreaterThan(1.1 * without.deliveredFraction);
  expect(writes(by)).toBeLessThan(0.8 * writes(without));
  // What a budget of 12 raises an hour leaves free: nobody is held for having spent it.
  expect(by.callsPerHour['raise'] ?? 0).toBeLessThan(4);
});
