/**
 * The slots of a plan: short ones first, and every event (a departure, a price, an order) at an edge.
 *
 *     now  5 min  5 min  5 min | 15 min ... to 3 h | 60 min ... to the horizon
 *
 * The short ones begin now: the next plan comes when the first ends, and a first slot cut short by the
 * clock would have vehicles switched twice. Regular edges after them lie on the clock, so that one plan
 * after another has the same ones.
 */
const MINUTE_MS = 60_000;
/** The next plan comes when the first slot ends: within it a session has one target. */
export const FIRST_SLOT_MS = 5 * MINUTE_MS;
const FINE_COUNT = 3;
const MIDDLE_MS = 15 * MINUTE_MS;
const MIDDLE_UNTIL_MS = 180 * MINUTE_MS;
const COARSE_MS = 60 * MINUTE_MS;
/** No slot is shorter. An event so near to the one before it falls to that edge. */
const SLOT_MIN_MS = MINUTE_MS;

export interface Slot {
  readonly startMs: number;
  readonly endMs: number;
}

/** Precondition: the horizon is at least a minute. Events outside of it are left out. */
export function planSlots(
  nowMs: number,
  endMs: number,
  eventsMs: readonly number[],
): readonly Slot[] {
  const events: number[] = [];
  for (const atMs of [...eventsMs].sort((a, b) => a - b)) {
    const isFar = atMs >= (events.at(-1) ?? nowMs) + SLOT_MIN_MS;
    if (isFar && atMs <= endMs - SLOT_MIN_MS) events.push(atMs);
  }
  const fixed = [nowMs, ...events, endMs];
  const regular = regularEdges(nowMs, endMs).filter((atMs) =>
    fixed.every((other) => Math.abs(other - atMs) >= SLOT_MIN_MS),
  );
  const edges = [...fixed, ...regular].sort((a, b) => a - b);
  return edges.slice(1).map((edgeMs, index) => ({ startMs: edges[index] ?? nowMs, endMs: edgeMs }));
}

function regularEdges(nowMs: number, endMs: number): readonly number[] {
  const edges: number[] = [];
  let atMs = nowMs;
  while (atMs < endMs) {
    const isFine = edges.length < FINE_COUNT;
    const coarseMs = atMs < nowMs + MIDDLE_UNTIL_MS ? MIDDLE_MS : COARSE_MS;
    const stepMs = isFine ? FIRST_SLOT_MS : coarseMs;
    atMs = isFine ? atMs + stepMs : (Math.floor(atMs / stepMs) + 1) * stepMs;
    if (atMs < endMs) edges.push(atMs);
  }
  return edges;
}

/** The slots [first, end) that lie wholly within a window; empty where none does. */
export function slotsWithin(
  slots: readonly Slot[],
  window: { readonly fromMs: number; readonly untilMs: number },
): { readonly firstSlot: number; readonly endSlot: number } {
  const found = slots.findIndex((it) => it.startMs >= window.fromMs);
  const firstSlot = found < 0 ? slots.length : found;
  const endSlot = slots.findLastIndex((it) => it.endMs <= window.untilMs) + 1;
  return { firstSlot, endSlot: Math.max(firstSlot, endSlot) };
}
