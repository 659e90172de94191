/** Whose turn it is: of those that wait one is called before anybody has been off for too long. */
import { type ClaimTable, RESTING, STARVING, WANTING } from './claim-table.js';
import type { CompiledSite } from './compile-site.js';
import { isOffLonger } from './order.js';

/**
 * Makes the one that has been off for longest starve, where a turn is due; false where none is.
 *
 * Of k that wait one is called every offMax / k, so that the last of them is called after offMax. Called
 * only when offMax is over, those that were switched off together would be due together, and the last be
 * off for the minimum on-times of all before it on top. In time for everybody is who calls as soon as for
 * some n more than k - n of them have been off for n offMax / k:
 *
 *     off for  0 ---------- offMax/3 ---------- 2 offMax/3 ---------- offMax
 *     k = 3     up to 3 here      | up to 2 from here | up to 1 from here | none
 *
 * Where k minimum on-times take longer than offMax, a turn comes after those.
 * Precondition: the queue was served.
 */
export function callNext({ table, admission, order }: CompiledSite): boolean {
  const { isHopeless, admitted } = admission;
  let waitCount = 0;
  let next = -1;
  for (let place = 0; place < admitted.length; place += 1) {
    if (!takesTurns(table, place) || isHopeless[place] === 1) continue;
    if (admitted[place] === 0) waitCount += 1;
    if (next < 0 || isOffLonger(table, order.idRank, place, next)) next = place;
  }
  if (waitCount === 0 || admitted[next] === 1) return false;
  const standing = table.standing[next] as number;
  if (standing === STARVING || standing === RESTING) return false;
  countByTimeOff(table, admission, waitCount);
  let offFor = 0;
  for (let part = waitCount; part > 0; part -= 1) {
    offFor += admission.offCounts[part] as number;
    if (offFor <= waitCount - part) continue;
    table.standing[next] = STARVING;
    return true;
  }
  return false;
}

/** How many have been off for each number of whole parts of offMax, of `partCount`. */
function countByTimeOff(
  table: ClaimTable,
  { isHopeless, offCounts }: CompiledSite['admission'],
  partCount: number,
): void {
  const { nowMs, offMaxMs, sinceMs, standing } = table;
  offCounts.fill(0, 0, partCount + 1);
  for (let place = 0; place < standing.length; place += 1) {
    if (!takesTurns(table, place) || isHopeless[place] === 1) continue;
    const offMs = Math.max(0, nowMs - (sinceMs[place] as number));
    const part = offMs >= offMaxMs ? partCount : Math.floor((offMs * partCount) / offMaxMs);
    offCounts[part] = (offCounts[part] as number) + 1;
  }
}

/** It is off, and is switched on in its turn. */
function takesTurns({ isOn, standing }: ClaimTable, place: number): boolean {
  const own = standing[place] as number;
  return isOn[place] === 0 && (own === STARVING || own === WANTING || own === RESTING);
}

/**
 * Puts those that wait in the order in which they are called while nobody comes or leaves: the longest off
 * first; then who takes no turns, or waits for nobody's, as it was in the queue.
 */
export function orderByTurn({ table, admission, order }: CompiledSite): void {
  const { queue, isHopeless } = admission;
  const places = queue.places.subarray(0, queue.count);
  const isCalled = (place: number): boolean => takesTurns(table, place) && isHopeless[place] === 0;
  places.sort((a, b) => {
    if (!isCalled(a) || !isCalled(b)) return Number(isCalled(b)) - Number(isCalled(a));
    return isOffLonger(table, order.idRank, a, b) ? -1 : 1;
  });
}
