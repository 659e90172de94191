/** May one EVSE draw more, given what the others draw? Walks its own circuits only. */
import type { CircuitTree } from './circuit-tree.js';
import { rowLoadA, rowLoadFrom } from './row-load.js';
import { RAISE_TOLERANCE_A } from './tolerances.js';
import { NO_PARENT } from './topology.js';

/** No row stands in the way. */
export const NO_ROW = -1;

export interface CurrentChange {
  readonly fromA: number;
  readonly toA: number;
}

/**
 * True when EVSE `evse` may go from `fromA`, which sumsA contains, to `toA`: no conductor above it
 * ends over its capacity. A decrease always fits. On a conductor that is overloaded already,
 * whatever does not raise it fits.
 */
export function fits(
  tree: CircuitTree,
  sumsA: Float64Array,
  evse: number,
  change: CurrentChange,
): boolean {
  return blockingRow(tree, sumsA, evse, change.toA - change.fromA) === NO_ROW;
}

/** The first limit row, from the EVSE up to the root, that a raise by deltaA would overload. */
export function blockingRow(
  tree: CircuitTree,
  sumsA: Float64Array,
  evse: number,
  deltaA: number,
): number {
  if (deltaA <= 0) return NO_ROW;
  const { parent, circuitOf, channelMask } = tree.topology;
  const { rowStart, mask: rowMask } = tree.rows;
  const mask = channelMask[evse] as number;
  let circuit = circuitOf[evse] as number;
  while (circuit !== NO_PARENT) {
    const end = rowStart[circuit + 1] as number;
    for (let row = rowStart[circuit] as number; row < end; row += 1) {
      if (((rowMask[row] as number) & mask) === 0) continue;
      if (blocksRaise(tree, sumsA, row, mask, deltaA)) return row;
    }
    circuit = parent[circuit] as number;
  }
  return NO_ROW;
}

/** True when deltaA more on the channels of `mask` would overload this row. */
export function blocksRaise(
  tree: CircuitTree,
  sumsA: Float64Array,
  row: number,
  mask: number,
  deltaA: number,
): boolean {
  const { rows } = tree;
  const at = 3 * (rows.circuitOf[row] as number);
  const x = sumsA[at] as number;
  const y = sumsA[at + 1] as number;
  const z = sumsA[at + 2] as number;
  const raisedX = (mask & 1) === 0 ? x : x + deltaA;
  const raisedY = (mask & 2) === 0 ? y : y + deltaA;
  const raisedZ = (mask & 4) === 0 ? z : z + deltaA;
  const loadA = rowLoadA(rows, row, raisedX, raisedY, raisedZ);
  if (loadA <= (rows.capacityA[row] as number) + RAISE_TOLERANCE_A) return false;
  return loadA > rowLoadA(rows, row, x, y, z);
}

/** True when no conductor carries more than its capacity. */
export function carriesAll({ rows }: CircuitTree, sumsA: Float64Array): boolean {
  for (let row = 0; row < rows.form.length; row += 1) {
    const capacityA = rows.capacityA[row] as number;
    if (rowLoadFrom(rows, row, sumsA) > capacityA + RAISE_TOLERANCE_A) return false;
  }
  return true;
}
