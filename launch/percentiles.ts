export interface Percentiles {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Nearest-rank percentiles, rounded to 0.1; null without samples. */
export function percentiles(samples: readonly number[]): Percentiles {
  const sorted = samples.toSorted((a, b) => a - b);
  return { p50: rank(sorted, 0.5), p99: rank(sorted, 0.99), max: rank(sorted, 1) };
}

function rank(sorted: readonly number[], fraction: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)];
  return value === undefined ? null : Math.round(value * 10) / 10;
}
