/** The sums of W on every circuit over time, and whether one more current fits at all of it. */
import type { EvseId, PerChannel } from '../solver/index.js';
import { type FailureReserve, narrow, reservedAt } from './failure-reserve.js';
import { type CompiledTree, carries } from './tree-load.js';
import type { Step } from './types.js';

/** Currents below this are equal; sums of unlike order differ by less. */
const EQUAL_A = 1e-9;

/** Sums on one circuit: entry i holds from `atMs[i]` to the next; the last for ever. */
export interface Timeline {
  readonly atMs: number[];
  readonly sumA: readonly [number[], number[], number[]];
  /** The largest sum of each channel at any instant. */
  readonly peakA: [number, number, number];
}

export interface LoadOverTime {
  readonly tree: CompiledTree;
  readonly timelines: readonly Timeline[];
  /** Kept free beside the sums, where an owner's policy asks for it (R0). */
  readonly reserve?: FailureReserve | undefined;
}

/** Where an EVSE's current counts. */
export interface Connected {
  readonly path: readonly number[];
  readonly channels: PerChannel<boolean>;
}

/** A stretch of time in which a current is added; for ever where `toMs` is infinite. */
export interface Rise {
  readonly fromMs: number;
  readonly toMs: number;
  readonly addA: number;
}

/** A rise on the channels that it loads. */
export interface Segment extends Rise {
  readonly channels: PerChannel<boolean>;
  /** Whose it is. */
  readonly evseId?: EvseId;
}

export interface Misfit {
  readonly circuitIndex: number;
  readonly atMs: number;
}

interface Change {
  readonly atMs: number;
  readonly addA: number;
  readonly of: Connected;
}

/** Precondition: every step function starts at `nowMs`. */
export function loadOverTime(
  tree: CompiledTree,
  nowMs: number,
  loads: readonly (Connected & { readonly steps: readonly Step[] })[],
): LoadOverTime {
  const changes: Change[] = [];
  for (const load of loads) {
    let lastA = 0;
    for (const { fromMs, currentA } of load.steps) {
      changes.push({ atMs: fromMs, addA: currentA - lastA, of: load });
      lastA = currentA;
    }
  }
  changes.sort((a, b) => a.atMs - b.atMs);
  const timelines = tree.circuitIds.map(
    (): Timeline => ({ atMs: [nowMs], sumA: [[0], [0], [0]], peakA: [0, 0, 0] }),
  );
  for (const { atMs, addA, of } of changes) {
    for (const circuitIndex of of.path) append(timelines[circuitIndex], atMs, addA, of.channels);
  }
  timelines.forEach((timeline) => {
    for (const fromMs of tree.fromMs) if (fromMs > nowMs) entryAt(timeline, fromMs);
    for (const channel of [0, 1, 2] as const) {
      for (const sumA of timeline.sumA[channel]) {
        timeline.peakA[channel] = Math.max(timeline.peakA[channel], sumA);
      }
    }
  });
  return { tree, timelines };
}

/**
 * What W would rise by if a command were planned: the stretches where `command` is above `told`,
 * with what it adds to `worst` there (0 where a reserve hides it). Empty: it is no increase.
 */
export function rises(
  command: readonly Step[],
  worst: readonly Step[],
  told: readonly Step[],
): Rise[] {
  const instants: number[] = [];
  for (const { fromMs } of command) instants.push(fromMs);
  for (const { fromMs } of worst) instants.push(fromMs);
  for (const { fromMs } of told) instants.push(fromMs);
  instants.sort((a, b) => a - b);
  const segments: Rise[] = [];
  let [c, w, t] = [0, 0, 0];
  for (let index = 0; index < instants.length; index += 1) {
    const fromMs = instants[index] ?? 0;
    const toMs = instants[index + 1] ?? Number.POSITIVE_INFINITY;
    if (toMs === fromMs) continue;
    c = indexAt(command, c, fromMs);
    w = indexAt(worst, w, fromMs);
    t = indexAt(told, t, fromMs);
    const currentA = command[c]?.currentA ?? 0;
    if (currentA <= (told[t]?.currentA ?? 0) + EQUAL_A) continue;
    segments.push({ fromMs, toMs, addA: Math.max(0, currentA - (worst[w]?.currentA ?? 0)) });
  }
  return segments;
}

/**
 * R5: the earliest instant of the segments at which a circuit on the path would not carry the sums;
 * the circuit nearest to the EVSE where several fail at once. Undefined: it fits.
 */
export function firstMisfit(
  load: LoadOverTime,
  path: readonly number[],
  segments: readonly Segment[],
): Misfit | undefined {
  let first: Misfit | undefined;
  for (const circuitIndex of path) {
    if (fitsAtPeak(load, circuitIndex, segments)) continue;
    const atMs = misfitOn(load, circuitIndex, segments, first?.atMs);
    if (atMs !== undefined) first = { circuitIndex, atMs };
  }
  return first;
}

/** Adds what a planned command raises. Precondition: it fits. */
export function raise(
  load: LoadOverTime,
  path: readonly number[],
  segments: readonly Segment[],
): void {
  narrow(load.reserve, segments);
  for (const { fromMs, toMs, addA, channels } of segments) {
    if (addA === 0) continue;
    for (const circuitIndex of path) {
      const timeline = load.timelines[circuitIndex];
      if (timeline === undefined) continue;
      const from = entryAt(timeline, fromMs);
      const to = Number.isFinite(toMs) ? entryAt(timeline, toMs) : timeline.atMs.length;
      addBetween(timeline, from, to, addA, channels);
    }
  }
}

/** Whether a circuit carries its sums now; `ratings` leaves out owners' limits and signals. */
export function carriesNow(
  load: LoadOverTime,
  circuitIndex: number,
  counted: 'all' | 'ratings',
): boolean {
  const { atMs, sumA } = load.timelines[circuitIndex] ?? { atMs: [], sumA: [[], [], []] };
  const [x, y, z] = sumA;
  const circuit = load.tree.circuits[0]?.[circuitIndex];
  const [a, b, c] = reservedAt(load.reserve, circuitIndex, atMs[0] ?? 0);
  if (circuit === undefined) return true;
  return carries(circuit, (x[0] ?? 0) + a, (y[0] ?? 0) + b, (z[0] ?? 0) + c, counted);
}

/** Most checks end here: the largest sums ever, under the limits of every tier. */
function fitsAtPeak(
  load: LoadOverTime,
  circuitIndex: number,
  segments: readonly Segment[],
): boolean {
  if (load.reserve?.below.has(circuitIndex) === true) return false;
  const [x, y, z] = load.timelines[circuitIndex]?.peakA ?? [0, 0, 0];
  let [onX, onY, onZ] = [0, 0, 0];
  for (const { addA, channels } of segments) {
    if (channels[0] && addA > onX) onX = addA;
    if (channels[1] && addA > onY) onY = addA;
    if (channels[2] && addA > onZ) onZ = addA;
  }
  return load.tree.circuits.every((tier) => {
    const circuit = tier[circuitIndex];
    return circuit === undefined || carries(circuit, x + onX, y + onY, z + onZ, 'all');
  });
}

function misfitOn(
  load: LoadOverTime,
  circuitIndex: number,
  segments: readonly Segment[],
  beforeMs = Number.POSITIVE_INFINITY,
): number | undefined {
  const timeline = load.timelines[circuitIndex];
  if (timeline === undefined) return undefined;
  const { atMs, sumA } = timeline;
  const [x, y, z] = sumA;
  for (const { fromMs, toMs } of segments) {
    // The last sums that fitted: what is below them on every channel fits the same limits as well.
    let [fitX, fitY, fitZ, fitTier] = [0, 0, 0, -1];
    for (let index = lastAtOrBefore(atMs, fromMs); index < atMs.length; index += 1) {
      const instantMs = Math.max(fromMs, atMs[index] ?? 0);
      if (instantMs >= toMs) break;
      if (instantMs >= beforeMs) return undefined;
      const tier = tierAt(load.tree, instantMs);
      const [keptX, keptY, keptZ] = reservedAt(load.reserve, circuitIndex, instantMs, segments);
      const [onX, onY, onZ] = addedAt(segments, instantMs);
      const sumX = (x[index] ?? 0) + keptX + onX;
      const sumY = (y[index] ?? 0) + keptY + onY;
      const sumZ = (z[index] ?? 0) + keptZ + onZ;
      if (tier === fitTier && sumX <= fitX && sumY <= fitY && sumZ <= fitZ) continue;
      const circuit = load.tree.circuits[tier]?.[circuitIndex];
      if (circuit === undefined) continue;
      if (!carries(circuit, sumX, sumY, sumZ, 'all')) return instantMs;
      [fitX, fitY, fitZ, fitTier] = [sumX, sumY, sumZ, tier];
    }
  }
  return undefined;
}

/** On each channel by all of them: an EVSE that switches phases rises on some more than on others. */
function addedAt(segments: readonly Segment[], atMs: number): readonly [number, number, number] {
  let [onX, onY, onZ] = [0, 0, 0];
  for (const { fromMs, toMs, addA, channels } of segments) {
    if (atMs < fromMs || atMs >= toMs) continue;
    if (channels[0]) onX += addA;
    if (channels[1]) onY += addA;
    if (channels[2]) onZ += addA;
  }
  return [onX, onY, onZ];
}

function tierAt(tree: CompiledTree, atMs: number): number {
  return Math.max(0, lastAtOrBefore(tree.fromMs, atMs));
}

function append(
  timeline: Timeline | undefined,
  atMs: number,
  addA: number,
  channels: PerChannel<boolean>,
): void {
  if (timeline === undefined) return;
  const last = timeline.atMs.length - 1;
  if ((timeline.atMs[last] ?? 0) < atMs) {
    timeline.atMs.push(atMs);
    const [x, y, z] = timeline.sumA;
    x.push(x[last] ?? 0);
    y.push(y[last] ?? 0);
    z.push(z[last] ?? 0);
  }
  addBetween(timeline, timeline.atMs.length - 1, timeline.atMs.length, addA, channels);
}

function addBetween(
  timeline: Timeline,
  from: number,
  to: number,
  addA: number,
  channels: PerChannel<boolean>,
): void {
  for (const channel of [0, 1, 2] as const) {
    if (!channels[channel]) continue;
    const sums = timeline.sumA[channel];
    let peakA = timeline.peakA[channel];
    for (let index = from; index < to; index += 1) {
      const sumA = (sums[index] ?? 0) + addA;
      sums[index] = sumA;
      if (sumA > peakA) peakA = sumA;
    }
    timeline.peakA[channel] = peakA;
  }
}

/** The index of the entry that starts at `atMs`, made where there is none. */
function entryAt(timeline: Timeline, atMs: number): number {
  const index = lastAtOrBefore(timeline.atMs, atMs);
  if (timeline.atMs[index] === atMs) return index;
  insert(timeline, index + 1, atMs);
  return index + 1;
}

function insert(timeline: Timeline, index: number, atMs: number): void {
  timeline.atMs.splice(index, 0, atMs);
  for (const sums of timeline.sumA) sums.splice(index, 0, sums[index - 1] ?? 0);
}

/** Index of the last instant <= `atMs`; -1 when all are later. */
function lastAtOrBefore(instants: readonly number[], atMs: number): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((instants[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function indexAt(steps: readonly Step[], from: number, atMs: number): number {
  let index = from;
  while (index + 1 < steps.length && (steps[index + 1]?.fromMs ?? 0) <= atMs) index += 1;
  return index;
}
