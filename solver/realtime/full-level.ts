/** The level at which a circuit's first row is full: Newton's method on exact sums, kept in a bracket. */
import { rowLoadA, rowLoadFrom } from '../electrical/row-load.js';
import { fullToleranceA, riseUntilFull } from '../electrical/row-rise.js';
import type { CompiledSite } from './compile-site.js';

/** Newton's method takes a handful; beyond this the bracket is halved each time. */
const NEWTON_LOOKS = 12;
const LOOKS_MAX = 150;

/**
 * The level at which the circuit is full, which is then fresh; or a lower bound of it: `enoughSec`
 * where it is not full there, Infinity where it never is.
 * Precondition: the circuit is not over its capacity at `knownSec`.
 */
export function fullLevel(
  site: CompiledSite,
  circuit: number,
  knownSec: number,
  enoughSec: number,
): number {
  const { fill } = site;
  if (!canFill(site, circuit)) return Infinity;
  const lastSec = fill.lastSec[circuit] as number;
  let lowSec = Math.max(knownSec, fill.firstSec[circuit] as number);
  let highSec = lastSec;
  let levelSec = knownSec > -Infinity ? lowSec : firstGuess(site, circuit, lowSec, lastSec);
  if (enoughSec < lastSec) levelSec = enoughSec;
  for (let look = 1; look <= LOOKS_MAX; look += 1) {
    lookAt(site, circuit, levelSec);
    const riseSec = riseOf(site, circuit);
    if (isAtCapacity(site, riseSec)) {
      fill.fullRow[circuit] = fill.nextRow;
      fill.isFresh[circuit] = 1;
      return levelSec + riseSec;
    }
    if (riseSec < 0) {
      highSec = levelSec;
      fill.fullRow[circuit] = fill.nextRow;
    } else {
      if (levelSec === enoughSec) return enoughSec;
      lowSec = levelSec;
    }
    const nextSec = levelSec + riseSec;
    const isWithin = nextSec > lowSec && nextSec < highSec;
    const middleSec = lowSec + 0.5 * (highSec - lowSec);
    if (isWithin && look % NEWTON_LOOKS !== 0) levelSec = nextSec;
    else if (highSec === lastSec && look < NEWTON_LOOKS) {
      levelSec = guessAhead(site, circuit, lowSec, lastSec);
      if (levelSec <= lowSec) levelSec = middleSec;
    } else levelSec = middleSec;
    if (levelSec <= lowSec || levelSec >= highSec) break;
  }
  // Neighbouring numbers around a bend: full at the lower one.
  fill.isFresh[circuit] = 1;
  return lowSec;
}

/** False where no row would be full even with everything at its highest; such rows are done. */
function canFill({ tree, fill }: CompiledSite, circuit: number): boolean {
  const { rows } = tree;
  let any = false;
  const end = rows.rowStart[circuit + 1] as number;
  for (let row = rows.rowStart[circuit] as number; row < end; row += 1) {
    if (fill.isRowDone[row] === 1) continue;
    const capacityA = fill.capacityA[row] as number;
    if (rowLoadFrom(rows, row, fill.highSumA) > capacityA + fullToleranceA(capacityA)) {
      fill.fullRow[circuit] = row;
      any = true;
    } else fill.isRowDone[row] = 1;
  }
  return any;
}

/** By proportion, between what it carries before anything moves and after everything has. */
function firstGuess(site: CompiledSite, circuit: number, fromSec: number, toSec: number): number {
  const { lowSumA, ray } = site.fill;
  ray.x = lowSumA[3 * circuit] as number;
  ray.y = lowSumA[3 * circuit + 1] as number;
  ray.z = lowSumA[3 * circuit + 2] as number;
  return guessAhead(site, circuit, fromSec, toSec);
}

/** By proportion, between what it carried at the last look and after everything has moved. */
function guessAhead(
  { tree, fill }: CompiledSite,
  circuit: number,
  fromSec: number,
  toSec: number,
): number {
  const { rows } = tree;
  const { x, y, z } = fill.ray;
  let fraction = 1;
  const end = rows.rowStart[circuit + 1] as number;
  for (let row = rows.rowStart[circuit] as number; row < end; row += 1) {
    if (fill.isRowDone[row] === 1) continue;
    const capacityA = fill.capacityA[row] as number;
    const lowA = rowLoadA(rows, row, x, y, z);
    const share = (capacityA - lowA) / (rowLoadFrom(rows, row, fill.highSumA) - lowA);
    if (share < fraction) fraction = share;
  }
  return fromSec + fraction * (toSec - fromSec);
}

/** Full, but for what rounding may have added or left. */
function isAtCapacity({ fill }: CompiledSite, riseSec: number): boolean {
  if (riseSec === 0) return true;
  const { dx, dy, dz } = fill.ray;
  const toleranceA = fullToleranceA(fill.capacityA[fill.nextRow] as number);
  return Math.abs(riseSec) * Math.max(dx, dy, dz) <= toleranceA;
}

/** How far the level may rise (or must fall) from the last look until the first row is just full, s. */
function riseOf({ tree, fill }: CompiledSite, circuit: number): number {
  const { rows } = tree;
  let firstSec = Infinity;
  const end = rows.rowStart[circuit + 1] as number;
  for (let row = rows.rowStart[circuit] as number; row < end; row += 1) {
    if (fill.isRowDone[row] === 1) continue;
    const riseSec = riseUntilFull(rows, row, fill.ray, fill.capacityA[row] as number);
    if (riseSec >= firstSec) continue;
    firstSec = riseSec;
    fill.nextRow = row;
  }
  return firstSec;
}

/**
 * Puts sums and slopes of a circuit at a level into `ray`. The loop has no branches, because nothing
 * predicts who has started: clamp(r, low, high) is half of low + high + |r - low| - |r - high|.
 */
export function lookAt({ bundles, fill }: CompiledSite, circuit: number, levelSec: number): void {
  const { settledA, slope, startA, endA, ray } = fill;
  const lastBundle = bundles.to[circuit] as number;
  let x = settledA[3 * circuit] as number;
  let y = settledA[3 * circuit + 1] as number;
  let z = settledA[3 * circuit + 2] as number;
  let dx = 0;
  let dy = 0;
  let dz = 0;
  for (let bundle = bundles.from[circuit] as number; bundle < lastBundle; bundle += 1) {
    if (fill.openCount[bundle] === 0) continue;
    const end = bundles.start[bundle + 1] as number;
    let moved = 0;
    let rate = 0;
    for (let slot = bundles.start[bundle] as number; slot < end; slot += 1) {
      const one = slope[slot] as number;
      const lineA = one * levelSec;
      const fromLow = lineA - (startA[slot] as number);
      const fromHigh = lineA - (endA[slot] as number);
      moved += Math.abs(fromLow) - Math.abs(fromHigh);
      rate += one * (Number(fromLow >= 0) & Number(fromHigh < 0));
    }
    const currentA = (fill.bundleMiddleA[bundle] as number) + 0.5 * moved;
    const mask = bundles.mask[bundle] as number;
    if ((mask & 1) !== 0) {
      x += currentA;
      dx += rate;
    }
    if ((mask & 2) !== 0) {
      y += currentA;
      dy += rate;
    }
    if ((mask & 4) !== 0) {
      z += currentA;
      dz += rate;
    }
  }
  ray.x = x;
  ray.y = y;
  ray.z = z;
  ray.dx = dx;
  ray.dy = dy;
  ray.dz = dz;
}

/** What a group draws at a level, A. */
export function groupCurrentA(
  { groups, bundles, fill }: CompiledSite,
  group: number,
  levelSec: number,
): number {
  const { slope, startA, endA } = fill;
  const first = bundles.pathSlot[bundles.pathFrom[group] as number] as number;
  const end = first + (groups.start[group + 1] as number) - (groups.start[group] as number);
  let moved = 0;
  for (let slot = first; slot < end; slot += 1) {
    const lineA = (slope[slot] as number) * levelSec;
    moved += Math.abs(lineA - (startA[slot] as number)) - Math.abs(lineA - (endA[slot] as number));
  }
  return (fill.middleA[group] as number) + 0.5 * moved;
}
