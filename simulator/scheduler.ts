/**
 * One heap of due events for the whole process, in site time. An event that comes late because the
 * event loop stalled still runs in order and is told when it was due.
 */
import type { SiteClock } from './clock.js';

export interface Scheduler {
  /** The due time of the running event, else the time of the latest pump or later. */
  nowMs(): number;
  /** Runs `run` with its due time; a due time in the past becomes now. Returns the cancel. */
  at(atMs: number, run: (dueAtMs: number) => void): () => void;
  /** Runs everything that is due. Call it before acting on anything from outside. */
  pump(): void;
  /** Real ms by which the process was late at worst. */
  stallMaxMs(): number;
  stop(): void;
}

interface Entry {
  readonly atMs: number;
  readonly order: number;
  run: ((dueAtMs: number) => void) | undefined;
}

/** Longest real sleep; keeps the timer inside setTimeout's range. */
const SLEEP_MAX_MS = 60_000;

export function createScheduler(clock: SiteClock): Scheduler {
  const heap: Entry[] = [];
  let order = 0;
  let timeMs = clock.nowMs();
  let pumping = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let armedForMs = Number.POSITIVE_INFINITY;
  let stallMaxMs = 0;

  const arm = (): void => {
    const head = heap[0];
    if (stopped || pumping || head === undefined || head.atMs >= armedForMs) return;
    clearTimeout(timer);
    armedForMs = head.atMs;
    const realMs = Math.ceil((head.atMs - clock.nowMs()) / clock.speed);
    timer = setTimeout(wake, Math.min(SLEEP_MAX_MS, Math.max(1, realMs)));
  };
  const wake = (): void => {
    armedForMs = Number.POSITIVE_INFINITY;
    pump();
  };
  const runDue = (untilMs: number): void => {
    for (let head = heap[0]; head !== undefined && head.atMs <= untilMs; head = heap[0]) {
      popEntry(heap);
      timeMs = Math.max(timeMs, head.atMs);
      head.run?.(timeMs);
    }
  };
  const pump = (): void => {
    if (pumping || stopped) return;
    pumping = true;
    const untilMs = clock.nowMs();
    const head = heap[0];
    if (head !== undefined) {
      stallMaxMs = Math.max(stallMaxMs, (untilMs - head.atMs) / clock.speed);
    }
    try {
      runDue(untilMs);
      timeMs = Math.max(timeMs, untilMs);
    } finally {
      pumping = false;
    }
    arm();
  };

  return {
    nowMs: () => timeMs,
    at(atMs, run) {
      const entry: Entry = { atMs: Math.max(atMs, timeMs), order: (order += 1), run };
      pushEntry(heap, entry);
      arm();
      return () => {
        entry.run = undefined;
      };
    },
    pump,
    stallMaxMs: () => stallMaxMs,
    stop() {
      stopped = true;
      clearTimeout(timer);
      heap.length = 0;
    },
  };
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

function pushEntry(heap: Entry[], entry: Entry): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = entry;
}

function popEntry(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    if (left === undefined) break;
    const child = right !== undefined && isBefore(right, left) ? right : left;
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = 2 * index + (child === left ? 1 : 2);
  }
  heap[index] = last;
}
