/**
 * Places by priority and urgency without comparing them pair by pair: a radix sort over urgency as a
 * 32-bit float, which keeps the order but for near ties; those are few and are compared.
 */
import type { ClaimTable } from './claim-table.js';

export interface UrgencySort {
  readonly asFloat: Float32Array;
  readonly asBits: Uint32Array;
  /** Per place: its urgency as bits in ascending order. */
  readonly key: Uint32Array;
  readonly spare: Int32Array;
  /** How many places have each value of a digit, for the three digits of a key. */
  readonly counts: Int32Array;
  readonly priorities: number[];
}

const DIGIT_BITS = 11;
const DIGITS = 3;
const VALUES = 1 << DIGIT_BITS;
/** More than so many different priorities are sorted by comparison. */
const PRIORITIES_MAX = 16;

export function startUrgencySort(count: number): UrgencySort {
  const asFloat = new Float32Array(1);
  return {
    asFloat,
    asBits: new Uint32Array(asFloat.buffer),
    key: new Uint32Array(count),
    spare: new Int32Array(count),
    counts: new Int32Array(DIGITS * VALUES),
    priorities: [],
  };
}

/**
 * Puts the places in order of priority, the highest first, then of urgency; places of one priority and
 * of near ties (`isNearTie`) stand together in any order. False
 * where there are too many priorities: then nothing is done.
 */
export function sortByUrgency(
  sort: UrgencySort,
  table: ClaimTable,
  { places, count }: { readonly places: Int32Array; readonly count: number },
): boolean {
  if (!findPriorities(sort, table, places, count)) return false;
  countDigits(sort, table, places, count);
  let from = places;
  let to = sort.spare;
  for (let digit = 0; digit < DIGITS; digit += 1) {
    scatter(sort, digit, from, to, count);
    [from, to] = [to, from];
  }
  takeByPriority(sort, table, from, places, count);
  return true;
}

/** True where nothing of what was sorted tells the two apart. */
export function isNearTie({ key }: UrgencySort, table: ClaimTable, a: number, b: number): boolean {
  return key[a] === key[b] && table.priority[a] === table.priority[b];
}

/** The priorities that there are, the highest first. */
function findPriorities(
  { priorities }: UrgencySort,
  { priority }: ClaimTable,
  places: Int32Array,
  count: number,
): boolean {
  priorities.length = 0;
  let last = Number.NaN;
  for (let at = 0; at < count; at += 1) {
    const one = priority[places[at] as number] as number;
    if (one === last || priorities.includes(one)) continue;
    if (priorities.length === PRIORITIES_MAX) return false;
    priorities.push(one);
    last = one;
  }
  priorities.sort((a, b) => b - a);
  return true;
}

function countDigits(
  { asFloat, asBits, key, counts }: UrgencySort,
  { urgencySec }: ClaimTable,
  places: Int32Array,
  count: number,
): void {
  counts.fill(0);
  for (let at = 0; at < count; at += 1) {
    const place = places[at] as number;
    // Adding 0 makes one zero of both.
    asFloat[0] = (urgencySec[place] as number) + 0;
    const bits = asBits[0] as number;
    // Negative floats ascend with falling bits.
    const ascending = (bits & 0x8000_0000) === 0 ? bits | 0x8000_0000 : ~bits;
    key[place] = ascending;
    for (let digit = 0; digit < DIGITS; digit += 1) {
      const value = digit * VALUES + ((ascending >>> (digit * DIGIT_BITS)) & (VALUES - 1));
      counts[value] = (counts[value] as number) + 1;
    }
  }
  for (let digit = 0; digit < DIGITS; digit += 1) {
    let sum = 0;
    for (let value = digit * VALUES; value < (digit + 1) * VALUES; value += 1) {
      const here = counts[value] as number;
      counts[value] = sum;
      sum += here;
    }
  }
}

function scatter(
  { key, counts }: UrgencySort,
  digit: number,
  from: Int32Array,
  to: Int32Array,
  count: number,
): void {
  const shift = digit * DIGIT_BITS;
  for (let at = 0; at < count; at += 1) {
    const place = from[at] as number;
    const value = digit * VALUES + (((key[place] as number) >>> shift) & (VALUES - 1));
    const next = counts[value] as number;
    counts[value] = next + 1;
    to[next] = place;
  }
}

/** `from` and `into` are not the same. */
function takeByPriority(
  { priorities }: UrgencySort,
  { priority }: ClaimTable,
  from: Int32Array,
  into: Int32Array,
  count: number,
): void {
  let next = 0;
  for (const one of priorities) {
    for (let at = 0; at < count; at += 1) {
      const place = from[at] as number;
      if (priority[place] === one) into[next++] = place;
    }
  }
}
