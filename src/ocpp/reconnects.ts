/** How often each station came back within the last hour. Real time. */

export interface Reconnects {
  /** False: it has come too often, and the last time was too short ago. */
  mayConnect(identity: string): boolean;
  /** Counts a connection; returns how many there were within the last hour, this one included. */
  connected(identity: string): number;
}

const WINDOW_MS = 3_600_000;
/** Times kept per station: more than any allowance. */
const TIMES_MAX = 1_000;

/** After `countMax` connections within an hour one each `slowEveryMs` is let in. */
export function createReconnects(options: {
  readonly countMax: number;
  readonly slowEveryMs: number;
  readonly monotonicMs: () => number;
}): Reconnects {
  const { countMax, slowEveryMs, monotonicMs } = options;
  const timesMs = new Map<string, readonly number[]>();
  const recent = (identity: string): readonly number[] =>
    (timesMs.get(identity) ?? []).filter((atMs) => atMs > monotonicMs() - WINDOW_MS);

  return {
    mayConnect(identity) {
      const found = recent(identity);
      const lastMs = found.at(-1) ?? Number.NEGATIVE_INFINITY;
      return found.length < countMax || monotonicMs() - lastMs >= slowEveryMs;
    },
    connected(identity) {
      const found = [...recent(identity), monotonicMs()].slice(-TIMES_MAX);
      timesMs.set(identity, found);
      return found.length;
    },
  };
}
