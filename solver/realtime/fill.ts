/**
 * Stage 2: progressive filling of a circuit tree by level functions, with per-channel freezing.
 *
 * Every EVSE i rises with one common level L as r_i(L) = slope_i (L - zero_i), held within
 * [low_i, high_i]. L rises from below; at each full conductor the EVSEs that raise it stop there.
 * Between two events all sums are linear in L, so the next full conductor has a closed form.
 */
import { channelSums } from '../electrical/channel-sums.js';
import type { CircuitTree } from '../electrical/circuit-tree.js';
import { raisingMask, rowLoadFrom } from '../electrical/row-load.js';
import { type Ray, riseUntilFull } from '../electrical/row-rise.js';
import { NO_PARENT } from '../electrical/topology.js';
import { type MinTree, setKey, smallestIndex, startMinTree } from './min-tree.js';
import { sortByKey } from './sort-by-key.js';

/** `frozenBy` of an EVSE that no conductor stopped. */
export const OWN_MAXIMUM = -1;

export interface LevelFunctions {
  /** A per s, positive where highA > lowA. */
  readonly slope: Float64Array;
  /** The level at which the line r = slope (L - zero) crosses 0, s. */
  readonly zeroSec: Float64Array;
  readonly lowA: Float64Array;
  readonly highA: Float64Array;
  /** Current that flows on the EVSE's channels whatever the level is. */
  readonly reservedA: Float64Array;
}

export interface Filling {
  readonly currentA: Float64Array;
  /** Per EVSE: the limit row that stopped it, or OWN_MAXIMUM. */
  readonly frozenBy: Int32Array;
}

const DONE = 0;
const WAITING = 1;
const RISING = 2;

/** Everything that moves while the level rises. Channel arrays are indexed 3 * circuit + channel. */
interface Flood {
  readonly tree: CircuitTree;
  readonly levels: LevelFunctions;
  readonly filling: Filling;
  /** Capacity of each row, or what it carries at the start if that is more. */
  readonly capacityA: Float64Array;
  readonly phase: Uint8Array;
  /** Sums at the level `syncedSec` of the circuit, their slopes, and how many EVSEs make them. */
  readonly sumsA: Float64Array;
  readonly syncedSec: Float64Array;
  readonly slopes: Float64Array;
  readonly risers: Int32Array;
  /** The level at which each circuit's first row is full, and that row. */
  readonly full: MinTree;
  readonly fullRow: Int32Array;
  /** Circuits whose slopes changed since `full` was computed: a flag each, and the list of them. */
  readonly isStale: Uint8Array;
  readonly stale: Int32Array;
  staleCount: number;
  readonly ray: Ray;
  levelSec: number;
  openCount: number;
}

/**
 * Fills to the highest level; exact for every kind of limit, because each is monotone and convex.
 * With equal level functions the result is max-min fair; with laxities it is smoothed least laxity
 * (arXiv 2102.08610). Cost: O(n log n) for the events plus circuits x (events + full conductors).
 *
 * Precondition: the currents `lowA` plus `reservedA` are feasible, or overload only what reserved
 * current overloads alone. Postcondition: so is the result, to rounding errors.
 */
export function fillByLevel(tree: CircuitTree, levels: LevelFunctions): Filling {
  const filling = {
    currentA: levels.highA.slice(),
    frozenBy: new Int32Array(levels.highA.length).fill(OWN_MAXIMUM),
  };
  const capacityA = startCapacity(tree, levels);
  if (carries(tree, capacityA, levels.highA, levels.reservedA)) return filling;

  const moving = movingEvses(levels);
  const starts = sortByKey(moving.slice(), keysAt(levels, moving, levels.lowA));
  const ends = sortByKey(moving, keysAt(levels, moving, levels.highA));
  const flood = startFlood(tree, levels, filling, capacityA);
  let nextStart = 0;
  let nextEnd = 0;
  while (flood.openCount > 0) {
    const startSec = levelAt(levels, starts[nextStart], levels.lowA);
    const endSec = levelAt(levels, ends[nextEnd], levels.highA);
    const eventSec = Math.min(startSec, endSec);
    // Events of one level come together: sums do not move between them.
    if (eventSec > flood.levelSec) refreshFull(flood);
    const circuit = smallestIndex(flood.full);
    const fullSec = flood.full.keys[circuit] as number;
    if (flood.staleCount === 0 && fullSec <= eventSec) {
      flood.levelSec = Math.max(flood.levelSec, fullSec);
      freezeUnder(flood, circuit);
    } else if (startSec <= endSec) {
      flood.levelSec = startSec;
      rise(flood, starts[nextStart++] as number);
    } else {
      flood.levelSec = endSec;
      stopAtHigh(flood, ends[nextEnd++] as number);
    }
  }
  return filling;
}

function startCapacity(tree: CircuitTree, levels: LevelFunctions): Float64Array {
  const sumsA = totalSums(tree, levels.lowA, levels.reservedA);
  return tree.rows.capacityA.map((capacity, row) =>
    Math.max(capacity, rowLoadFrom(tree.rows, row, sumsA)),
  );
}

function carries(
  tree: CircuitTree,
  capacityA: Float64Array,
  currentA: Float64Array,
  reservedA: Float64Array,
): boolean {
  const sumsA = totalSums(tree, currentA, reservedA);
  for (let row = 0; row < capacityA.length; row += 1) {
    if (rowLoadFrom(tree.rows, row, sumsA) > (capacityA[row] as number)) return false;
  }
  return true;
}

function totalSums(
  tree: CircuitTree,
  currentA: Float64Array,
  reservedA: Float64Array,
): Float64Array {
  const totalA = currentA.slice();
  for (let evse = 0; evse < totalA.length; evse += 1) {
    totalA[evse] = (totalA[evse] as number) + (reservedA[evse] as number);
  }
  return channelSums(tree, totalA);
}

function movingEvses(levels: LevelFunctions): Int32Array {
  const moving: number[] = [];
  for (let evse = 0; evse < levels.highA.length; evse += 1) {
    if ((levels.highA[evse] as number) > (levels.lowA[evse] as number)) moving.push(evse);
  }
  return Int32Array.from(moving);
}

function keysAt(levels: LevelFunctions, moving: Int32Array, boundA: Float64Array): Float64Array {
  const keys = new Float64Array(boundA.length);
  for (const evse of moving) keys[evse] = levelAt(levels, evse, boundA);
  return keys;
}

/** The level at which an EVSE's line meets its bound; Infinity after the last EVSE. */
function levelAt(levels: LevelFunctions, evse: number | undefined, boundA: Float64Array): number {
  if (evse === undefined) return Infinity;
  const zeroSec = levels.zeroSec[evse] as number;
  return zeroSec + (boundA[evse] as number) / (levels.slope[evse] as number);
}

function startFlood(
  tree: CircuitTree,
  levels: LevelFunctions,
  filling: Filling,
  capacityA: Float64Array,
): Flood {
  const circuitCount = tree.topology.parent.length;
  const phase = new Uint8Array(levels.highA.length);
  let openCount = 0;
  for (let evse = 0; evse < phase.length; evse += 1) {
    if ((levels.highA[evse] as number) <= (levels.lowA[evse] as number)) continue;
    phase[evse] = WAITING;
    openCount += 1;
  }
  return {
    tree,
    levels,
    filling,
    capacityA,
    phase,
    sumsA: totalSums(tree, levels.lowA, levels.reservedA),
    syncedSec: new Float64Array(circuitCount),
    slopes: new Float64Array(3 * circuitCount),
    risers: new Int32Array(3 * circuitCount),
    full: startMinTree(circuitCount),
    fullRow: new Int32Array(circuitCount),
    isStale: new Uint8Array(circuitCount),
    stale: new Int32Array(circuitCount),
    staleCount: 0,
    ray: { x: 0, y: 0, z: 0, dx: 0, dy: 0, dz: 0 },
    levelSec: -Infinity,
    openCount,
  };
}

function rise(flood: Flood, evse: number): void {
  if (flood.phase[evse] !== WAITING) return;
  flood.phase[evse] = RISING;
  changeSlope(flood, evse, 1);
}

function stopAtHigh(flood: Flood, evse: number): void {
  if (flood.phase[evse] !== RISING) return;
  finish(flood, evse, flood.levels.highA[evse] as number, OWN_MAXIMUM);
}

function finish(flood: Flood, evse: number, currentA: number, row: number): void {
  if (flood.phase[evse] === RISING) changeSlope(flood, evse, -1);
  flood.phase[evse] = DONE;
  flood.filling.currentA[evse] = currentA;
  flood.filling.frozenBy[evse] = row;
  flood.openCount -= 1;
}

/** Adds (sign 1) or removes (sign -1) an EVSE's slope on every circuit above it. */
function changeSlope(flood: Flood, evse: number, sign: number): void {
  const { parent, circuitOf, channelMask } = flood.tree.topology;
  const mask = channelMask[evse] as number;
  const slope = sign * (flood.levels.slope[evse] as number);
  let circuit = circuitOf[evse] as number;
  while (circuit !== NO_PARENT) {
    syncSums(flood, circuit);
    for (let channel = 0; channel < 3; channel += 1) {
      if ((mask & (1 << channel)) === 0) continue;
      const at = 3 * circuit + channel;
      const count = (flood.risers[at] as number) + sign;
      flood.risers[at] = count;
      flood.slopes[at] = count === 0 ? 0 : (flood.slopes[at] as number) + slope;
    }
    markStale(flood, circuit);
    circuit = parent[circuit] as number;
  }
}

/** Brings the sums of a circuit to the present level. */
function syncSums(flood: Flood, circuit: number): void {
  const passedSec = flood.levelSec - (flood.syncedSec[circuit] as number);
  flood.syncedSec[circuit] = flood.levelSec;
  if (passedSec === 0) return;
  for (let at = 3 * circuit; at < 3 * circuit + 3; at += 1) {
    flood.sumsA[at] = (flood.sumsA[at] as number) + passedSec * (flood.slopes[at] as number);
  }
}

/** Stops every open EVSE that would raise the full row of a circuit. */
function freezeUnder(flood: Flood, circuit: number): void {
  const { tree } = flood;
  syncSums(flood, circuit);
  markStale(flood, circuit);
  const row = flood.fullRow[circuit] as number;
  const at = 3 * circuit;
  const x = flood.sumsA[at] as number;
  const y = flood.sumsA[at + 1] as number;
  const z = flood.sumsA[at + 2] as number;
  const frozen = freezeMask(flood, row, raisingMask(tree.rows, row, x, y, z));
  // Rounding may hide which channel made a primary line full; then all of its channels stop.
  if (frozen === 0) freezeMask(flood, row, tree.rows.mask[row] as number);
}

/** Returns how many rising EVSEs stopped. */
function freezeMask(flood: Flood, row: number, mask: number): number {
  const { topology, rows } = flood.tree;
  const circuit = rows.circuitOf[row] as number;
  const end = topology.subtreeEnd[circuit] as number;
  let stopped = 0;
  for (let place = topology.subtreeStart[circuit] as number; place < end; place += 1) {
    const evse = topology.evseBySubtree[place] as number;
    if (flood.phase[evse] === DONE) continue;
    if (((topology.channelMask[evse] as number) & mask) === 0) continue;
    if (flood.phase[evse] === RISING) stopped += 1;
    finish(flood, evse, currentAtLevel(flood, evse), row);
  }
  return stopped;
}

function currentAtLevel(flood: Flood, evse: number): number {
  const { slope, zeroSec, lowA, highA } = flood.levels;
  if (flood.phase[evse] === WAITING) return lowA[evse] as number;
  const lineA = (slope[evse] as number) * (flood.levelSec - (zeroSec[evse] as number));
  return Math.min(highA[evse] as number, Math.max(lowA[evse] as number, lineA));
}

function markStale(flood: Flood, circuit: number): void {
  if (flood.isStale[circuit] === 1) return;
  flood.isStale[circuit] = 1;
  flood.stale[flood.staleCount] = circuit;
  flood.staleCount += 1;
}

/** Recomputes when the circuits whose slopes changed will be full. */
function refreshFull(flood: Flood): void {
  for (let at = 0; at < flood.staleCount; at += 1) {
    const circuit = flood.stale[at] as number;
    flood.isStale[circuit] = 0;
    setKey(flood.full, circuit, (flood.syncedSec[circuit] as number) + riseOf(flood, circuit));
  }
  flood.staleCount = 0;
}

/** How far the level may rise until the circuit's first row is full, s; notes that row. */
function riseOf(flood: Flood, circuit: number): number {
  const { rows } = flood.tree;
  let firstSec = Infinity;
  loadRay(flood, circuit);
  const end = rows.rowStart[circuit + 1] as number;
  for (let row = rows.rowStart[circuit] as number; row < end; row += 1) {
    const riseSec = riseUntilFull(rows, row, flood.ray, flood.capacityA[row] as number);
    if (riseSec >= firstSec) continue;
    firstSec = riseSec;
    flood.fullRow[circuit] = row;
  }
  return firstSec;
}

function loadRay(flood: Flood, circuit: number): void {
  const { ray, sumsA, slopes } = flood;
  const at = 3 * circuit;
  ray.x = sumsA[at] as number;
  ray.y = sumsA[at + 1] as number;
  ray.z = sumsA[at + 2] as number;
  ray.dx = slopes[at] as number;
  ray.dy = slopes[at + 1] as number;
  ray.dz = slopes[at + 2] as number;
}
