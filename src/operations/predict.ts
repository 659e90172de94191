/** Trouble that is on its way: trends of a station over days, each with the series it was seen in. */
import type { StationId } from '../../solver/index.js';
import type { Condition, FaultKind } from '../store/operations/fault-ports.js';
import type { DayFigures } from '../store/operations/figure-ports.js';
import { type Point, SAMPLES_MIN, type Trend, trendOf } from './trend.js';

/**
 * One-sided 0.1 %: of a thousand stations without trouble one is named a day for each figure, and the
 * least change that matters takes most of these away.
 */
const Z_MIN = 3.09;
const DAY_MS = 24 * 3_600_000;

interface Watch {
  readonly kind: FaultKind;
  readonly direction: 1 | -1;
  readonly cause: string;
  readonly valueOf: (day: DayFigures) => number | undefined;
  /** Days without a row count as this; undefined: as unknown. */
  readonly emptyDay?: number;
  /** True when the change over the whole span is worth a person's look. */
  readonly matters: (trend: Trend) => boolean;
  readonly sentence: (trend: Trend, days: number) => string;
}

const WATCHES: readonly Watch[] = [
  {
    kind: 'reconnects-rising',
    direction: 1,
    cause: 'Connections are lost more and more often',
    valueOf: (day) => day.connections,
    emptyDay: 0,
    matters: ({ startValue, endValue }) => endValue >= 4 && endValue >= 2 * startValue,
    sentence: (trend, days) =>
      `connects ${round(trend.endValue)} times a day, ${round(trend.startValue)} ${days} days ago`,
  },
  {
    kind: 'errors-rising',
    direction: 1,
    cause: 'Faults are reported more and more often',
    valueOf: (day) => day.errors,
    emptyDay: 0,
    matters: ({ startValue, endValue }) => endValue >= 3 && endValue >= 2 * startValue,
    sentence: (trend, days) =>
      `reports ${round(trend.endValue)} faults a day, ${round(trend.startValue)} ${days} days ago`,
  },
  {
    kind: 'temperature-rising',
    direction: 1,
    cause: 'The highest temperature of the day rises',
    valueOf: (day) => day.temperatureMaxC,
    matters: ({ startValue, endValue }) => endValue >= 50 && endValue - startValue >= 8,
    sentence: (trend, days) =>
      `reaches ${round(trend.endValue)} °C, ${round(trend.startValue)} °C ${days} days ago`,
  },
  {
    kind: 'energy-falling',
    direction: -1,
    cause: 'Sessions deliver less and less energy',
    valueOf: (day) => (day.sessions === 0 ? undefined : day.energyWh / day.sessions),
    matters: ({ startValue, endValue }) => startValue >= 1000 && endValue <= 0.6 * startValue,
    sentence: (trend, days) =>
      `delivers ${round(trend.endValue / 1000)} kWh a session, ` +
      `${round(trend.startValue / 1000)} kWh ${days} days ago`,
  },
];

export const PREDICTED_KINDS: readonly FaultKind[] = WATCHES.map((it) => it.kind);

/** @param days of one site, whole UTC days before `toMs` */
export function predictedTrouble(days: readonly DayFigures[], toMs: number): readonly Condition[] {
  const stations = new Map<StationId, DayFigures[]>();
  for (const day of days) {
    stations.set(day.stationId, [...(stations.get(day.stationId) ?? []), day]);
  }
  return [...stations].flatMap(([stationId, own]) =>
    WATCHES.flatMap((watch) => conditionOf(stationId, watch, seriesOf(own, watch, toMs))),
  );
}

function conditionOf(stationId: StationId, watch: Watch, series: readonly Point[]): Condition[] {
  const trend = trendOf(series);
  if (trend === undefined || trend.z * watch.direction < Z_MIN || !watch.matters(trend)) return [];
  const first = series[0]?.atMs ?? 0;
  const last = series.at(-1)?.atMs ?? first;
  return [
    {
      key: `${watch.kind} ${stationId}`,
      kind: watch.kind,
      cause: watch.cause,
      severity: 'warning',
      stationId,
      summary: `${stationId} ${watch.sentence(trend, Math.round((last - first) / DAY_MS))}`,
      evidence: {
        series,
        figures: { slopePerDay: round(trend.slopePerDay), z: round(trend.z), days: series.length },
      },
    },
  ];
}

/** From the first day with a row on: before that the station may not have been there. */
function seriesOf(days: readonly DayFigures[], watch: Watch, toMs: number): readonly Point[] {
  const byDay = new Map(days.map((day) => [day.dayAtMs, day]));
  const first = Math.min(...byDay.keys());
  const points: Point[] = [];
  for (let atMs = first; atMs + DAY_MS <= toMs; atMs += DAY_MS) {
    const day = byDay.get(atMs);
    const value = day === undefined ? watch.emptyDay : watch.valueOf(day);
    if (value !== undefined) points.push({ atMs, value });
  }
  return points.length < SAMPLES_MIN ? [] : points;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
