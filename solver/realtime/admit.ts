/** Stage 1: whose minimum is served. Below its minimum a vehicle does not charge slowly, it stops. */
import { addCurrent, sumChannels } from '../electrical/channel-sums.js';
import { NO_ROW, blockingRow, carriesAll } from '../electrical/fits.js';
import { RESTING, STARVING } from './claim-table.js';
import type { CompiledSite } from './compile-site.js';
import { admissionOrder, type PlaceList, startPlaceList } from './order.js';
import { callNext } from './turns.js';

export interface Admission {
  /** 1 for each EVSE that gets at least its minimum. */
  readonly admitted: Uint8Array;
  /** Per EVSE that waits: the limit row in its way; NO_ROW for everyone else. */
  readonly blockedBy: Int32Array;
  /** 1 for each that waits for nobody's turn: it does not fit beside what is reserved. */
  readonly isHopeless: Uint8Array;
  /** Of those that are off, how many for how long: see `callNext`. */
  readonly offCounts: Int32Array;
  /** Those that wait, in the order of the queue. */
  readonly queue: PlaceList;
  /** Channel sums while the queue is served. */
  readonly room: Room;
  readonly order: PlaceList;
  readonly leastA: Float64Array;
}

interface Room {
  /** Reserved current alone: what does not fit here waits for nobody's turn. */
  readonly emptyA: Float64Array;
  readonly drawnA: Float64Array;
  /** Drawn, and awaited by starving claims that were passed over: the same until there is one. */
  readonly starvingA: Float64Array;
  hasStarving: boolean;
  /** Drawn, and awaited by anyone who was passed over. Only the resting, who come last, look at it. */
  readonly allA: Float64Array;
  hasAll: boolean;
}

export function startAdmission(evseCount: number, circuitCount: number): Admission {
  const sums = (): Float64Array => new Float64Array(3 * circuitCount);
  return {
    admitted: new Uint8Array(evseCount),
    blockedBy: new Int32Array(evseCount),
    isHopeless: new Uint8Array(evseCount),
    offCounts: new Int32Array(evseCount + 1),
    queue: startPlaceList(evseCount),
    order: startPlaceList(evseCount),
    leastA: new Float64Array(evseCount),
    room: {
      emptyA: sums(),
      drawnA: sums(),
      starvingA: sums(),
      hasStarving: false,
      allA: sums(),
      hasAll: false,
    },
  };
}

/**
 * Admits everyone when all minimums fit. Otherwise in order, passing over what does not fit, and once
 * more where that shows that somebody's turn is due:
 * - nobody is switched on into current that a starving claim before it waits for, so that holds
 *   started later cannot keep a large claim out for ever;
 * - resting claims are switched on only where there is room for all.
 */
export function admit(site: CompiledSite): void {
  const { tree, table, admission } = site;
  const { admitted, blockedBy, queue, leastA } = admission;
  blockedBy.fill(NO_ROW);
  queue.count = 0;
  for (let place = 0; place < admitted.length; place += 1) {
    const isMember = (table.standing[place] as number) <= RESTING;
    admitted[place] = isMember ? 1 : 0;
    const minA = isMember ? (table.minA[place] as number) : 0;
    leastA[place] = minA + (table.reservedA[place] as number);
  }
  if (carriesAll(tree, sumChannels(tree, leastA, admission.room.allA))) return;
  serveQueue(site);
  if (callNext(site)) serveQueue(site);
}

function serveQueue(site: CompiledSite): void {
  const { table, admission } = site;
  const { admitted, blockedBy, queue, order } = admission;
  startRoom(site);
  queue.count = 0;
  admissionOrder(site.order, table, order);
  for (let at = 0; at < order.count; at += 1) {
    const place = order.places[at] as number;
    const row = takeMinimum(site, place);
    blockedBy[place] = row;
    admitted[place] = row === NO_ROW ? 1 : 0;
    if (row !== NO_ROW) queue.places[queue.count++] = place;
  }
}

function startRoom({ tree, table, admission }: CompiledSite): void {
  const { room } = admission;
  admission.isHopeless.fill(0);
  sumChannels(tree, table.reservedA, room.emptyA);
  room.drawnA.set(room.emptyA);
  room.hasStarving = false;
  room.hasAll = false;
}

/** Enters the minimum of the next in the queue; returns the row in its way, or NO_ROW. */
function takeMinimum(site: CompiledSite, place: number): number {
  const { tree, table, admission } = site;
  const { room } = admission;
  const minA = table.minA[place] as number;
  const standing = table.standing[place] as number;
  let row = blockingRow(tree, room.drawnA, place, minA);
  if (row === NO_ROW && table.isOn[place] === 0) {
    if (standing >= RESTING) {
      if (!room.hasAll) sumUpAll(site);
      row = blockingRow(tree, room.allA, place, minA);
    } else if (room.hasStarving) row = blockingRow(tree, room.starvingA, place, minA);
  }
  if (row === NO_ROW) addCurrent(tree, room.drawnA, place, minA);
  else if (blockingRow(tree, room.emptyA, place, minA) !== NO_ROW) {
    admission.isHopeless[place] = 1;
    return row;
  }
  if (room.hasAll) addCurrent(tree, room.allA, place, minA);
  if (standing === STARVING && row !== NO_ROW && !room.hasStarving) {
    room.starvingA.set(room.drawnA);
    room.hasStarving = true;
    addCurrent(tree, room.starvingA, place, minA);
  } else if (room.hasStarving && (row === NO_ROW || standing === STARVING)) {
    addCurrent(tree, room.starvingA, place, minA);
  }
  return row;
}

/** What is drawn, and what those who were passed over so far wait for and could have alone. */
function sumUpAll({ tree, table, admission: { room, queue } }: CompiledSite): void {
  room.hasAll = true;
  room.allA.set(room.drawnA);
  for (let at = 0; at < queue.count; at += 1) {
    const place = queue.places[at] as number;
    const minA = table.minA[place] as number;
    if (blockingRow(tree, room.emptyA, place, minA) === NO_ROW) {
      addCurrent(tree, room.allA, place, minA);
    }
  }
}

/** Who of the columns is admitted, the others at 0. */
export function amongAdmitted(
  { admitted }: Admission,
  column: Float64Array,
  into: Float64Array,
): Float64Array {
  for (let place = 0; place < into.length; place += 1) {
    into[place] = admitted[place] === 1 ? (column[place] as number) : 0;
  }
  return into;
}
