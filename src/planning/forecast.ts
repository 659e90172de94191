/**
 * A forecast of measured power from its own history. Pure.
 *
 * Seasonal by weekday and hour in the site's time zone, drawn towards the hour of all such days while a
 * weekday has been seen seldom, and blended with how the last hour differs from it, which fades out.
 */
import { DateTime } from 'luxon';

/** The mean of the quarter hour that starts there. */
export interface PowerPoint {
  readonly atMs: number;
  readonly powerW: number;
}

/** How far a forecast was off, by how far ahead it was made. */
export interface ForecastError {
  readonly horizonSec: number;
  /** Mean of |forecast - measured|, W. */
  readonly meanAbsoluteErrorW: number;
  /** Forecasts that it is the mean of. */
  readonly count: number;
}

export type Forecast = (atMs: number) => number;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How much of the last hour's difference is left after this time: 1/e. */
const FADE_MS = 2 * HOUR_MS;
/** So many hours of other days weigh as much as one that was seen on this weekday. */
const DRAWN_TO_ALL = 1;
const HORIZONS_SEC = [3600, 4 * 3600, 24 * 3600] as const;
const ERRORS_OVER_MS = 7 * DAY_MS;
/** Before that a seasonal forecast says nothing that is worth an error. */
const LEARNT_AFTER_MS = DAY_MS;

/** What was seen so far: sums by hour of the week, of weekdays or weekends, of the day, of all. */
interface Seasons {
  add(point: PowerPoint): void;
  /** Undefined: nothing was seen yet. */
  at(atMs: number): number | undefined;
}

/** Undefined without any history. Precondition: points ascend and end before `nowMs`. */
export function forecast(
  history: readonly PowerPoint[],
  timeZone: string,
  nowMs: number,
): Forecast | undefined {
  if (history.length === 0) return undefined;
  const seasons = createSeasons(slotsOf(timeZone));
  for (const point of history) seasons.add(point);
  const recent = history.filter((it) => it.atMs > nowMs - HOUR_MS - 1);
  return blended(seasons, recent, nowMs);
}

/**
 * Forecasts as they would have been made at each full hour of the last week, against what was measured.
 * Horizons of which nothing is known are left out.
 */
export function forecastErrors(
  history: readonly PowerPoint[],
  timeZone: string,
  nowMs: number,
): readonly ForecastError[] {
  const [first] = history;
  if (first === undefined) return [];
  const seasons = createSeasons(slotsOf(timeZone));
  const measuredW = new Map(history.map((it) => [it.atMs, it.powerW]));
  const sums = HORIZONS_SEC.map(() => ({ offW: 0, count: 0 }));
  const fromMs = Math.max(nowMs - ERRORS_OVER_MS, first.atMs + LEARNT_AFTER_MS);
  let seen = 0;
  for (let madeMs = Math.ceil(fromMs / HOUR_MS) * HOUR_MS; madeMs < nowMs; madeMs += HOUR_MS) {
    const start = seen;
    for (; (history[seen]?.atMs ?? madeMs) < madeMs; seen += 1) {
      seasons.add(history[seen] as PowerPoint);
    }
    const recent = history.slice(start, seen).filter((it) => it.atMs >= madeMs - HOUR_MS);
    const made = blended(seasons, recent, madeMs);
    HORIZONS_SEC.forEach((horizonSec, index) => {
      const atMs = madeMs + horizonSec * 1000;
      const actualW = measuredW.get(atMs);
      const sum = sums[index];
      if (actualW === undefined || sum === undefined) return;
      sum.offW += Math.abs(made(atMs) - actualW);
      sum.count += 1;
    });
  }
  return HORIZONS_SEC.flatMap((horizonSec, index) => {
    const { offW, count } = sums[index] ?? { offW: 0, count: 0 };
    return count === 0 ? [] : [{ horizonSec, meanAbsoluteErrorW: offW / count, count }];
  });
}

function blended(seasons: Seasons, recent: readonly PowerPoint[], nowMs: number): Forecast {
  const differenceW =
    recent.reduce((sum, it) => sum + it.powerW - (seasons.at(it.atMs) ?? it.powerW), 0) /
    Math.max(1, recent.length);
  return (atMs) => {
    const ageMs = Math.max(0, atMs - nowMs);
    return (seasons.at(atMs) ?? 0) + differenceW * Math.exp(-ageMs / FADE_MS);
  };
}

interface Slot {
  /** 0 to 167, from Monday. */
  readonly weekHour: number;
  /** Hour, and 24 more at weekends. */
  readonly dayHour: number;
}

function createSeasons(slotOf: (atMs: number) => Slot): Seasons {
  const ofWeek = createMeans(168);
  const ofDayKind = createMeans(48);
  const ofDay = createMeans(24);
  const ofAll = createMeans(1);
  return {
    add({ atMs, powerW }) {
      const { weekHour, dayHour } = slotOf(atMs);
      ofWeek.add(weekHour, powerW);
      ofDayKind.add(dayHour, powerW);
      ofDay.add(dayHour % 24, powerW);
      ofAll.add(0, powerW);
    },
    at(atMs) {
      const { weekHour, dayHour } = slotOf(atMs);
      const wide = ofDayKind.mean(dayHour) ?? ofDay.mean(dayHour % 24) ?? ofAll.mean(0);
      const own = ofWeek.mean(weekHour);
      if (own === undefined || wide === undefined) return wide;
      const hours = ofWeek.count(weekHour) / 4;
      return (hours * own + DRAWN_TO_ALL * wide) / (hours + DRAWN_TO_ALL);
    },
  };
}

interface Means {
  add(index: number, value: number): void;
  mean(index: number): number | undefined;
  count(index: number): number;
}

function createMeans(size: number): Means {
  const sums = new Float64Array(size);
  const counts = new Float64Array(size);
  return {
    add(index, value) {
      sums[index] = (sums[index] ?? 0) + value;
      counts[index] = (counts[index] ?? 0) + 1;
    },
    mean: (index) => (counts[index] === 0 ? undefined : (sums[index] ?? 0) / (counts[index] ?? 1)),
    count: (index) => counts[index] ?? 0,
  };
}

/**
 * The zone is asked at the ends of days of UTC: between two that have the same offset no clock is changed.
 * A look at the zone for every point took longer than all the rest of a forecast, one for every day in
 * every forecast still a third of it.
 */
function slotsOf(timeZone: string): (atMs: number) => Slot {
  const offsetMs = (atMs: number): number =>
    60_000 * DateTime.fromMillis(atMs, { zone: timeZone }).offset;
  const known = daysOf(timeZone);
  const offsetAtStartMs = (day: number): number => {
    const found = known.get(day) ?? offsetMs(day * DAY_MS);
    known.set(day, found);
    return found;
  };
  return (atMs) => {
    const day = Math.floor(atMs / DAY_MS);
    const startMs = offsetAtStartMs(day);
    const localMs = atMs + (startMs === offsetAtStartMs(day + 1) ? startMs : offsetMs(atMs));
    const localHour = Math.floor(localMs / HOUR_MS);
    const weekHour = (localHour + HOURS_SINCE_MONDAY) % 168;
    return { weekHour, dayHour: (weekHour % 24) + (weekHour >= 5 * 24 ? 24 : 0) };
  };
}

/** By zone the offsets at the starts of days of UTC, ms. */
const OFFSETS = new Map<string, Map<number, number>>();
/** Of a zone, before it is begun anew: more than a year, far beyond what one forecast looks at. */
const DAYS_KNOWN_MAX = 500;

function daysOf(timeZone: string): Map<number, number> {
  const known = OFFSETS.get(timeZone);
  if (known !== undefined && known.size <= DAYS_KNOWN_MAX) return known;
  const empty = new Map<number, number>();
  OFFSETS.set(timeZone, empty);
  return empty;
}

/** The first of January 1970 was a Thursday. */
const HOURS_SINCE_MONDAY = 72;
