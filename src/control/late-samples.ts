/**
 * R9 for a station whose samples always come late: beside the link they wait in it for minutes, or its clock is
 * behind. They say nothing about what is drawn now. But what was allowed since the oldest instant at which
 * one may have been measured is known as long as the ledger is kept for so long, and more than all of that
 * proves what it proves of a sample that comes in time (`allowed-then.ts`).
 */
import type { Amps, EvseId } from '../../solver/index.js';
import type { MeterSample } from '../ocpp/messages.js';
import { type Draft, updateEvse, without } from './draft.js';

/** Since when an EVSE has told nothing but the past. */
export interface LateSamples {
  readonly sinceMs: number;
  /** F0 all that time; absent: it was not read back. */
  readonly fallbackIdleA?: Amps | undefined;
}

/** A sample older than this says nothing about what is drawn now. */
const SAMPLE_FRESH_MS = 120_000;
/** Samples that are later than this are not held against anything, and the ledger is kept for no longer. */
export const LATE_MAX_MS = 900_000;

export function freshOf<Sample extends MeterSample>(
  { nowMs }: Draft,
  samples: readonly Sample[],
): readonly Sample[] {
  return samples.filter((it) => nowMs - it.atMs < SAMPLE_FRESH_MS);
}

/** Those of an EVSE all of whose samples come late; for such a one the ledger is kept for longer. */
export function lateOf<Sample extends MeterSample>(
  draft: Draft,
  evseId: EvseId,
  samples: readonly Sample[],
): readonly Sample[] {
  const state = draft.evses.get(evseId);
  if (state === undefined || samples.length === 0) return [];
  const { late } = state;
  if (freshOf(draft, samples).length > 0) {
    if (late !== undefined) updateEvse(draft, evseId, (it) => without(it, 'late'));
    return [];
  }
  const { fallbackIdleA } = state.ledger;
  if (late === undefined || late.fallbackIdleA !== fallbackIdleA) {
    const next = { sinceMs: draft.nowMs, fallbackIdleA };
    updateEvse(draft, evseId, (it) => ({ ...it, late: next }));
  }
  return samples;
}
