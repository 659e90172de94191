/**
 * Is a series going up or down? Mann-Kendall says whether there is a trend at all, whatever the
 * distribution; Theil-Sen says how steep it is, unmoved by a few wild days.
 */

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

export interface Trend {
  /** Median of the slopes between all pairs, per day. */
  readonly slopePerDay: number;
  /** The line through the medians at the first and at the last instant. */
  readonly startValue: number;
  readonly endValue: number;
  /** Kendall's score over its standard deviation, corrected for ties and continuity. */
  readonly z: number;
}

/** Fewer say nothing. */
export const SAMPLES_MIN = 10;
const DAY_MS = 24 * 3_600_000;

/** Undefined for too few points, or points of one instant. */
export function trendOf(points: readonly Point[]): Trend | undefined {
  if (points.length < SAMPLES_MIN) return undefined;
  const series = points.toSorted((a, b) => a.atMs - b.atMs);
  const slopes: number[] = [];
  let score = 0;
  for (const [index, later] of series.entries()) {
    for (const earlier of series.slice(0, index)) {
      score += Math.sign(later.value - earlier.value);
      const days = (later.atMs - earlier.atMs) / DAY_MS;
      if (days > 0) slopes.push((later.value - earlier.value) / days);
    }
  }
  if (slopes.length === 0) return undefined;
  const slopePerDay = median(slopes);
  const first = series[0]?.atMs ?? 0;
  const dayOf = (point: Point): number => (point.atMs - first) / DAY_MS;
  const startValue = median(series.map((it) => it.value - slopePerDay * dayOf(it)));
  const lastDay = (series.at(-1)?.atMs ?? first) / DAY_MS - first / DAY_MS;
  return {
    slopePerDay,
    startValue,
    endValue: startValue + slopePerDay * lastDay,
    z: scoreToZ(score, series),
  };
}

/** Kendall's variance with ties: (n(n-1)(2n+5) - sum over ties t(t-1)(2t+5)) / 18. */
function scoreToZ(score: number, series: readonly Point[]): number {
  const ties = new Map<number, number>();
  for (const { value } of series) ties.set(value, (ties.get(value) ?? 0) + 1);
  const term = (n: number): number => n * (n - 1) * (2 * n + 5);
  const tied = [...ties.values()].reduce((sum, n) => sum + term(n), 0);
  const variance = (term(series.length) - tied) / 18;
  if (variance <= 0 || score === 0) return 0;
  return (score - Math.sign(score)) / Math.sqrt(variance);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
