/** How long a grant holds without another word. */
import type { EvseStanding } from '../sites/snapshot.js';
import type { Draft } from './draft.js';
import type { StationState } from './state.js';

/** A link counts as lossy so long after a call that nobody answered. */
const LOSSY_FOR_MS = 1_800_000;
const LEASE_LOSSY_SEC = 450;

/** Where calls get lost a raise without an answer counts to its end: it shall not be far. */
export function leaseSecOf(
  { nowMs, site }: Pick<Draft, 'nowMs' | 'site'>,
  { station }: Pick<EvseStanding, 'station'>,
): number {
  const { leaseSec } = site.settings;
  return isLossy(station, nowMs) ? Math.min(leaseSec, LEASE_LOSSY_SEC) : leaseSec;
}

/** A call to it got lost lately. */
export function isLossy({ lostCallAtMs }: StationState, nowMs: number): boolean {
  return lostCallAtMs !== undefined && nowMs - lostCallAtMs < LOSSY_FOR_MS;
}
