/** Who comes first: for a minimum, and for the steps that rounding left. Ties end at the EVSE's id. */
import { type ClaimTable, RESTING, STARVING } from './claim-table.js';
import { isNearTie, sortByUrgency, startUrgencySort, type UrgencySort } from './urgency-sort.js';

/** Places in order, in memory that is there already. */
export interface PlaceList {
  readonly places: Int32Array;
  count: number;
}

export interface OrderWork {
  /** All claims by urgency: priority, laxity (a session that is on has a bonus), plug-in, id. */
  readonly byUrgency: PlaceList;
  readonly spare: Int32Array;
  /** Per place: its rank by id. */
  readonly idRank: Int32Array;
  readonly sort: UrgencySort;
}

/** Runs shorter than this are sorted by insertion. */
const RUN = 8;
/** Fewer are sorted by comparison: counting digits has a price of its own. */
const RADIX_MIN = 400;

export const startPlaceList = (count: number): PlaceList => ({
  places: new Int32Array(count),
  count: 0,
});

export function startOrderWork(evseIds: readonly string[]): OrderWork {
  const byId = Array.from(evseIds, (_, place) => place).sort((a, b) =>
    (evseIds[a] as string) < (evseIds[b] as string) ? -1 : 1,
  );
  const idRank = new Int32Array(evseIds.length);
  for (const [rank, place] of byId.entries()) idRank[place] = rank;
  const { length } = evseIds;
  return {
    byUrgency: startPlaceList(length),
    spare: new Int32Array(length),
    idRank,
    sort: startUrgencySort(length),
  };
}

/** Puts everyone with a claim that can be served in order of urgency. */
export function orderByUrgency(order: OrderWork, table: ClaimTable): void {
  const { byUrgency } = order;
  byUrgency.count = 0;
  for (let place = 0; place < table.standing.length; place += 1) {
    if ((table.slope[place] as number) > 0) byUrgency.places[byUrgency.count++] = place;
  }
  const { places, count } = byUrgency;
  if (count < RADIX_MIN || !sortByUrgency(order.sort, table, byUrgency)) {
    mergeSort(order, table, places, count);
  } else sortNearTies(order, table, places, count);
}

function sortNearTies(
  order: OrderWork,
  table: ClaimTable,
  places: Int32Array,
  count: number,
): void {
  const { sort } = order;
  let start = 0;
  for (let at = 1; at <= count; at += 1) {
    const first = places[start] as number;
    if (at < count && isNearTie(sort, table, first, places[at] as number)) continue;
    if (at - start > 1) mergeSort(order, table, places.subarray(start, at), at - start);
    start = at;
  }
}

/**
 * Claims in the order in which their minimums are admitted: by standing; among the starving the
 * longest off first, whatever its priority, so that all of them get their turn; the others by
 * urgency.
 */
export function admissionOrder(order: OrderWork, table: ClaimTable, into: PlaceList): void {
  const { places, count } = order.byUrgency;
  into.count = 0;
  for (let standing = 0; standing <= RESTING; standing += 1) {
    const from = into.count;
    for (let at = 0; at < count; at += 1) {
      const place = places[at] as number;
      if (table.standing[place] === standing) into.places[into.count++] = place;
    }
    if (standing === STARVING) longestOffFirst(order, table, into, from);
  }
}

/** The starving are few: nobody starves for longer than a turn takes. */
function longestOffFirst(
  { idRank }: OrderWork,
  table: ClaimTable,
  { places, count }: PlaceList,
  from: number,
): void {
  places.subarray(from, count).sort((a, b) => (isOffLonger(table, idRank, a, b) ? -1 : 1));
}

/** Of two that were switched off together, the more urgent. */
export function isOffLonger(table: ClaimTable, idRank: Int32Array, a: number, b: number): boolean {
  const later = (table.sinceMs[a] as number) - (table.sinceMs[b] as number);
  return later === 0 ? isBefore(table, idRank, a, b) : later < 0;
}

function isBefore(table: ClaimTable, idRank: Int32Array, a: number, b: number): boolean {
  const { priority, urgencySec, pluggedInAtMs } = table;
  const higher = (priority[a] as number) - (priority[b] as number);
  if (higher !== 0) return higher > 0;
  const laxer = (urgencySec[a] as number) - (urgencySec[b] as number);
  if (laxer !== 0) return laxer < 0;
  const later = (pluggedInAtMs[a] as number) - (pluggedInAtMs[b] as number);
  if (later !== 0) return later < 0;
  return (idRank[a] as number) < (idRank[b] as number);
}

/** A merge sort whose comparison is a direct call. */
function mergeSort(order: OrderWork, table: ClaimTable, places: Int32Array, count: number): void {
  const { idRank, spare } = order;
  for (let start = 0; start < count; start += RUN) {
    const end = Math.min(start + RUN, count);
    for (let at = start + 1; at < end; at += 1) {
      const place = places[at] as number;
      let hole = at;
      while (hole > start && isBefore(table, idRank, place, places[hole - 1] as number)) {
        places[hole] = places[hole - 1] as number;
        hole -= 1;
      }
      places[hole] = place;
    }
  }
  let from = places;
  let to = spare;
  for (let width = RUN; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at += 1) {
        const takeLeft =
          left < middle &&
          (right >= end || isBefore(table, idRank, from[left] as number, from[right] as number));
        to[at] = (takeLeft ? from[left] : from[right]) as number;
        if (takeLeft) left += 1;
        else right += 1;
      }
    }
    [from, to] = [to, from];
  }
  if (from !== places) places.set(from.subarray(0, count));
}
