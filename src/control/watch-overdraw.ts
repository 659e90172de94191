/**
 * R9: what is drawn is held against what may be drawn. Two readings in a row above it are proof, and so are
 * several with others between, where all of them together are more than was allowed all that time.
 */
import type { EvseId } from '../../solver/index.js';
import { evseById } from '../sites/site-index.js';
import { allowedSince } from './allowed-then.js';
import { distrust } from './distrust.js';
import { type Draft, updateEvse } from './draft.js';
import { atLeastA, isOverdrawn, largestA, type SeenSample, withinMeterA } from './overdraw.js';
import type { EvseState } from './state.js';
import { watchRegister } from './watch-register.js';

/** Readings from the first that was above what was allowed on (R9). */
export interface OverdrawWatch {
  /** Of the newest one. */
  readonly atMs: number;
  /** It was a current, and not a power. */
  readonly isMeasured: boolean;
  /** All readings since then were above it. */
  readonly sinceMs?: number | undefined;
  /** The time that the newest one stands for. */
  readonly tookMs: number;
  /** By how much all were above it, less by how much others were below, A s. */
  readonly excessAs: number;
  /** The most that one of them added. */
  readonly largestAs: number;
  /** The largest, and the most that two of them showed, A. */
  readonly highA: number;
  readonly provenA: number;
}

/** More than a meter may be wrong by, for this long, and the station is not believed any more. */
const OVERDRAW_MS = 10_000;
/** A reading stands for no longer than this. */
const READING_MAX_MS = 120_000;
/** What several readings must exceed together, beside the largest: this part of what was allowed. */
const EXCESS_FRACTION = 0.5;
/** The same for an EVSE that may draw less than a vehicle that charges. */
const EXCESS_OF_MIN_A = 6;

/** Precondition: samples that are fresh, or of an EVSE all of whose come late. */
export function watchOverdraw(draft: Draft, evseId: EvseId, samples: readonly SeenSample[]): void {
  const evse = evseById(draft.site, evseId);
  for (const sample of samples) {
    const state = draft.evses.get(evseId);
    if (state === undefined || evse === undefined) return;
    const drawnA = atLeastA(draft.site, evse, sample);
    if (drawnA === undefined) watchRegister(draft, evse, sample);
    else {
      const allowedA = allowedSince(draft, evse, state, sample.notBeforeMs).mostA;
      const isMeasured = largestA(sample) !== undefined;
      watchReading(draft, state, { atMs: sample.atMs, drawnA, isMeasured, allowedA });
    }
  }
}

interface Reading {
  readonly atMs: number;
  readonly drawnA: number;
  /** As a current; otherwise at least so much flows. */
  readonly isMeasured: boolean;
  readonly allowedA: number;
}

function watchReading(draft: Draft, state: EvseState, reading: Reading): void {
  const { id, overdraw: known } = state;
  // What is known of the power disproves no current.
  if (known?.isMeasured === true && !reading.isMeasured) return;
  const { allowedA } = reading;
  const watch = watched(known, reading);
  if (watch === known) return;
  const proven = watch !== undefined && isProven(watch, reading);
  if (proven) distrust(draft, id, { drawnA: watch.provenA, allowedA });
  updateEvse(draft, id, (it) => ({ ...it, overdraw: proven ? undefined : watch }));
}

/** Nothing where nothing is above what is allowed: of most readings no row tells. */
function watched(
  known: OverdrawWatch | undefined,
  { atMs, drawnA, isMeasured, allowedA }: Reading,
): OverdrawWatch | undefined {
  const isOver = isOverdrawn(drawnA, allowedA);
  if (known === undefined && !isOver) return undefined;
  if (known !== undefined && atMs <= known.atMs) return known;
  const tookMs = known === undefined ? OVERDRAW_MS : readingMs(known, atMs);
  const partAs = ((drawnA - withinMeterA(allowedA)) * tookMs) / 1000;
  const excessAs = Math.max(0, (known?.excessAs ?? 0) + partAs);
  if (!isOver && excessAs === 0) return undefined;
  const highA = known?.highA ?? 0;
  const provenA = Math.max(known?.provenA ?? 0, Math.min(highA, drawnA));
  return {
    atMs,
    isMeasured,
    sinceMs: isOver ? (known?.sinceMs ?? atMs) : undefined,
    tookMs: Math.max(OVERDRAW_MS, tookMs),
    excessAs,
    largestAs: Math.max(known?.largestAs ?? 0, partAs),
    highA: isOver ? Math.max(highA, drawnA) : highA,
    provenA: isOver ? provenA : (known?.provenA ?? 0),
  };
}

function readingMs(known: OverdrawWatch, atMs: number): number {
  return Math.min(READING_MAX_MS, atMs - known.atMs);
}

/** The largest of several may be a reading gone wrong: without it they must be too much as well. */
function isProven(watch: OverdrawWatch, { atMs, allowedA }: Reading): boolean {
  const { sinceMs, tookMs, excessAs, largestAs } = watch;
  if (sinceMs !== undefined && atMs - sinceMs >= OVERDRAW_MS) return true;
  const boundA = EXCESS_FRACTION * Math.max(allowedA, EXCESS_OF_MIN_A);
  return excessAs - largestAs > (boundA * tookMs) / 1000;
}
