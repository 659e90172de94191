/** What filling keeps while the level rises, set aside once for a site. */
import type { CircuitTree } from '../electrical/circuit-tree.js';
import type { Ray } from '../electrical/row-rise.js';
import type { Bundles, Groups } from './compile-site.js';
import { type MinTree, startMinTree } from './min-tree.js';

/** Channel arrays are indexed 3 * circuit + channel, or 3 * group + channel. */
export interface FillWork {
  /** Per slot of a bundle: the EVSE's slope, and slope * level where its line meets low and high. */
  readonly slope: Float64Array;
  readonly startA: Float64Array;
  readonly endA: Float64Array;
  /** Per bundle: half the sum of low and high of its open groups, and how many these are. */
  readonly bundleMiddleA: Float64Array;
  readonly openCount: Int32Array;
  /** Per group. */
  readonly middleA: Float64Array;
  readonly groupHighA: Float64Array;
  readonly isOpen: Uint8Array;
  /** Per closed group: the level and the limit row that stopped it. */
  readonly stopSec: Float64Array;
  readonly stopRow: Int32Array;
  /** Per circuit: current that no longer depends on the level. */
  readonly settledA: Float64Array;
  readonly lowSumA: Float64Array;
  readonly highSumA: Float64Array;
  /** Per circuit: the levels between which anything below it moves. */
  readonly firstSec: Float64Array;
  readonly lastSec: Float64Array;
  /** A lower bound of the level at which the circuit's first row is full; exact where fresh. */
  readonly fullSec: MinTree;
  readonly isFresh: Uint8Array;
  readonly fullRow: Int32Array;
  /** Capacity of each row, or what it carries at the start if that is more. Grows with the rows. */
  capacityA: Float64Array;
  isRowDone: Uint8Array;
  /** Sums and slopes of a circuit at the level that was looked at last. */
  readonly ray: Ray;
  /** The row that is full first from there. */
  nextRow: number;
}

export function startFillWork(
  { topology }: CircuitTree,
  groups: Groups,
  bundles: Bundles,
): FillWork {
  const bundleCount = bundles.mask.length;
  const slotCount = bundles.start[bundleCount] as number;
  const circuitCount = topology.parent.length;
  const groupCount = groups.mask.length;
  return {
    slope: new Float64Array(slotCount),
    startA: new Float64Array(slotCount),
    endA: new Float64Array(slotCount),
    bundleMiddleA: new Float64Array(bundleCount),
    openCount: new Int32Array(bundleCount),
    middleA: new Float64Array(groupCount),
    groupHighA: new Float64Array(groupCount),
    isOpen: new Uint8Array(groupCount),
    stopSec: new Float64Array(groupCount),
    stopRow: new Int32Array(groupCount),
    settledA: new Float64Array(3 * circuitCount),
    lowSumA: new Float64Array(3 * circuitCount),
    highSumA: new Float64Array(3 * circuitCount),
    firstSec: new Float64Array(circuitCount),
    lastSec: new Float64Array(circuitCount),
    fullSec: startMinTree(circuitCount),
    isFresh: new Uint8Array(circuitCount),
    fullRow: new Int32Array(circuitCount),
    capacityA: new Float64Array(0),
    isRowDone: new Uint8Array(0),
    ray: { x: 0, y: 0, z: 0, dx: 0, dy: 0, dz: 0 },
    nextRow: 0,
  };
}
