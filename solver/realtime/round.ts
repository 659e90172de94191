/** Stage 4: currents that the equipment can be told, handing out what rounding down leaves. */
import { addCurrent, sumChannels } from '../electrical/channel-sums.js';
import { NO_ROW, blockingRow, blocksRaise } from '../electrical/fits.js';
import { rowLoadFrom } from '../electrical/row-load.js';
import { RAISE_TOLERANCE_A } from '../electrical/tolerances.js';
import { pilotAbove, pilotAtMost } from '../pilots.js';
import type { PilotSet } from '../problem.js';
import { canWait, type ClaimTable, SATISFIED, takesLeftovers } from './claim-table.js';
import type { CompiledSite } from './compile-site.js';
import { OWN_MAXIMUM } from './fill.js';
import { type PlaceList, startPlaceList } from './order.js';
import {
  REACHED_TOLERANCE_A,
  REDEAL_SEC,
  ROUNDING_GUARD_A,
  USEFUL_STEP_FRACTION,
} from './tolerances.js';

export interface RoundingWork {
  /** Those that may still get a step, in the order in which they are asked. */
  readonly first: PlaceList;
  readonly last: PlaceList;
  readonly open: PlaceList;
  readonly leastSumsA: Float64Array;
  /** Per place, A s. */
  readonly owedAs: Float64Array;
}

export function startRounding(evseCount: number, circuitCount: number): RoundingWork {
  return {
    first: startPlaceList(evseCount),
    last: startPlaceList(evseCount),
    open: startPlaceList(evseCount),
    leastSumsA: new Float64Array(3 * circuitCount),
    owedAs: new Float64Array(evseCount),
  };
}

/**
 * Rounds down to pilots, then gives one step at a time in order of urgency, of equals by credit, until no
 * EVSE can go up one step: first to the admitted, then to those who can wait, then to the satisfied. Steps that a
 * vehicle would use little of come last. Writes `limitA`, and to `stoppedBy` per EVSE below its top
 * the limit row that one more step would overload; else NO_ROW.
 * Precondition: `filling` holds currents of at least minA for exactly the admitted EVSEs.
 * Postcondition: every limit is 0 or a pilot in [minA, topA]; no admitted EVSE below its top can
 * rise one pilot by itself.
 */
export function roundToPilots(site: CompiledSite): void {
  const { first, last, open } = site.rounding;
  floorToPilots(site);
  site.stoppedBy.fill(NO_ROW);
  listOpen(site);
  if (site.table.hasCredits) orderEquals(site);
  handOut(site, first, USEFUL_STEP_FRACTION);
  handOut(site, last, USEFUL_STEP_FRACTION);
  open.places.set(first.places.subarray(0, first.count));
  open.places.set(last.places.subarray(0, last.count), first.count);
  open.count = first.count + last.count;
  handOut(site, open, 0);
}

/**
 * Rounds what was filled up to the targets: down to pilots, then one pilot up where that is nearer to
 * the target and fits, in order of urgency. Without targets of their own EVSEs are left at the floor.
 */
export function roundToTargets(site: CompiledSite): void {
  const { table, order, limitA, stoppedBy } = site;
  floorToPilots(site);
  stoppedBy.fill(NO_ROW);
  const { places, count } = order.byUrgency;
  for (let at = 0; at < count; at += 1) {
    const place = places[at] as number;
    if (table.isPlanned[place] === 0 || limitA[place] === 0) continue;
    for (;;) {
      const nextA = stepAbove(site, place);
      if (nextA === undefined || !isNearer(site, place, nextA)) break;
      if (!takeStep(site, place, 0)) break;
    }
  }
}

function isNearer({ table, limitA }: CompiledSite, place: number, nextA: number): boolean {
  const shortA = (table.targetA[place] as number) - (limitA[place] as number);
  return shortA >= USEFUL_STEP_FRACTION * (nextA - (limitA[place] as number));
}

/** Sums are those of the limits afterwards. */
function floorToPilots(site: CompiledSite): void {
  floorBelow(site, 0);
  if (!isOverloaded(site)) return;
  floorBelow(site, ROUNDING_GUARD_A);
  addReserved(site);
}

function floorBelow({ table, filling, limitA }: CompiledSite, guardA: number): void {
  for (let place = 0; place < limitA.length; place += 1) {
    const currentA = filling.currentA[place] as number;
    const pilots = table.pilots[place] as PilotSet;
    limitA[place] =
      currentA === 0
        ? 0
        : Math.max(table.minA[place] as number, pilotAtMost(pilots, currentA - guardA));
  }
}

/** Sums of limits and reserved current. */
function addReserved({ tree, table, limitA, totalA, sumsA }: CompiledSite): void {
  for (let place = 0; place < totalA.length; place += 1) {
    totalA[place] = (limitA[place] as number) + (table.reservedA[place] as number);
  }
  sumChannels(tree, totalA, sumsA);
}

/** Float slack of many EVSEs can add up: true where it overloads what their minimums do not. */
function isOverloaded(site: CompiledSite): boolean {
  const { tree, table, limitA, totalA, sumsA, rounding } = site;
  const { rows } = tree;
  addReserved(site);
  let isOver = false;
  for (let row = 0; row < rows.form.length; row += 1) {
    const loadA = rowLoadFrom(rows, row, sumsA);
    if (loadA > (rows.capacityA[row] as number) + RAISE_TOLERANCE_A) isOver = true;
  }
  if (!isOver) return false;
  for (let place = 0; place < totalA.length; place += 1) {
    const leastA = limitA[place] === 0 ? 0 : (table.minA[place] as number);
    totalA[place] = leastA + (table.reservedA[place] as number);
  }
  const { leastSumsA } = rounding;
  sumChannels(tree, totalA, leastSumsA);
  for (let row = 0; row < rows.form.length; row += 1) {
    const allowedA = Math.max(rows.capacityA[row] as number, rowLoadFrom(rows, row, leastSumsA));
    if (rowLoadFrom(rows, row, sumsA) > allowedA + RAISE_TOLERANCE_A) return true;
  }
  return false;
}

/** Who may get more: the admitted by urgency, then those who can wait, then the satisfied. */
function listOpen(site: CompiledSite): void {
  const { table, order, rounding } = site;
  const { first, last } = rounding;
  const { places, count } = order.byUrgency;
  first.count = 0;
  last.count = 0;
  let satisfied = 0;
  for (let at = 0; at < count; at += 1) {
    const place = places[at] as number;
    const standing = table.standing[place] as number;
    if (standing === SATISFIED) satisfied += 1;
    else if (stepAbove(site, place) === undefined) continue;
    else if (canWait(standing)) last.places[last.count++] = place;
    else first.places[first.count++] = place;
  }
  if (satisfied === 0) return;
  for (let at = 0; at < count; at += 1) {
    const place = places[at] as number;
    if (table.standing[place] === SATISFIED && stepAbove(site, place) !== undefined) {
      last.places[last.count++] = place;
    }
  }
}

/**
 * Of equal claims who is owed most comes first: over time each gets its share, and a group of EVSEs with the
 * same conductors its sum.
 */
function orderEquals(site: CompiledSite): void {
  const { table, limitA, rounding } = site;
  const { first, owedAs } = rounding;
  const { places, count } = first;
  for (let at = 0; at < count; at += 1) {
    const place = places[at] as number;
    const nextA = stepAbove(site, place) as number;
    const isHeld = (table.lastLimitA[place] as number) >= nextA - REACHED_TOLERANCE_A;
    const heldAs = isHeld ? REDEAL_SEC * (nextA - (limitA[place] as number)) : 0;
    owedAs[place] = (table.creditAs[place] as number) + heldAs;
  }
  let start = 0;
  for (let at = 1; at <= count; at += 1) {
    if (at < count && isTie(table, places[start] as number, places[at] as number)) continue;
    if (at - start > 1) {
      places.subarray(start, at).sort((a, b) => (owedAs[b] as number) - (owedAs[a] as number));
    }
    start = at;
  }
}

function isTie({ priority, urgencySec }: ClaimTable, a: number, b: number): boolean {
  return priority[a] === priority[b] && urgencySec[a] === urgencySec[b];
}

/** Rounds of one step each, in order, over steps of which the vehicle uses at least the fraction. */
function handOut(site: CompiledSite, byUrgency: PlaceList, usefulFraction: number): void {
  const { open } = site.rounding;
  let { places, count } = byUrgency;
  while (count > 0) {
    let left = 0;
    for (let at = 0; at < count; at += 1) {
      const place = places[at] as number;
      if (takeStep(site, place, usefulFraction)) open.places[left++] = place;
    }
    places = open.places;
    count = left;
  }
}

/** Raises an EVSE by one pilot if that fits; false when it is done in this round. */
function takeStep(site: CompiledSite, place: number, usefulFraction: number): boolean {
  const { tree, table, limitA, sumsA, filling, stoppedBy } = site;
  if (stoppedBy[place] !== NO_ROW) return false;
  const nextA = stepAbove(site, place);
  if (nextA === undefined) return false;
  const fromA = limitA[place] as number;
  const usedA = Math.min(nextA, table.maxA[place] as number) - fromA;
  if (usedA < usefulFraction * (nextA - fromA)) return false;
  const row = blockingRow(tree, sumsA, place, nextA - fromA);
  if (row === NO_ROW) {
    addCurrent(tree, sumsA, place, nextA - fromA);
    limitA[place] = nextA;
    return true;
  }
  const frozenBy = filling.frozenBy[place] as number;
  const mask = tree.topology.channelMask[place] as number;
  const byFilling =
    frozenBy !== OWN_MAXIMUM && blocksRaise(tree, sumsA, frozenBy, mask, nextA - fromA);
  stoppedBy[place] = byFilling ? frozenBy : row;
  return false;
}

/** The next pilot of an admitted EVSE up to its top; of one that takes leftovers, also the first. */
function stepAbove({ table, limitA }: CompiledSite, place: number): number | undefined {
  const fromA = limitA[place] as number;
  const topA = table.topA[place] as number;
  if (fromA === 0) {
    return takesLeftovers(table.standing[place] as number)
      ? (table.minA[place] as number)
      : undefined;
  }
  if (fromA >= topA - REACHED_TOLERANCE_A) return undefined;
  const nextA = pilotAbove(table.pilots[place] as PilotSet, fromA);
  return nextA === undefined || nextA > topA + REACHED_TOLERANCE_A ? undefined : nextA;
}
