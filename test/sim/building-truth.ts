/**
 * What the meter of a building has shown lately, and what may rest on it: the metered tier (SAFETY
 * "Contract"), by arithmetic of its own.
 */
import type { CircuitId, PerChannel } from '../../solver/index.js';
import type { StepTaken } from './engine-shell.js';

export interface BuildingTruth {
  stepped(taken: StepTaken, nowMs: number): void;
  /**
   * The least that the engine may have taken for in use at any time of which something may still be in
   * force: no more than declared, and that where its meter told nothing, or the same for too long.
   */
  leastA(declared: PerChannel<number>, nowMs: number): PerChannel<number>;
}

interface Reading {
  readonly atMs: number;
  readonly currentA: PerChannel<number>;
}

interface Shown {
  readonly seenAtMs: number;
  /** Undefined: it is not to be believed. */
  readonly mostA: PerChannel<number> | undefined;
}

/** The same so many times is no reading any more. */
const STUCK_COUNT = 30;
/** The largest of so long counts; less what may pass before the next reading. */
const TRAILING_MS = 300_000 - 60_000;

/** `lateMs`: what was granted on a reading is over by then. */
export function createBuildingTruth(root: CircuitId | undefined, lateMs: number): BuildingTruth {
  let shown: Shown[] = [];
  /** What the engine had taken before the last one: what it has let go of since counts on. */
  let taken: readonly Reading[] = [];

  /** What a process of ours took and lost has never been in the state. */
  function takenBefore({ buildingLoad }: StepTaken['before']): readonly Reading[] {
    const known = (root === undefined ? undefined : buildingLoad.get(root))?.readings ?? [];
    const [first] = known;
    if (first === undefined) return [];
    const older = taken.filter(({ atMs }) => atMs < first.atMs).slice(-STUCK_COUNT);
    return [...older, ...known];
  }

  function note(readings: readonly Reading[], nowMs: number): void {
    const tail = readings.slice(-STUCK_COUNT);
    const last = tail.at(-1);
    if (last === undefined) return;
    const isStuck =
      tail.length === STUCK_COUNT &&
      tail.every(({ currentA }) => currentA.every((a, i) => a === last.currentA[i]));
    const recent = readings.filter(({ atMs }) => atMs > last.atMs - TRAILING_MS);
    const most = (i: 0 | 1 | 2): number => Math.max(0, ...recent.map((it) => it.currentA[i]));
    const mostA = isStuck ? undefined : ([most(0), most(1), most(2)] as const);
    shown.push({ seenAtMs: Math.max(nowMs, last.atMs), mostA });
  }

  return {
    stepped({ items, before }, nowMs) {
      if (root === undefined) return;
      const now: Reading[] = [];
      for (const { event } of items) {
        if (event.type === 'building.sampled' && event.circuitId === root) now.push(event.reading);
      }
      if (now.length === 0) return;
      taken = takenBefore(before);
      note([...taken, ...now], nowMs);
    },
    leastA(declared, nowMs) {
      const fromMs = nowMs - lateMs;
      if ((shown[0]?.seenAtMs ?? nowMs) < fromMs) {
        shown = shown.filter(({ seenAtMs }) => seenAtMs >= fromMs);
      }
      const least = (i: 0 | 1 | 2): number =>
        shown.reduce((a, { mostA }) => Math.min(a, mostA?.[i] ?? a), declared[i]);
      return [least(0), least(1), least(2)];
    },
  };
}
