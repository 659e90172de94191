/** Virtual time: a heap of due events, ties in the order in which they were asked for. */

export interface Timer {
  cancel(): void;
}

export interface EventHeap {
  nowMs(): number;
  /** Runs `run` at `atMs`; an instant of the past becomes now. */
  at(atMs: number, run: () => void): Timer;
  /** Runs everything due before `untilMs`, and `after` behind each event. Returns how many ran. */
  runUntil(untilMs: number, after: () => void): number;
}

interface Entry {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export function createEventHeap(startMs: number): EventHeap {
  const heap: Entry[] = [];
  let timeMs = startMs;
  let order = 0;
  return {
    nowMs: () => timeMs,
    at(atMs, run) {
      order += 1;
      const entry: Entry = { atMs: Math.max(Math.ceil(atMs), timeMs), order, run };
      push(heap, entry);
      return {
        cancel() {
          entry.run = undefined;
        },
      };
    },
    runUntil(untilMs, after) {
      let count = 0;
      for (let head = heap[0]; head !== undefined && head.atMs < untilMs; head = heap[0]) {
        pop(heap);
        if (head.run === undefined) continue;
        timeMs = head.atMs;
        head.run();
        count += 1;
        after();
      }
      timeMs = untilMs;
      return count;
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
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

function pop(heap: Entry[]): void {
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
