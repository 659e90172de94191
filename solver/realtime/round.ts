/** Stage 4: currents that the equipment can be told, handing out what rounding down leaves. */
import { addCurrent, channelSums } from '../electrical/channel-sums.js';
import type { CircuitTree } from '../electrical/circuit-tree.js';
import { NO_ROW, blockingRow, blocksRaise } from '../electrical/fits.js';
import { rowLoadFrom } from '../electrical/row-load.js';
import { RAISE_TOLERANCE_A } from '../electrical/tolerances.js';
import { pilotAbove, pilotAtMost } from '../pilots.js';
import type { Evse } from '../problem.js';
import { type ClaimTable, PATIENT, SATISFIED, takesLeftovers } from './claim-table.js';
import { type Filling, OWN_MAXIMUM } from './fill.js';
import { urgencyOrder } from './order.js';
import { REACHED_TOLERANCE_A, ROUNDING_GUARD_A, USEFUL_STEP_FRACTION } from './tolerances.js';

export interface Rounding {
  readonly limitA: Float64Array;
  /** Per EVSE below its top: the limit row that one more step would overload; else NO_ROW. */
  readonly stoppedBy: Int32Array;
}

interface Work extends Rounding {
  readonly tree: CircuitTree;
  readonly evses: readonly Evse[];
  readonly table: ClaimTable;
  readonly filling: Filling;
  readonly sumsA: Float64Array;
}

/**
 * Rounds down to pilots, then gives one step at a time in order of urgency until no EVSE can go up
 * one step: first to the admitted, then to those who can wait, then to the satisfied. Steps that a
 * vehicle would use little of come last.
 * Precondition: `filling` holds currents of at least minA for exactly the admitted EVSEs.
 * Postcondition: every limit is 0 or a pilot in [minA, topA]; no admitted EVSE below its top can
 * rise one pilot by itself.
 */
export function roundToPilots(
  tree: CircuitTree,
  evses: readonly Evse[],
  table: ClaimTable,
  filling: Filling,
): Rounding {
  const limitA = floorToPilots(tree, evses, table, filling);
  const work: Work = {
    tree,
    evses,
    table,
    filling,
    limitA,
    sumsA: channelSums(tree, plus(limitA, table.reservedA)),
    stoppedBy: new Int32Array(evses.length).fill(NO_ROW),
  };
  const open: number[] = [];
  for (let index = 0; index < evses.length; index += 1) {
    if (stepAbove(work, index) !== undefined) open.push(index);
  }
  const admitted = open.filter((index) => !takesLeftovers(table.standing[index] as number));
  const byUrgency = urgencyOrder(evses, table, admitted);
  const last = [PATIENT, SATISFIED].flatMap((standing) =>
    urgencyOrder(
      evses,
      table,
      open.filter((index) => table.standing[index] === standing),
    ),
  );
  handOut(work, byUrgency, USEFUL_STEP_FRACTION);
  handOut(work, last, USEFUL_STEP_FRACTION);
  handOut(work, [...byUrgency, ...last], 0);
  return { limitA, stoppedBy: work.stoppedBy };
}

function floorToPilots(
  tree: CircuitTree,
  evses: readonly Evse[],
  table: ClaimTable,
  filling: Filling,
): Float64Array {
  const floorBelow = (guardA: number): Float64Array =>
    filling.currentA.map((currentA, index) => {
      const pilots = evses[index]?.pilots;
      if (currentA === 0 || pilots === undefined) return 0;
      return Math.max(table.minA[index] as number, pilotAtMost(pilots, currentA - guardA));
    });
  const limitA = floorBelow(0);
  const leastA = filling.currentA.map((a, index) => (a === 0 ? 0 : (table.minA[index] as number)));
  const leastSumsA = channelSums(tree, plus(leastA, table.reservedA));
  const sumsA = channelSums(tree, plus(limitA, table.reservedA));
  const overloaded = tree.rows.capacityA.some((capacityA, row) => {
    const allowedA = Math.max(capacityA, rowLoadFrom(tree.rows, row, leastSumsA));
    return rowLoadFrom(tree.rows, row, sumsA) > allowedA + RAISE_TOLERANCE_A;
  });
  return overloaded ? floorBelow(ROUNDING_GUARD_A) : limitA;
}

/** Rounds of one step each, in order, over steps of which the vehicle uses at least the fraction. */
function handOut(work: Work, byUrgency: readonly number[], usefulFraction: number): void {
  let open = byUrgency;
  while (open.length > 0) open = open.filter((index) => takeStep(work, index, usefulFraction));
}

/** Raises an EVSE by one pilot if that fits; false when it is done in this round. */
function takeStep(work: Work, index: number, usefulFraction: number): boolean {
  const { tree, table, limitA, sumsA, filling, stoppedBy } = work;
  const nextA = stepAbove(work, index);
  if (nextA === undefined || stoppedBy[index] !== NO_ROW) return false;
  const fromA = limitA[index] as number;
  const usedA = Math.min(nextA, table.maxA[index] as number) - fromA;
  if (usedA < usefulFraction * (nextA - fromA)) return false;
  const row = blockingRow(tree, sumsA, index, nextA - fromA);
  if (row === NO_ROW) {
    addCurrent(tree, sumsA, index, nextA - fromA);
    limitA[index] = nextA;
    return true;
  }
  const frozenBy = filling.frozenBy[index] as number;
  const mask = tree.topology.channelMask[index] as number;
  const byFilling =
    frozenBy !== OWN_MAXIMUM && blocksRaise(tree, sumsA, frozenBy, mask, nextA - fromA);
  stoppedBy[index] = byFilling ? frozenBy : row;
  return false;
}

/** The next pilot of an admitted EVSE up to its top; of one that takes leftovers, also the first. */
function stepAbove(work: Work, index: number): number | undefined {
  const fromA = work.limitA[index] as number;
  const topA = work.table.topA[index] as number;
  const pilots = work.evses[index]?.pilots;
  if (fromA === 0 && takesLeftovers(work.table.standing[index] as number)) {
    return work.table.minA[index] as number;
  }
  if (fromA === 0 || pilots === undefined || fromA >= topA - REACHED_TOLERANCE_A) return undefined;
  const nextA = pilotAbove(pilots, fromA);
  return nextA === undefined || nextA > topA + REACHED_TOLERANCE_A ? undefined : nextA;
}

function plus(left: Float64Array, right: Float64Array): Float64Array {
  return left.map((value, index) => value + (right[index] as number));
}
