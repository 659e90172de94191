/** Which rungs a station is told limits by at once, and in which order they are tried. */
import type { Rung } from './form.js';

/** All subsets by size, then in the order of the list; the empty one first. */
export function fewestFirst(rungs: readonly Rung[]): readonly (readonly Rung[])[] {
  const sets = Array.from({ length: 2 ** rungs.length }, (_, mask) =>
    rungs.filter((_rung, bit) => (mask & (2 ** bit)) !== 0),
  );
  return sets.sort((a, b) => a.length - b.length);
}

/**
 * The maximum of a station takes the place of a default and must not be Relative (K01.FR.38), whichever of F0
 * and leases brought it there.
 */
export function goTogether(set: readonly Rung[], kept: readonly Rung[]): boolean {
  const all = [...kept, ...set];
  return !all.includes('station-max') || !(set.includes('tx-default') || all.includes('relative'));
}

export function isSame(a: readonly Rung[], b: readonly Rung[]): boolean {
  return a.length === b.length && a.every((it) => b.includes(it));
}
