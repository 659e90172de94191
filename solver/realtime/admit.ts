/** Stage 1: whose minimum is served. Below its minimum a vehicle does not charge slowly, it stops. */
import { addCurrent, channelSums } from '../electrical/channel-sums.js';
import type { CircuitTree } from '../electrical/circuit-tree.js';
import { NO_ROW, blockingRow } from '../electrical/fits.js';
import { rowLoadFrom } from '../electrical/row-load.js';
import { RAISE_TOLERANCE_A } from '../electrical/tolerances.js';
import type { Evse } from '../problem.js';
import { type ClaimTable, RESTING, STARVING } from './claim-table.js';
import { admissionOrder } from './order.js';

export interface Admission {
  /** 1 for each EVSE that gets at least its minimum. */
  readonly admitted: Uint8Array;
  /** Per EVSE that waits: the limit row in its way; NO_ROW for everyone else. */
  readonly blockedBy: Int32Array;
  /** Those that wait, in the order of the queue. */
  readonly queue: readonly number[];
}

/**
 * Admits everyone when all minimums fit. Otherwise in order, passing over what does not fit:
 * - nobody is switched on into current that a starving claim before it waits for, so that holds
 *   started later cannot keep a large claim out for ever;
 * - resting claims are switched on only where there is room for all.
 */
export function admit(tree: CircuitTree, evses: readonly Evse[], table: ClaimTable): Admission {
  const admitted = new Uint8Array(evses.length);
  const blockedBy = new Int32Array(evses.length).fill(NO_ROW);
  const members: number[] = [];
  for (let index = 0; index < evses.length; index += 1) {
    if ((table.standing[index] as number) <= RESTING) members.push(index);
  }
  if (allFit(tree, table, members)) {
    for (const index of members) admitted[index] = 1;
    return { admitted, blockedBy, queue: [] };
  }
  const queue: number[] = [];
  const room = startRoom(tree, table);
  for (const index of admissionOrder(evses, table, members)) {
    const isOn = (evses[index]?.claim?.lastLimitA ?? 0) > 0;
    const row = takeMinimum(tree, table, room, index, isOn);
    blockedBy[index] = row;
    if (row === NO_ROW) admitted[index] = 1;
    else queue.push(index);
  }
  return { admitted, blockedBy, queue };
}

/** Channel sums while the queue is served. */
interface Room {
  /** Reserved current alone: what does not fit here waits for nobody's turn. */
  readonly emptyA: Float64Array;
  readonly drawnA: Float64Array;
  /** Drawn, and awaited by starving claims that were passed over. */
  readonly starvingA: Float64Array;
  /** Drawn, and awaited by anyone who was passed over. */
  readonly allA: Float64Array;
}

function startRoom(tree: CircuitTree, table: ClaimTable): Room {
  const emptyA = channelSums(tree, table.reservedA);
  return {
    emptyA,
    drawnA: emptyA.slice(),
    starvingA: emptyA.slice(),
    allA: emptyA.slice(),
  };
}

/** Enters the minimum of the next in the queue; returns the row in its way, or NO_ROW. */
function takeMinimum(
  tree: CircuitTree,
  table: ClaimTable,
  room: Room,
  index: number,
  isOn: boolean,
): number {
  const minA = table.minA[index] as number;
  const standing = table.standing[index] as number;
  let row = blockingRow(tree, room.drawnA, index, minA);
  if (row === NO_ROW && !isOn) {
    row = blockingRow(tree, standing >= RESTING ? room.allA : room.starvingA, index, minA);
  }
  if (row === NO_ROW) {
    addCurrent(tree, room.drawnA, index, minA);
  } else if (blockingRow(tree, room.emptyA, index, minA) !== NO_ROW) {
    return row;
  }
  addCurrent(tree, room.allA, index, minA);
  if (row === NO_ROW || standing === STARVING) addCurrent(tree, room.starvingA, index, minA);
  return row;
}

function allFit(tree: CircuitTree, table: ClaimTable, members: readonly number[]): boolean {
  const drawnA = table.reservedA.slice();
  for (const index of members)
    drawnA[index] = (drawnA[index] as number) + (table.minA[index] as number);
  const sumsA = channelSums(tree, drawnA);
  return tree.rows.capacityA.every(
    (capacityA, row) => rowLoadFrom(tree.rows, row, sumsA) <= capacityA + RAISE_TOLERANCE_A,
  );
}
