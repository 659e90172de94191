/** Why each limit is not higher, from what stopped it in admission, filling and rounding. */
import type { CircuitTree } from '../electrical/circuit-tree.js';
import { NO_ROW } from '../electrical/fits.js';
import type { BoundBy, Evse } from '../problem.js';
import { amps, seconds } from '../units.js';
import { assert } from '../assert.js';
import type { Admission } from './admit.js';
import { type ClaimTable, FORBIDDEN, PATIENT, UNSERVABLE } from './claim-table.js';
import { urgencyOrder } from './order.js';
import type { Rounding } from './round.js';
import { REACHED_TOLERANCE_A } from './tolerances.js';

export interface Decision {
  readonly tree: CircuitTree;
  readonly table: ClaimTable;
  readonly admission: Admission;
  readonly rounding: Rounding;
}

/** The reason of each EVSE, in the problem's order. */
export function reasons(evses: readonly Evse[], decision: Decision): BoundBy[] {
  const queuePlaces = placesInQueue(evses, decision);
  const shareCounts = new Map<number, number>();
  return evses.map((evse, index) => {
    const row = decision.rounding.stoppedBy[index] as number;
    if (row === NO_ROW) return ownReason(evse, index, decision, queuePlaces);
    if ((decision.rounding.limitA[index] as number) === 0) {
      return evse.claim?.satisfied === true
        ? { kind: 'satisfied' }
        : canWait(index, decision, { row, queuePlace: queuePlaces.get(index) ?? 1 });
    }
    const shareCount = shareCounts.get(row) ?? countSharing(decision, row);
    shareCounts.set(row, shareCount);
    return { kind: 'circuit', ...rowName(decision.tree, row), shareCount };
  });
}

/** Not its turn by laxity: how long it can wait, and what the more urgent fill. */
function canWait(
  index: number,
  { tree, table }: Decision,
  at: { readonly row: number; readonly queuePlace: number },
): BoundBy {
  const spareSec = seconds(Math.max(0, Math.round(table.laxitySec[index] as number)));
  return {
    kind: 'admission',
    ...rowName(tree, at.row),
    queuePlace: at.queuePlace,
    ...(table.standing[index] === PATIENT ? { spareSec } : {}),
  };
}

function ownReason(
  evse: Evse,
  index: number,
  decision: Decision,
  queuePlaces: ReadonlyMap<number, number>,
): BoundBy {
  const { claim, reservedA, currentMaxA } = evse;
  if (claim === undefined) {
    return reservedA > 0 ? { kind: 'offline', reservedA } : { kind: 'no-session' };
  }
  const waitsFor = decision.admission.blockedBy[index] as number;
  if (waitsFor !== NO_ROW) {
    const queuePlace = queuePlaces.get(index) ?? 1;
    return { kind: 'admission', ...rowName(decision.tree, waitsFor), queuePlace };
  }
  const standing = decision.table.standing[index] as number;
  if (standing === UNSERVABLE) return { kind: 'evse', currentMaxA };
  if (claim.satisfied) return { kind: 'satisfied' };
  const ceilingA = Math.min(claim.currentMaxA, currentMaxA);
  const heldByTarget = (decision.table.maxA[index] as number) < ceilingA - REACHED_TOLERANCE_A;
  if (standing === FORBIDDEN || (claim.targetIsMax === true && heldByTarget)) {
    return { kind: 'target', targetA: claim.targetA ?? amps(0) };
  }
  return claim.currentMaxA < currentMaxA
    ? { kind: 'vehicle', currentMaxA: claim.currentMaxA }
    : { kind: 'evse', currentMaxA };
}

/** Place among those that wait at the same circuit, from 1. */
function placesInQueue(evses: readonly Evse[], decision: Decision): Map<number, number> {
  const { tree, table, admission, rounding } = decision;
  const lastPlace = new Map<number, number>();
  const places = new Map<number, number>();
  const patient = evses.flatMap((_, index) =>
    table.standing[index] === PATIENT && rounding.limitA[index] === 0 ? [index] : [],
  );
  for (const index of [...admission.queue, ...urgencyOrder(evses, table, patient)]) {
    const blockedBy = admission.blockedBy[index] as number;
    const row = blockedBy === NO_ROW ? (rounding.stoppedBy[index] as number) : blockedBy;
    if (row === NO_ROW) continue;
    const circuit = tree.rows.circuitOf[row] as number;
    const place = (lastPlace.get(circuit) ?? 0) + 1;
    lastPlace.set(circuit, place);
    places.set(index, place);
  }
  return places;
}

/** EVSEs below the row's circuit whose current loads the row. */
function countSharing({ tree, table, rounding }: Decision, row: number): number {
  const { topology, rows } = tree;
  const circuit = rows.circuitOf[row] as number;
  const mask = rows.mask[row] as number;
  const end = topology.subtreeEnd[circuit] as number;
  let count = 0;
  for (let place = topology.subtreeStart[circuit] as number; place < end; place += 1) {
    const evse = topology.evseBySubtree[place] as number;
    if (((topology.channelMask[evse] as number) & mask) === 0) continue;
    const drawnA = (rounding.limitA[evse] as number) + (table.reservedA[evse] as number);
    if (drawnA > 0) count += 1;
  }
  return count;
}

function rowName(
  tree: CircuitTree,
  row: number,
): Pick<Extract<BoundBy, { kind: 'circuit' }>, 'circuitId' | 'conductor' | 'source'> {
  const name = tree.rows.names[row];
  assert(name !== undefined, `limit row ${row} exists`);
  return { circuitId: name.circuitId, conductor: name.conductor, source: name.source };
}
