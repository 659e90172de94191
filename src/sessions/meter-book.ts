/**
 * What the meter said in one transaction, kept so that order and retries of messages change nothing:
 * the newest points one by one, in the order of their own times, older ones as their sums.
 */

/** Points kept one by one: stations send in order, so that what arrives late is among the newest. */
const TAIL_MAX = 16;
/** Between two samples further apart than this the power is not known. */
const GAP_MAX_MS = 30 * 60_000;
/** Less is what electronics take, not a vehicle that charges. */
const DRAW_MIN_W = 100;

export interface MeterPoint {
  readonly atMs: number;
  readonly registerWh?: number | undefined;
  /** Import; what a vehicle gives back is not charged energy. */
  readonly powerW?: number | undefined;
}

/** Points in the order of time, as far as the sums go. */
export interface MeterSums {
  readonly untilMs: number;
  readonly lowestWh?: number | undefined;
  readonly highestWh?: number | undefined;
  /** A register was lower than one before it. */
  readonly hasFallen: boolean;
  readonly peakW?: number | undefined;
  /** Of `powerW` over time. */
  readonly integratedWh: number;
  readonly lastPower?: { readonly atMs: number; readonly powerW: number } | undefined;
  /** The first point that shows energy flowing. */
  readonly firstDrawAtMs?: number | undefined;
}

export interface MeterBook {
  /** The register that the message of the start named. */
  readonly startWh?: number | undefined;
  /** The register that the message of the end named. */
  readonly stopWh?: number | undefined;
  readonly older?: MeterSums | undefined;
  /** Ascending by time, one point an instant. */
  readonly tail: readonly MeterPoint[];
}

const NO_SUMS: MeterSums = {
  untilMs: Number.NEGATIVE_INFINITY,
  hasFallen: false,
  integratedWh: 0,
  lowestWh: undefined,
  highestWh: undefined,
  peakW: undefined,
  lastPower: undefined,
  firstDrawAtMs: undefined,
};

/** The book with one more point; the same book where it says nothing new. */
export function withPoint(book: MeterBook, reported: MeterPoint): MeterBook {
  const point = cleaned(reported);
  if (point.registerWh === undefined && point.powerW === undefined) return book;
  if (book.older !== undefined && point.atMs <= book.older.untilMs) return book;
  const known = book.tail.find((it) => it.atMs === point.atMs);
  const merged = known === undefined ? point : mergePoints(known, point);
  if (known !== undefined && isSame(known, merged)) return book;
  const { startWh, stopWh, older } = book;
  const tail = [...book.tail.filter((it) => it !== known), merged].toSorted(
    (a, b) => a.atMs - b.atMs,
  );
  const oldest = tail[0];
  if (tail.length <= TAIL_MAX || oldest === undefined) return { startWh, stopWh, older, tail };
  return { startWh, stopWh, older: addToSums(older ?? NO_SUMS, oldest), tail: tail.slice(1) };
}

/** A register below zero is none. */
export function usableRegister(registerWh: number | undefined): number | undefined {
  return registerWh !== undefined && registerWh >= 0 ? registerWh : undefined;
}

/** All points up to and including `untilMs`, summed up. */
export function sumsUntil({ older, tail }: MeterBook, untilMs: number): MeterSums {
  let sums = older ?? NO_SUMS;
  for (const point of tail) if (point.atMs <= untilMs) sums = addToSums(sums, point);
  return sums;
}

function cleaned({ atMs, registerWh, powerW }: MeterPoint): MeterPoint {
  return {
    atMs,
    registerWh: usableRegister(registerWh),
    powerW: powerW === undefined ? undefined : Math.max(0, powerW),
  };
}

function mergePoints(one: MeterPoint, other: MeterPoint): MeterPoint {
  return {
    atMs: one.atMs,
    registerWh: larger(one.registerWh, other.registerWh),
    powerW: larger(one.powerW, other.powerW),
  };
}

function larger(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.max(one, other);
}

function smaller(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}

function isSame(one: MeterPoint, other: MeterPoint): boolean {
  return one.registerWh === other.registerWh && one.powerW === other.powerW;
}

function addToSums(sums: MeterSums, point: MeterPoint): MeterSums {
  const { atMs, registerWh, powerW } = point;
  const lowestWh = smaller(sums.lowestWh, registerWh);
  const highestWh = larger(sums.highestWh, registerWh);
  const peakW = larger(sums.peakW, powerW);
  const hasRisen = registerWh !== undefined && registerWh > (sums.lowestWh ?? registerWh);
  const draws = hasRisen || (powerW ?? 0) >= DRAW_MIN_W;
  const firstDrawAtMs = sums.firstDrawAtMs ?? (draws ? atMs : undefined);
  const lastPower = powerW === undefined ? sums.lastPower : { atMs, powerW };
  return {
    untilMs: atMs,
    hasFallen: sums.hasFallen || (registerWh ?? Number.POSITIVE_INFINITY) < (sums.highestWh ?? 0),
    integratedWh: sums.integratedWh + energyBetween(sums.lastPower, point),
    lowestWh,
    highestWh,
    peakW,
    lastPower,
    firstDrawAtMs,
  };
}

function energyBetween(last: MeterSums['lastPower'], { atMs, powerW }: MeterPoint): number {
  if (last === undefined || powerW === undefined || atMs - last.atMs > GAP_MAX_MS) return 0;
  return (((last.powerW + powerW) / 2) * (atMs - last.atMs)) / 3_600_000;
}
