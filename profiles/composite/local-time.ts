/** Between UTC and the wall clock of a station whose offset changes (daylight saving). */
import type { UtcOffset } from './facts.js';

/** The wall time of an instant, written as if it were UTC, ms. */
export function wallMsAt(atMs: number, offsets: readonly UtcOffset[]): number {
  const offset = offsets.findLast(({ fromMs }) => fromMs <= atMs) ?? offsets[0];
  return atMs + (offset?.offsetSec ?? 0) * 1000;
}

/**
 * The instant of a wall time. One that comes twice is the earlier of the two; one that is skipped
 * counts with the offset before the change, so that it falls just after it.
 */
export function instantOfWall(wallMs: number, offsets: readonly UtcOffset[]): number {
  // Not the first that fits: an offset comes back every year.
  const fitting = offsets
    .map(({ offsetSec }) => wallMs - offsetSec * 1000)
    .filter((atMs) => wallMsAt(atMs, offsets) === wallMs);
  if (fitting.length > 0) return Math.min(...fitting);
  const skippedBy = offsets.findIndex(
    ({ fromMs, offsetSec }, index) => index > 0 && fromMs > wallMs - offsetSec * 1000,
  );
  const before = offsets.at(skippedBy > 0 ? skippedBy - 1 : -1);
  return wallMs - (before?.offsetSec ?? 0) * 1000;
}
