/**
 * R9 for a station whose samples always come late: beside the link they wait in it for minutes, or its clock is
 * behind. They say nothing about what is drawn now. But what was allowed since the oldest instant at which
 * one may have been measured is known as long as the ledger is kept for so long, and more than all of that
 * proves what it proves of a sample that comes in time. Not judged is what was measured before the link, a boot
 * or another F0: then more may have been allowed than is known now (R0).
 */
import type { Amps, EvseId } from '../../solver/index.js';
import { evseById } from '../sites/site-index.js';
import { type Draft, updateEvse, without } from './draft.js';
import type { SeenSample } from './overdraw.js';

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

export function freshOf({ nowMs }: Draft, samples: readonly SeenSample[]): readonly SeenSample[] {
  return samples.filter((it) => nowMs - it.atMs < SAMPLE_FRESH_MS);
}

/** Those that prove something of an EVSE all of whose samples come late. */
export function lateOf(
  draft: Draft,
  evseId: EvseId,
  samples: readonly SeenSample[],
): readonly SeenSample[] {
  const { nowMs, site } = draft;
  const state = draft.evses.get(evseId);
  if (state === undefined || samples.length === 0) return [];
  const { late, ledger } = state;
  if (freshOf(draft, samples).length > 0) {
    if (late !== undefined) updateEvse(draft, evseId, (it) => without(it, 'late'));
    return [];
  }
  const { fallbackIdleA } = ledger;
  if (late === undefined || late.fallbackIdleA !== fallbackIdleA) {
    updateEvse(draft, evseId, (it) => ({ ...it, late: { sinceMs: nowMs, fallbackIdleA } }));
    return [];
  }
  const stationId = evseById(site, evseId)?.stationId;
  const station = stationId === undefined ? undefined : draft.stations.get(stationId);
  const { connectedAtMs = nowMs, bootedAtMs = 0 } = station ?? {};
  const skewMs = site.settings.skewSec * 1000;
  const sinceMs = Math.max(late.sinceMs, connectedAtMs, bootedAtMs, nowMs - LATE_MAX_MS) + skewMs;
  return samples
    .filter(({ atMs }) => atMs > sinceMs)
    .map((it) => ({ ...it, allowedUntilMs: nowMs }));
}
