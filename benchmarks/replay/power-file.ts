/** Power of a building or of PV, from CSV files of several tools, as days of the wall clock. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { DateTime } from 'luxon';

/** Each value holds until the next one, the last until midnight, the first from midnight on. */
export interface PowerDay {
  /** Since midnight, ascending. */
  readonly minutes: readonly number[];
  readonly powersW: readonly number[];
}

export interface PowerFile {
  readonly path: string;
  /** False: a typical year, whose days are counted from a Sunday. */
  readonly hasYears: boolean;
  /** Days that are there from midnight to midnight, by number since 1 January 1970. */
  readonly days: ReadonlyMap<number, PowerDay>;
}

export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const STEP_MAX_MINUTES = 60;
/** Before the first session, to learn from. */
export const HISTORY_DAYS = 28;
/** In the year: further off the sun and the building are others. */
export const APART_DAYS_MAX = 31;
/** What a change to daylight saving time leaves out. */
const GAP_MINUTES = 60;
/** Begins on a Sunday and has no 29 February, as the typical years of building models. */
const TYPICAL_YEAR = 2017;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WANTED = 'wanted are a column with time or date in its name and one with kW or W';

export const POWER_FILES = `Files of --load and --pv are CSV, .gz too, with a header. The first column whose name says time or
date has the times, the first that says [kW], (W), _kw or _w the power; a value holds from its time
to the next, at most an hour. Times are ISO, with an offset or local, or those of typical years:
"01/31  24:00:00" (ends of steps, as EnergyPlus writes them) and "Jan 31, 11:00 pm" (as SAM does).
A day of the sessions that the file has is read there. For any other a load takes the nearest day of
the year with the same weekday (typical years begin on a Sunday), PV the nearest day; a file without
one within ${APART_DAYS_MAX} days is refused. The ${HISTORY_DAYS} days before --from are history to forecast from, except those that
are read again for days of the sessions. Load and PV are balanced and at the root circuit. The import
of the whole time from --from to --to is billed, export earns nothing, and the optimal bill is the
least of whoever serves as much. A battery gives way to vehicles, loses 5 % each way and feeds no grid;
what it gives relieves the root circuit. With --tariff plans move it for money, without one for vehicles
alone, and what they leave fills it. Policies without a plan leave it as it is.`;

interface Reading {
  /** Of the wall clock, as if it were UTC. */
  readonly wallMs: number;
  readonly powerW: number;
}

/**
 * Reads what the site draws or generates; W, never negative: a night's loss of an inverter is 0 of PV.
 * Throws a RangeError that names the file, the column and what is wanted.
 */
export function readPower(path: string, kind: 'load' | 'pv', timeZone: string): PowerFile {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const [header = '', ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const names = cellsOf(header);
  const timeAt = names.findIndex((it) => /time|date/i.test(it));
  const powerAt = names.findIndex((it, at) => at !== timeAt && kilo(it) !== undefined);
  if (timeAt < 0 || powerAt < 0) {
    throw new RangeError(`${path}: columns are ${names.join(', ').slice(0, 200)}; ${WANTED}`);
  }
  const factor = kilo(names[powerAt] ?? '') ?? 1;
  let form: Form | undefined;
  const readings = lines.map((line, index): Reading => {
    const cells = cellsOf(line);
    const fail = (column: number, wanted: string): never => {
      const found = `line ${index + 2}, column ${names[column]}: ${cells[column] ?? 'nothing'}`;
      throw new RangeError(`${path}, ${found}; wanted is ${wanted}`);
    };
    const cell = cells[timeAt] ?? '';
    form ??= FORMS.find((it) => it.pattern.test(cell));
    const wallMs = form?.wallMs(cell, timeZone);
    if (wallMs === undefined)
      return fail(timeAt, `${form?.name ?? 'an ISO time'}, as in every line`);
    const value = Number(cells[powerAt] === '' ? Number.NaN : cells[powerAt]);
    if (!Number.isFinite(value)) return fail(powerAt, 'a number');
    if (kind === 'load' && value < 0) return fail(powerAt, 'a load of 0 or more');
    return { wallMs, powerW: Math.max(0, value * factor) };
  });
  const days = daysOf(path, names[timeAt] ?? '', readings, form?.isEnd === true);
  return { path, hasYears: form?.hasYears === true, days };
}

/** Cells of a line; a quoted one may hold commas. */
const cellsOf = (line: string): readonly string[] =>
  [...line.matchAll(/("([^"]*)"|[^,]*)(?:,|$)/g)]
    .map(([, plain = '', quoted]) => (quoted ?? plain).trim())
    .slice(0, line.endsWith(',') ? undefined : -1);

/** W for each unit of a column; undefined: its name says no unit of power. */
function kilo(name: string): number | undefined {
  const unit = /[[(|_]\s*(k?w)\s*(?:[\])].*)?$/i.exec(name)?.[1];
  if (unit === undefined) return undefined;
  return unit.length === 2 ? 1000 : 1;
}

interface Form {
  readonly name: string;
  readonly pattern: RegExp;
  readonly hasYears: boolean;
  /** True: times are the ends of steps. */
  readonly isEnd: boolean;
  /** Undefined: no time of this form. */
  readonly wallMs: (text: string, timeZone: string) => number | undefined;
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/;
const MODEL = /^(\d\d)\/(\d\d)\s+(\d\d):(\d\d):\d\d$/;
const SPOKEN = /^([A-Z][a-z]{2}) (\d{1,2}), (\d\d):(\d\d) ([ap]m)$/;

const FORMS: readonly Form[] = [
  { name: 'an ISO time', pattern: ISO, hasYears: true, isEnd: false, wallMs: isoMs },
  { name: 'MM/DD  HH:MM:SS', pattern: MODEL, hasYears: false, isEnd: true, wallMs: modelMs },
  { name: 'Jan 31, 11:00 pm', pattern: SPOKEN, hasYears: false, isEnd: false, wallMs: spokenMs },
];

function isoMs(text: string, timeZone: string): number | undefined {
  const [, year, month, day, hour, minute, offset] = ISO.exec(text) ?? [];
  if (offset === undefined) return wall([year, month, day, hour, minute]);
  const local = DateTime.fromISO(text.replace(' ', 'T'), { zone: timeZone });
  return local.isValid ? local.setZone('utc', { keepLocalTime: true }).toMillis() : undefined;
}

function modelMs(text: string): number | undefined {
  const [, ...parts] = MODEL.exec(text) ?? [];
  return wall([TYPICAL_YEAR, ...parts]);
}

function spokenMs(text: string): number | undefined {
  const [, month = '', day, hour, minute, half] = SPOKEN.exec(text) ?? [];
  const hours = (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  return wall([TYPICAL_YEAR, MONTHS.indexOf(month) + 1, day, hours, minute]);
}

/** Year, month, day, hour up to 24, minute. */
function wall(parts: readonly (string | number | undefined)[]): number | undefined {
  const [year = Number.NaN, month = 0, day = 0, hour = 0, minute = 0] = parts.map(Number);
  const dayMs = Date.UTC(year, month - 1, day);
  const isDay = new Date(dayMs).getUTCMonth() === month - 1 && day > 0;
  return isDay && hour <= 24 && minute < 60 ? dayMs + (hour * 60 + minute) * MINUTE_MS : undefined;
}

function daysOf(
  path: string,
  column: string,
  given: readonly Reading[],
  isEnd: boolean,
): ReadonlyMap<number, PowerDay> {
  const readings = given.toSorted((a, b) => a.wallMs - b.wallMs);
  const steps = readings.slice(1).map((it, at) => it.wallMs - (readings[at] as Reading).wallMs);
  const stepMinutes = (steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0) / MINUTE_MS;
  if (!(stepMinutes >= 1 && stepMinutes <= STEP_MAX_MINUTES)) {
    throw new RangeError(
      `${path}, column ${column}: ${stepMinutes} minutes between most lines; wanted is 1 to 60`,
    );
  }
  const days = new Map<number, { minutes: number[]; powersW: number[] }>();
  for (const { wallMs, powerW } of readings) {
    const startMs = wallMs - (isEnd ? stepMinutes * MINUTE_MS : 0);
    const number = Math.floor(startMs / DAY_MS);
    const minute = (startMs - number * DAY_MS) / MINUTE_MS;
    const day = days.get(number) ?? { minutes: [], powersW: [] };
    days.set(number, day);
    // The hour that a change from daylight saving time repeats counts once.
    if (day.minutes.at(-1) === minute) continue;
    day.minutes.push(minute);
    day.powersW.push(powerW);
  }
  return new Map([...days].filter(([, { minutes }]) => isWhole(minutes, stepMinutes)));
}

function isWhole(minutes: readonly number[], stepMinutes: number): boolean {
  const gaps = minutes.slice(1).map((it, at) => it - (minutes[at] as number));
  const begins = (minutes[0] as number) < stepMinutes;
  const ends = 1440 - (minutes.at(-1) as number) <= stepMinutes;
  return begins && ends && gaps.every((it) => it <= stepMinutes + GAP_MINUTES);
}
