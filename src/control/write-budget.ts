/** How often an EVSE may be told more: its station wears, and its vehicle follows each change. Pure. */

const HOUR_MS = 3_600_000;
const REPEAT_EVERY_MS = 300_000;
const SMALL_RAISE_A = 3;
const SMALL_RAISE_TIMES = 1.2;

/**
 * The earliest instant of one more raise; in the past where it may leave at once. Half of the hour's
 * raises may come at once, the rest one after the other, evenly: whoever has spent them waits for
 * minutes, not for the hour to end. Never more than `perHourMax` in any hour. A small raise leaves half of
 * those that may come at once to larger ones.
 *
 * @param raisesAtMs ascending, at least all of the last hour
 */
export function nextRaiseAtMs(
  raisesAtMs: readonly number[],
  nowMs: number,
  { perHourMax, isSmall }: { readonly perHourMax: number; readonly isSmall: boolean },
): number {
  const atOnce = Math.ceil(perHourMax / 2);
  // In less than an hour one fewer than this comes back.
  const perMs = (perHourMax + 1 - atOnce) / HOUR_MS;
  let left = atOnce;
  let leftAtMs = nowMs - HOUR_MS;
  for (const atMs of raisesAtMs) {
    if (atMs <= nowMs - HOUR_MS) continue;
    left = Math.min(atOnce, left + (atMs - leftAtMs) * perMs) - 1;
    leftAtMs = atMs;
  }
  const missing = (isSmall ? 1 + Math.floor(atOnce / 2) : 1) - left;
  return missing <= 0 ? leftAtMs : Math.ceil(leftAtMs + missing / perMs);
}

/** More of what it has already: worth one of the hour's raises only where there are enough of them. */
export function isSmallRaise(fromA: number, toA: number): boolean {
  return toA - fromA <= SMALL_RAISE_A && toA < fromA * SMALL_RAISE_TIMES;
}

/** So many times as many as changes: a third of all calls stay without an answer where a fifth of all frames gets lost. */
export const REPEATS_TIMES = 2;

/**
 * The same for what is sent again because nobody answered: all of the hour's may come at once. A station
 * that goes on without an answer is asked for one now and then: nobody else would tell that it listens again.
 */
export function nextRepeatAtMs(
  repeatsAtMs: readonly number[],
  nowMs: number,
  perHourMax: number,
): number {
  // Ascending: those of the last hour are the last ones.
  const first = repeatsAtMs.findIndex((atMs) => atMs > nowMs - HOUR_MS);
  const isSpent = first >= 0 && repeatsAtMs.length - first >= perHourMax;
  return isSpent ? (repeatsAtMs.at(-1) ?? 0) + REPEAT_EVERY_MS : 0;
}
