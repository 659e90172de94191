/** What was imported in each demand interval; the meter of a grid connection has them by the clock. */

const MS_PER_HOUR = 3_600_000;

export interface DemandIntervals {
  /** Of the first one. */
  readonly startAtMs: number;
  /** Of each so far, Wh. */
  readonly importWh: readonly number[];
  endOf(atMs: number): number;
  /** Precondition: both instants are in one interval. */
  add(fromMs: number, toMs: number, wh: number): void;
  /** Mean of the one that runs; undefined where it begins now. */
  soFarW(atMs: number): number | undefined;
  /** The highest mean of those that are over. */
  peakW(): number;
}

export function demandIntervals(fromMs: number, lengthMs: number): DemandIntervals {
  const startAtMs = Math.floor(fromMs / lengthMs) * lengthMs;
  const importWh: number[] = [];
  let highestW = 0;
  const indexOf = (atMs: number): number => Math.floor((atMs - startAtMs) / lengthMs);
  return {
    startAtMs,
    importWh,
    endOf: (atMs) => startAtMs + (indexOf(atMs) + 1) * lengthMs,
    add(atMs, toMs, wh) {
      const index = indexOf(atMs);
      while (importWh.length <= index) importWh.push(0);
      importWh[index] = (importWh[index] ?? 0) + wh;
      if ((toMs - startAtMs) % lengthMs !== 0) return;
      highestW = Math.max(highestW, ((importWh[index] ?? 0) * MS_PER_HOUR) / lengthMs);
    },
    soFarW(atMs) {
      const goneMs = (atMs - startAtMs) % lengthMs;
      return goneMs > 0 ? ((importWh[indexOf(atMs)] ?? 0) * MS_PER_HOUR) / goneMs : undefined;
    },
    peakW: () => highestW,
  };
}
