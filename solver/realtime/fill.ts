/**
 * Stage 2: progressive filling of a circuit tree by level functions, with per-channel freezing.
 *
 * Every EVSE i rises with one common level L as r_i(L) = slope_i (L - zero_i), held within
 * [low_i, high_i]. L rises from below; at each full conductor the EVSEs that raise it stop there.
 * Nothing is sorted: the level at which a circuit is full is found by Newton's method on its exact,
 * piecewise linear sums, for the circuit whose turn it may be and for no other.
 */
import { FORM_PRIMARY } from '../electrical/limits.js';
import { raisingMask, rowLoadFrom } from '../electrical/row-load.js';
import { NO_PARENT } from '../electrical/topology.js';
import type { CompiledSite } from './compile-site.js';
import { fullLevel, groupCurrentA, lookAt } from './full-level.js';
import { playAll, setKey, smallestIndex } from './min-tree.js';

/** `frozenBy` of an EVSE that no conductor stopped. */
export const OWN_MAXIMUM = -1;

/** One entry per place of the site. */
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

/** One entry per place of the site; written by filling. */
export interface Filling {
  readonly currentA: Float64Array;
  /** The limit row that stopped it, or OWN_MAXIMUM. */
  readonly frozenBy: Int32Array;
}

/**
 * Fills to the highest level; exact for every kind of limit, because each is monotone and convex.
 * With equal level functions the result is max-min fair; with laxities it is smoothed least laxity
 * (arXiv 2102.08610). Each look at a circuit costs its EVSEs; a circuit is looked at a few times for
 * every conductor of its path that fills.
 *
 * Precondition: the currents `lowA` plus `reservedA` are feasible, or overload only what reserved
 * current overloads alone. Postcondition: so is the result, to rounding errors.
 */
export function fillByLevel(site: CompiledSite, levels: LevelFunctions, filling: Filling): void {
  const { fill } = site;
  enterLevels(site, levels);
  if (!openCircuits(site)) {
    filling.currentA.set(levels.highA);
    filling.frozenBy.fill(OWN_MAXIMUM);
    return;
  }
  for (;;) {
    const circuit = smallestIndex(fill.fullSec);
    const levelSec = fill.fullSec.keys[circuit] as number;
    if (levelSec === Infinity) break;
    if (fill.isFresh[circuit] === 1) freezeUnder(site, circuit, levelSec);
    else setKey(fill.fullSec, circuit, nextLevel(site, circuit, levelSec));
  }
  writeCurrents(site, levels, filling);
}

/** Per EVSE where its line bends; per group its constants; both added up the tree. */
function enterLevels(site: CompiledSite, levels: LevelFunctions): void {
  const { tree, groups, fill } = site;
  fill.settledA.fill(0);
  fill.lowSumA.fill(0);
  fill.highSumA.fill(0);
  fill.bundleMiddleA.fill(0);
  fill.openCount.fill(0);
  fill.firstSec.fill(Infinity);
  fill.lastSec.fill(-Infinity);
  for (let group = 0; group < groups.mask.length; group += 1) enterGroup(site, levels, group);
  const { parent } = tree.topology;
  for (let circuit = parent.length - 1; circuit >= 0; circuit -= 1) {
    const above = parent[circuit] as number;
    if (above === NO_PARENT) continue;
    for (let channel = 0; channel < 3; channel += 1) {
      const from = 3 * circuit + channel;
      const to = 3 * above + channel;
      fill.settledA[to] = (fill.settledA[to] as number) + (fill.settledA[from] as number);
      fill.lowSumA[to] = (fill.lowSumA[to] as number) + (fill.lowSumA[from] as number);
      fill.highSumA[to] = (fill.highSumA[to] as number) + (fill.highSumA[from] as number);
    }
    const { firstSec, lastSec } = fill;
    if ((firstSec[circuit] as number) < (firstSec[above] as number)) {
      firstSec[above] = firstSec[circuit] as number;
    }
    if ((lastSec[circuit] as number) > (lastSec[above] as number)) {
      lastSec[above] = lastSec[circuit] as number;
    }
  }
}

function enterGroup(site: CompiledSite, levels: LevelFunctions, group: number): void {
  const { groups, bundles, fill } = site;
  const { slope, zeroSec, lowA, highA, reservedA } = levels;
  const { startA, endA, firstSec, lastSec } = fill;
  let slot = bundles.pathSlot[bundles.pathFrom[group] as number] as number;
  const end = groups.start[group + 1] as number;
  let lows = 0;
  let highs = 0;
  let reserved = 0;
  let first = Infinity;
  let last = -Infinity;
  for (let place = groups.start[group] as number; place < end; place += 1) {
    const low = lowA[place] as number;
    const high = highA[place] as number;
    const rate = slope[place] as number;
    const zeroA = rate * (zeroSec[place] as number);
    lows += low;
    highs += high;
    reserved += reservedA[place] as number;
    fill.slope[slot] = rate;
    startA[slot] = zeroA + low;
    endA[slot] = zeroA + high;
    slot += 1;
    if (high <= low) continue;
    const startSec = (zeroA + low) / rate;
    const endSec = (zeroA + high) / rate;
    if (startSec < first) first = startSec;
    if (endSec > last) last = endSec;
  }
  const isOpen = last > -Infinity;
  fill.stopRow[group] = OWN_MAXIMUM;
  fill.groupHighA[group] = highs;
  fill.middleA[group] = 0.5 * (lows + highs);
  fill.isOpen[group] = isOpen ? 1 : 0;
  const circuit = groups.circuitOf[group] as number;
  const mask = groups.mask[group] as number;
  addTo(fill.settledA, circuit, mask, isOpen ? reserved : reserved + lows);
  addTo(fill.lowSumA, circuit, mask, reserved + lows);
  addTo(fill.highSumA, circuit, mask, reserved + highs);
  if (first < (firstSec[circuit] as number)) firstSec[circuit] = first;
  if (last > (lastSec[circuit] as number)) lastSec[circuit] = last;
  enterBundles(site, group);
}

/** The group's lines once more for each circuit above its own. */
function enterBundles({ groups, bundles, fill }: CompiledSite, group: number): void {
  const { slope, startA, endA, bundleMiddleA, openCount } = fill;
  const { pathBundle, pathSlot } = bundles;
  const size = (groups.start[group + 1] as number) - (groups.start[group] as number);
  const own = bundles.pathFrom[group] as number;
  const end = bundles.pathFrom[group + 1] as number;
  const from = pathSlot[own] as number;
  for (let path = own; path < end; path += 1) {
    const bundle = pathBundle[path] as number;
    if (fill.isOpen[group] === 1) {
      bundleMiddleA[bundle] = (bundleMiddleA[bundle] as number) + (fill.middleA[group] as number);
      openCount[bundle] = (openCount[bundle] as number) + 1;
    }
    if (path === own) continue;
    const to = pathSlot[path] as number;
    for (let at = 0; at < size; at += 1) {
      slope[to + at] = slope[from + at] as number;
      startA[to + at] = startA[from + at] as number;
      endA[to + at] = endA[from + at] as number;
    }
  }
}

function addTo(sumsA: Float64Array, circuit: number, mask: number, currentA: number): void {
  const at = 3 * circuit;
  if ((mask & 1) !== 0) sumsA[at] = (sumsA[at] as number) + currentA;
  if ((mask & 2) !== 0) sumsA[at + 1] = (sumsA[at + 1] as number) + currentA;
  if ((mask & 4) !== 0) sumsA[at + 2] = (sumsA[at + 2] as number) + currentA;
}

/** Rows may carry what they do at the start. Returns whether any circuit can become full. */
function openCircuits({ tree, fill }: CompiledSite): boolean {
  const { rows } = tree;
  const { keys } = fill.fullSec;
  if (fill.capacityA.length !== rows.form.length) {
    fill.capacityA = new Float64Array(rows.form.length);
    fill.isRowDone = new Uint8Array(rows.form.length);
  }
  let anyOpen = false;
  for (let circuit = 0; circuit < fill.isFresh.length; circuit += 1) {
    const end = rows.rowStart[circuit + 1] as number;
    let canFill = false;
    for (let row = rows.rowStart[circuit] as number; row < end; row += 1) {
      const startA = rowLoadFrom(rows, row, fill.lowSumA);
      const capacityA = Math.max(rows.capacityA[row] as number, startA);
      fill.capacityA[row] = capacityA;
      const isOpen = rowLoadFrom(rows, row, fill.highSumA) > capacityA;
      fill.isRowDone[row] = isOpen ? 0 : 1;
      if (isOpen) canFill = true;
    }
    fill.isFresh[circuit] = 0;
    keys[circuit] = canFill ? -Infinity : Infinity;
    if (canFill) anyOpen = true;
  }
  if (anyOpen) playAll(fill.fullSec);
  return anyOpen;
}

/** Stops every open group that would raise the full row of a circuit. */
function freezeUnder(site: CompiledSite, circuit: number, levelSec: number): void {
  const { rows } = site.tree;
  const { fill } = site;
  const { ray } = fill;
  const row = fill.fullRow[circuit] as number;
  const rowMask = rows.mask[row] as number;
  fill.isFresh[circuit] = 0;
  if (rows.form[row] === FORM_PRIMARY) {
    lookAt(site, circuit, levelSec);
    const raising = raisingMask(rows, row, ray.x, ray.y, ray.z);
    // Rounding may hide which channel made a primary line full; then all of its channels stop.
    if (raising !== rowMask && freezeMask(site, row, raising, levelSec) > 0) return;
  }
  freezeMask(site, row, rowMask, levelSec);
  fill.isRowDone[row] = 1;
}

/** Returns how many groups stopped. */
function freezeMask(site: CompiledSite, row: number, mask: number, levelSec: number): number {
  const { groups, fill, tree } = site;
  const circuit = tree.rows.circuitOf[row] as number;
  const end = groups.to[circuit] as number;
  let stopped = 0;
  for (let group = groups.from[circuit] as number; group < end; group += 1) {
    if (fill.isOpen[group] === 0 || ((groups.mask[group] as number) & mask) === 0) continue;
    fill.isOpen[group] = 0;
    fill.stopSec[group] = levelSec;
    fill.stopRow[group] = row;
    settle(site, group, groupCurrentA(site, group, levelSec));
    stopped += 1;
  }
  return stopped;
}

/** A stopped group leaves its bundles; its circuits may be full later than thought. */
function settle(site: CompiledSite, group: number, currentA: number): void {
  const { tree, groups, bundles, fill } = site;
  const { parent } = tree.topology;
  const size = (groups.start[group + 1] as number) - (groups.start[group] as number);
  let path = bundles.pathFrom[group] as number;
  const mask = groups.mask[group] as number;
  const unusedA = (fill.groupHighA[group] as number) - currentA;
  let circuit = groups.circuitOf[group] as number;
  while (circuit !== NO_PARENT) {
    addTo(fill.settledA, circuit, mask, currentA);
    addTo(fill.highSumA, circuit, mask, -unusedA);
    fill.isFresh[circuit] = 0;
    const bundle = bundles.pathBundle[path] as number;
    const slot = bundles.pathSlot[path] as number;
    fill.bundleMiddleA[bundle] =
      (fill.bundleMiddleA[bundle] as number) - (fill.middleA[group] as number);
    fill.openCount[bundle] = (fill.openCount[bundle] as number) - 1;
    for (let at = slot; at < slot + size; at += 1) {
      fill.slope[at] = 0;
      fill.startA[at] = 0;
      fill.endA[at] = 0;
    }
    path += 1;
    circuit = parent[circuit] as number;
  }
}

/**
 * A better lower bound of the level at which a circuit is full, or the level itself. Where an
 * ancestor is known to be full first, it is enough to know that.
 */
function nextLevel(site: CompiledSite, circuit: number, knownSec: number): number {
  const { fill, tree } = site;
  const { keys } = fill.fullSec;
  let above = tree.topology.parent[circuit] as number;
  while (above !== NO_PARENT && fill.isFresh[above] === 0) {
    above = tree.topology.parent[above] as number;
  }
  const enoughSec = above === NO_PARENT ? Infinity : (keys[above] as number);
  return fullLevel(site, circuit, knownSec, enoughSec);
}

function writeCurrents(
  { groups, fill }: CompiledSite,
  { slope, zeroSec, lowA, highA }: LevelFunctions,
  { currentA, frozenBy }: Filling,
): void {
  for (let group = 0; group < groups.mask.length; group += 1) {
    const end = groups.start[group + 1] as number;
    const levelSec = fill.stopSec[group] as number;
    const row = fill.stopRow[group] as number;
    for (let place = groups.start[group] as number; place < end; place += 1) {
      const high = highA[place] as number;
      currentA[place] = high;
      frozenBy[place] = OWN_MAXIMUM;
      if (row === OWN_MAXIMUM) continue;
      const low = lowA[place] as number;
      const lineA = (slope[place] as number) * (levelSec - (zeroSec[place] as number));
      if (lineA >= high || low >= high) continue;
      currentA[place] = lineA > low ? lineA : low;
      frozenBy[place] = row;
    }
  }
}
