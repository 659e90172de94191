/** Sessions from CSV files of real charging sites, in either of two known layouts. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { DateTime } from 'luxon';
import type { PlannedSession } from '../ipc.js';

export interface SessionWindow {
  /** IANA zone of the site; local times of the file and of the window are in it. */
  readonly timeZone: string;
  /** Local date or date and time, ISO; a session that arrives before it is left out. */
  readonly from: string;
  /** Local date or date and time, ISO; the first instant that is no longer played. */
  readonly to: string;
}

interface Columns {
  readonly of: ReadonlyMap<string, number>;
  readonly fields: readonly string[];
}

const WH_PER_KWH = 1000;
const COLUMNS_SHOWN_CHARS = 200;

/**
 * Reads a .csv or .csv.gz file; throws a RangeError for a layout or a value that it does not know.
 */
export function readSessions(path: string, window: SessionWindow): readonly PlannedSession[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return parseSessions(text, window);
}

export function parseSessions(text: string, window: SessionWindow): readonly PlannedSession[] {
  const [header, ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  const names = (header ?? '').split(',');
  const of = new Map(names.map((name, index) => [name, index]));
  const parseLine = layoutOf(of);
  const fromMs = localMs(window.from, window.timeZone);
  const toMs = localMs(window.to, window.timeZone);
  return lines
    .map((line) => parseLine({ of, fields: line.split(',') }, window.timeZone))
    .filter(({ arrivalAtMs }) => arrivalAtMs >= fromMs && arrivalAtMs < toMs)
    .sort((a, b) => a.arrivalAtMs - b.arrivalAtMs || compare(a.sessionId, b.sessionId));
}

/** The instant of a local time, epoch ms. */
export function localMs(text: string, timeZone: string): number {
  const instant = DateTime.fromISO(text.trim().replace(' ', 'T'), { zone: timeZone });
  if (!instant.isValid) throw new RangeError(`${text} is not a time in ${timeZone}`);
  return instant.toMillis();
}

function layoutOf(
  of: ReadonlyMap<string, number>,
): (columns: Columns, timeZone: string) => PlannedSession {
  if (of.has('requested_kwh')) return parsePortal;
  if (of.has('delivered_energy (kWh)')) return parseSustainGym;
  const shown = [...of.keys()].join(', ').slice(0, COLUMNS_SHOWN_CHARS);
  throw new RangeError(
    `unknown session columns: ${shown}; wanted is requested_kwh or delivered_energy (kWh) among them`,
  );
}

/** Local times without offset; the energy requested is what was really delivered. */
function parsePortal(columns: Columns, timeZone: string): PlannedSession {
  return {
    ...identity(columns),
    arrivalAtMs: localMs(text(columns, 'arrival_local'), timeZone),
    departureAtMs: localMs(text(columns, 'departure_local'), timeZone),
    energyWh: number(columns, 'requested_kwh') * WH_PER_KWH,
    maxPowerW: number(columns, 'battery_max_kw') * WH_PER_KWH,
  };
}

/**
 * Times with offset. A driver's request exceeds what the battery took: the delivery is the need, and
 * request and estimate are the claim of those who made one.
 */
function parseSustainGym(columns: Columns, timeZone: string): PlannedSession {
  const session = {
    ...identity(columns),
    arrivalAtMs: localMs(text(columns, 'arrival'), timeZone),
    departureAtMs: localMs(text(columns, 'departure'), timeZone),
    energyWh: number(columns, 'delivered_energy (kWh)') * WH_PER_KWH,
  };
  if (columns.of.get('claimed') === undefined || text(columns, 'claimed') !== 'True')
    return session;
  const claimedEnergyWh = number(columns, 'requested_energy (kWh)') * WH_PER_KWH;
  const estimate = text(columns, 'estimated_departure');
  if (estimate === '') return { ...session, claimedEnergyWh };
  return { ...session, claimedEnergyWh, claimedDepartureAtMs: localMs(estimate, timeZone) };
}

function identity(
  columns: Columns,
): Pick<PlannedSession, 'sessionId' | 'stationId' | 'evseNumber'> {
  return {
    sessionId: text(columns, 'session_id'),
    stationId: text(columns, 'station_id'),
    evseNumber: 1,
  };
}

function text(columns: Columns, name: string): string {
  const value = columns.fields[columns.of.get(name) ?? -1];
  if (value === undefined) throw new RangeError(`a line lacks the column ${name}`);
  return value;
}

function number(columns: Columns, name: string): number {
  const value = Number(text(columns, name));
  if (!Number.isFinite(value)) throw new RangeError(`${text(columns, name)} is no ${name}`);
  return value;
}

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
