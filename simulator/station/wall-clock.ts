/** The wall clock at a station, for schedules in local time. */

/** The clock is ahead of UTC by this much from an instant on; the first counts before it too. */
export interface ClockOffset {
  readonly sinceMs: number;
  readonly aheadSec: number;
}

export function wallClock(atMs: number, offsets: readonly ClockOffset[]): number {
  let aheadSec = offsets[0]?.aheadSec ?? 0;
  for (const offset of offsets) if (offset.sinceMs <= atMs) aheadSec = offset.aheadSec;
  return atMs + aheadSec * 1000;
}

/** When the wall clock shows this: the first time, or, if it is put forward over it, just after. */
export function whenShown(wallMs: number, offsets: readonly ClockOffset[]): number {
  const guessesMs = offsets.map(({ aheadSec }) => wallMs - aheadSec * 1000);
  const trueMs = guessesMs.filter((atMs) => wallClock(atMs, offsets) === wallMs);
  if (trueMs.length > 0) return Math.min(...trueMs);
  return guessesMs.length > 0 ? Math.max(...guessesMs) : wallMs;
}
