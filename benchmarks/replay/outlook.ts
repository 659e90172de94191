/** What policies expect of load and PV: the service's forecast of what the files have shown so far. */
import { type Forecast, forecast, type PowerPoint } from '../../src/planning/forecast.js';
import type { Outlook } from './policy.js';
import { meanPowerW, powerAt, type PowerSeries } from './power-series.js';
import type { Surroundings } from './surroundings.js';

const QUARTER_MS = 900_000;
/** As often as a forecast is made anew. */
const HOUR_MS = 3_600_000;

/** Forecasts see nothing that begins at `nowMs` or later, except the value that is measured now. */
export function createOutlook(around: Surroundings): (nowMs: number) => Outlook {
  const load = expectation(around.load, around);
  const pv = expectation(around.pv, around);
  return (nowMs) => ({
    loadW: (fromMs, toMs) => load(nowMs, fromMs, toMs),
    pvW: (fromMs, toMs) => pv(nowMs, fromMs, toMs),
  });
}

function expectation(
  series: PowerSeries | undefined,
  { startAtMs, endAtMs, timeZone }: Surroundings,
): (nowMs: number, fromMs: number, toMs: number) => number {
  if (series === undefined) return () => 0;
  const points = measuredQuarters(series, { startAtMs, endAtMs });
  let madeAtMs = -Infinity;
  let made: Forecast | undefined;
  return (nowMs, fromMs, toMs) => {
    if (nowMs - madeAtMs >= HOUR_MS) {
      const seen = points.findIndex((it) => it.atMs + QUARTER_MS > nowMs);
      made = forecast(seen < 0 ? points : points.slice(0, seen), timeZone, nowMs);
      madeAtMs = nowMs;
    }
    const expected = made ?? (() => powerAt(series, nowMs));
    let sumW = 0;
    let count = 0;
    for (let atMs = fromMs; atMs < toMs; atMs += QUARTER_MS) {
      sumW += Math.max(0, expected(atMs));
      count += 1;
    }
    return sumW / count;
  };
}

/** All that a meter shows from before the replay to its end: means of quarter hours. */
export function measuredQuarters(
  series: PowerSeries,
  { startAtMs, endAtMs }: Pick<Surroundings, 'startAtMs' | 'endAtMs'>,
): readonly PowerPoint[] {
  return [...series.history, { fromMs: startAtMs, toMs: endAtMs }].flatMap((it) =>
    quarters(series, it),
  );
}

function quarters(
  series: PowerSeries,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly PowerPoint[] {
  const points: PowerPoint[] = [];
  const firstMs = Math.ceil(fromMs / QUARTER_MS) * QUARTER_MS;
  for (let atMs = firstMs; atMs + QUARTER_MS <= toMs; atMs += QUARTER_MS) {
    points.push({ atMs, powerW: meanPowerW(series, atMs, atMs + QUARTER_MS) });
  }
  return points;
}
