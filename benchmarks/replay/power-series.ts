/** Power over the time of a replay: days of a file put on the calendar of the sessions. */
import { DateTime } from 'luxon';
import {
  APART_DAYS_MAX,
  DAY_MS,
  HISTORY_DAYS,
  type PowerDay,
  type PowerFile,
} from './power-file.js';

export interface PowerSeries {
  /** Starts of steps, ascending; each value holds until the next. */
  readonly startsMs: readonly number[];
  readonly powersW: readonly number[];
  /** Days before the first session that may be learnt from: not one of them is used again later. */
  readonly history: readonly { readonly fromMs: number; readonly toMs: number }[];
}

export interface CalendarRule {
  readonly timeZone: string;
  /** Of the replay: local midnights. */
  readonly fromMs: number;
  readonly toMs: number;
  /** A building lives by weekdays, the sun does not. */
  readonly byWeekday: boolean;
}

/** A leap year has them all. */
const YEAR_DAYS = 366;

/** Throws a RangeError that says what the file covers where a day of the replay has no like in it. */
export function seriesOf(file: PowerFile, rule: CalendarRule): PowerSeries {
  const { timeZone, fromMs, toMs, byWeekday } = rule;
  const first = DateTime.fromMillis(fromMs, { zone: timeZone }).startOf('day');
  const days: Placed[] = [];
  for (let day = first.minus({ days: HISTORY_DAYS }); day.toMillis() < toMs; ) {
    const next = day.plus({ days: 1 });
    const source = sourceOf(file, numberOf(day), byWeekday);
    if (source === undefined && day >= first) throw new RangeError(refusal(file, day));
    if (source !== undefined) days.push({ day, endMs: next.toMillis(), source });
    day = next;
  }
  const used = new Set(days.filter((it) => it.day >= first).map((it) => it.source));
  const startsMs: number[] = [];
  const powersW: number[] = [];
  for (const { day, source } of days) place(day, file.days.get(source) as PowerDay);
  const history = days
    .filter((it) => it.day < first && !used.has(it.source))
    .map((it) => ({ fromMs: it.day.toMillis(), toMs: it.endMs }));
  return { startsMs, powersW, history };

  function place(day: DateTime, { minutes, powersW: values }: PowerDay): void {
    for (const [at, minute] of minutes.entries()) {
      const hour = Math.floor(minute / 60);
      const start = at === 0 ? day : day.set({ hour, minute: minute % 60 });
      // Daylight saving time leaves an hour out.
      if (at > 0 && start.hour !== hour) continue;
      startsMs.push(start.toMillis());
      powersW.push(values[at] as number);
    }
  }
}

interface Placed {
  readonly day: DateTime;
  readonly endMs: number;
  /** Number of the day in the file. */
  readonly source: number;
}

const numberOf = (day: DateTime): number => Date.UTC(day.year, day.month - 1, day.day) / DAY_MS;

function sourceOf(file: PowerFile, day: number, byWeekday: boolean): number | undefined {
  if (file.hasYears && file.days.has(day)) return day;
  let best: number | undefined;
  let bestApart = APART_DAYS_MAX + 1;
  for (const candidate of file.days.keys()) {
    if (byWeekday && (candidate - day) % 7 !== 0) continue;
    const direct = Math.abs(dayOfYear(candidate) - dayOfYear(day));
    const apart = Math.min(direct, YEAR_DAYS - direct);
    if (apart >= bestApart) continue;
    best = candidate;
    bestApart = apart;
  }
  return best;
}

/** Of a year that has a 29 February. */
function dayOfYear(number: number): number {
  const date = new Date(number * DAY_MS);
  return (Date.UTC(2000, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(2000, 0)) / DAY_MS;
}

function refusal({ path, days, hasYears }: PowerFile, day: DateTime): string {
  const text = (number: number | undefined): string =>
    number === undefined
      ? '-'
      : new Date(number * DAY_MS).toISOString().slice(hasYears ? 0 : 5, 10);
  const all = [...days.keys()].sort((a, b) => a - b);
  const covered = all.length === 0 ? 'no whole day' : `${text(all[0])} to ${text(all.at(-1))}`;
  return `${path} covers ${covered}; wanted is a day like ${day.toISODate()}, at most ${APART_DAYS_MAX} days apart`;
}

/** W; 0 before the first step. */
export function powerAt(series: PowerSeries | undefined, atMs: number): number {
  return series?.powersW[stepAt(series, atMs)] ?? 0;
}

/** When the next step begins; Infinity: never. */
export function nextStepMs(series: PowerSeries | undefined, atMs: number): number {
  return series?.startsMs[stepAt(series, atMs) + 1] ?? Infinity;
}

/** Over a while that is not empty, W. */
export function meanPowerW(series: PowerSeries | undefined, fromMs: number, toMs: number): number {
  let sum = 0;
  for (let atMs = fromMs; atMs < toMs; ) {
    const endMs = Math.min(toMs, nextStepMs(series, atMs));
    sum += powerAt(series, atMs) * (endMs - atMs);
    atMs = endMs;
  }
  return sum / (toMs - fromMs);
}

/** The last step that has begun; -1: none has. */
function stepAt({ startsMs }: PowerSeries, atMs: number): number {
  let low = 0;
  let high = startsMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((startsMs[middle] as number) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
