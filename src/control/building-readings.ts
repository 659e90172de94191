/**
 * What the meter of the building told that still counts: the newest readings, which show whether it is stuck,
 * and of those before them what makes the trailing maximum. One that is no higher than a later one does not.
 */
import { METER_STUCK_COUNT, TRAILING_MS } from '../sites/tiers.js';
import type { Draft } from './draft.js';
import type { LoadReading } from './state.js';

/** So many readings are kept beside the newest. */
const HIGHEST_MAX = 240;

/** A meter whose clock is ahead of ours would stay fresh for too long. */
export function foldReading(
  draft: Draft,
  circuitId: Parameters<Draft['buildingLoad']['get']>[0],
  measured: LoadReading,
): void {
  if (!draft.site.circuits.some((it) => it.id === circuitId)) return;
  const reading = { ...measured, atMs: Math.min(measured.atMs, draft.nowMs) };
  const known = draft.buildingLoad.get(circuitId)?.readings ?? [];
  const last = known.at(-1);
  if (last !== undefined && reading.atMs <= last.atMs) return;
  const all = [...known, reading];
  const newest = all.slice(-METER_STUCK_COUNT);
  const before = all
    .slice(0, -METER_STUCK_COUNT)
    .filter(({ atMs }) => atMs > reading.atMs - TRAILING_MS);
  const readings = [...highestOf(before, newest), ...newest];
  draft.buildingLoad.set(circuitId, { circuitId, readings });
}

/** Those that are higher than all after them on some phase; where they fall for minutes the oldest are merged. */
function highestOf(
  before: readonly LoadReading[],
  newest: readonly LoadReading[],
): readonly LoadReading[] {
  let mostA = newest.map((it) => it.currentA).reduce(largest);
  const highest: LoadReading[] = [];
  for (const { atMs, currentA: readA } of before.toReversed()) {
    const currentA = largest(mostA, readA);
    if (currentA.every((it, at) => it === mostA[at])) continue;
    mostA = currentA;
    const merged = highest.length === HIGHEST_MAX ? highest.pop() : undefined;
    highest.push({ atMs: merged?.atMs ?? atMs, currentA });
  }
  return highest.reverse();
}

function largest(one: LoadReading['currentA'], other: LoadReading['currentA']): typeof one {
  const at = (i: 0 | 1 | 2): number => Math.max(one[i], other[i]);
  return [at(0), at(1), at(2)];
}
