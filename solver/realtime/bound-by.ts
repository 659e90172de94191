/** Why each limit is not higher, from what stopped it in admission, filling and rounding. */
import { assert } from '../assert.js';
import { NO_ROW } from '../electrical/fits.js';
import type { BoundBy, Evse } from '../problem.js';
import { amps, seconds } from '../units.js';
import { canWait, FORBIDDEN, PATIENT, SATISFIED, UNSERVABLE } from './claim-table.js';
import type { CompiledSite } from './compile-site.js';
import { REACHED_TOLERANCE_A } from './tolerances.js';
import { orderByTurn } from './turns.js';

/** Something of the EVSE's own, or nothing, stops it; the claim says what. */
const OWN = 0;
/** It waits for its minimum. */
const WAITS = 1;
/** It can wait for its minimum: the more urgent fill what it needs. */
const CAN_WAIT = 2;
const SHARES = 3;
const WANTS_NOTHING = 4;

/** Reasons as numbers, one entry per place. */
export interface ReasonCodes {
  readonly code: Uint8Array;
  /** The limit row of those that wait or share; else NO_ROW. */
  readonly row: Int32Array;
  /** Of those that wait: place among those that wait at the same circuit, from 1. */
  readonly queuePlace: Int32Array;
  /** Per circuit: how many wait there. */
  readonly lastPlace: Int32Array;
  /** Per row: EVSEs that share it; 0 where nobody has asked. */
  shareCount: Int32Array;
}

export function startReasonCodes(evseCount: number, circuitCount: number): ReasonCodes {
  return {
    code: new Uint8Array(evseCount),
    row: new Int32Array(evseCount),
    queuePlace: new Int32Array(evseCount),
    lastPlace: new Int32Array(circuitCount),
    shareCount: new Int32Array(0),
  };
}

/** Writes the code of each EVSE, its queue place, and the counts of the rows that bind. */
export function codeReasons(site: CompiledSite): void {
  const { table, admission, stoppedBy, limitA, reasons, tree } = site;
  const rowCount = tree.rows.form.length;
  if (reasons.shareCount.length !== rowCount) reasons.shareCount = new Int32Array(rowCount);
  else reasons.shareCount.fill(0);
  for (let place = 0; place < limitA.length; place += 1) {
    const stopped = stoppedBy[place] as number;
    const waits = admission.blockedBy[place] as number;
    reasons.row[place] = stopped === NO_ROW ? waits : stopped;
    if (stopped === NO_ROW) reasons.code[place] = waits === NO_ROW ? OWN : WAITS;
    else if ((limitA[place] as number) > 0) {
      reasons.code[place] = SHARES;
      if (reasons.shareCount[stopped] === 0) {
        reasons.shareCount[stopped] = countSharing(site, stopped);
      }
    } else reasons.code[place] = table.standing[place] === SATISFIED ? WANTS_NOTHING : CAN_WAIT;
  }
  placeInQueue(site);
}

/** First those whose minimum does not fit, in the order of their turns, then those who can wait, by urgency. */
function placeInQueue(site: CompiledSite): void {
  const { admission, order, table, limitA, reasons } = site;
  reasons.lastPlace.fill(0);
  orderByTurn(site);
  const { queue } = admission;
  for (let at = 0; at < queue.count; at += 1) takePlace(site, queue.places[at] as number);
  const { places, count } = order.byUrgency;
  for (let at = 0; at < count; at += 1) {
    const place = places[at] as number;
    if (canWait(table.standing[place] as number) && limitA[place] === 0) takePlace(site, place);
  }
}

function takePlace({ tree, reasons }: CompiledSite, place: number): void {
  const row = reasons.row[place] as number;
  if (row === NO_ROW) return;
  const circuit = tree.rows.circuitOf[row] as number;
  const queuePlace = (reasons.lastPlace[circuit] as number) + 1;
  reasons.lastPlace[circuit] = queuePlace;
  reasons.queuePlace[place] = queuePlace;
}

/** EVSEs below the row's circuit whose current loads the row. */
function countSharing({ tree, table, limitA }: CompiledSite, row: number): number {
  const { topology, rows } = tree;
  const circuit = rows.circuitOf[row] as number;
  const mask = rows.mask[row] as number;
  const end = topology.subtreeEnd[circuit] as number;
  let count = 0;
  for (let place = topology.subtreeStart[circuit] as number; place < end; place += 1) {
    if (((topology.channelMask[place] as number) & mask) === 0) continue;
    if ((limitA[place] as number) + (table.reservedA[place] as number) > 0) count += 1;
  }
  return count;
}

/** The reason of one EVSE in the words of the problem. */
export function reasonOf(site: CompiledSite, place: number, evse: Evse): BoundBy {
  const { reasons, table } = site;
  switch (reasons.code[place]) {
    case WANTS_NOTHING:
      return { kind: 'satisfied' };
    case SHARES: {
      const row = reasons.row[place] as number;
      const shareCount = reasons.shareCount[row] as number;
      return { kind: 'circuit', ...rowName(site, row), shareCount };
    }
    case WAITS:
      return {
        kind: 'admission',
        ...rowName(site, reasons.row[place] as number),
        queuePlace: reasons.queuePlace[place] as number,
        ...(evse.claim?.resumes === false ? { resumes: false } : {}),
      };
    case CAN_WAIT: {
      const spareSec = seconds(Math.max(0, Math.round(table.laxitySec[place] as number)));
      return {
        kind: 'admission',
        ...rowName(site, reasons.row[place] as number),
        queuePlace: reasons.queuePlace[place] as number,
        ...(table.standing[place] === PATIENT ? { spareSec } : {}),
      };
    }
    default:
      return ownReason(site, place, evse);
  }
}

function ownReason({ table }: CompiledSite, place: number, evse: Evse): BoundBy {
  const { claim, reservedA, currentMaxA } = evse;
  if (claim === undefined) {
    return reservedA > 0 ? { kind: 'offline', reservedA } : { kind: 'no-session' };
  }
  const standing = table.standing[place] as number;
  if (standing === UNSERVABLE) return { kind: 'evse', currentMaxA };
  if (claim.satisfied) return { kind: 'satisfied' };
  const ceilingA = Math.min(claim.currentMaxA, currentMaxA);
  const heldByTarget = (table.maxA[place] as number) < ceilingA - REACHED_TOLERANCE_A;
  if (standing === FORBIDDEN || (claim.targetIsMax === true && heldByTarget)) {
    return { kind: 'target', targetA: claim.targetA ?? amps(0) };
  }
  return claim.currentMaxA < currentMaxA
    ? { kind: 'vehicle', currentMaxA: claim.currentMaxA }
    : { kind: 'evse', currentMaxA };
}

function rowName(
  { tree }: CompiledSite,
  row: number,
): Pick<Extract<BoundBy, { kind: 'circuit' }>, 'circuitId' | 'conductor' | 'source'> {
  const name = tree.rows.names[row];
  assert(name !== undefined, `limit row ${row} exists`);
  return { circuitId: name.circuitId, conductor: name.conductor, source: name.source };
}
