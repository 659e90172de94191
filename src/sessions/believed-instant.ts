/** A station keeps transactions for weeks; further back is the date of a clock that was never set. */
const LATE_MAX_MS = 366 * 24 * 3_600_000;

/**
 * When something was, of what a station says about it, epoch ms. Nothing was after it was told, or
 * longer ago than any station keeps its messages: then it is the time of receipt. One date decades
 * ahead would otherwise make all that follows look older than it.
 */
export function believedInstant(atMs: number, receivedAtMs: number): number {
  return receivedAtMs - atMs > LATE_MAX_MS ? receivedAtMs : Math.min(atMs, receivedAtMs);
}

/** When something was, and what the clock said where that is not believed: it shows that the clock is wrong. */
export interface BelievedStamp {
  readonly atMs: number;
  readonly stampedAtMs?: number;
}

export function believedStamp(stampedAtMs: number, receivedAtMs: number): BelievedStamp {
  const atMs = believedInstant(stampedAtMs, receivedAtMs);
  return atMs === stampedAtMs ? { atMs } : { atMs, stampedAtMs };
}
