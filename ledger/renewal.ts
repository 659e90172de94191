/** When a lease has to be renewed. */
import type { PossibleCommand } from './types.js';

/** Renewals begin this long before the boundary at the most, s; a third of shorter leases. */
export const RENEWAL_MARGIN_MAX_SEC = 300;
/** From here on a smaller limit is better than letting the lease run out, s. */
export const LAST_CALL_MAX_SEC = 60;

type Leased = Pick<PossibleCommand, 'boundaryAtMs' | 'plannedAtMs'>;

export function renewalDueAtMs(leased: Leased, leaseSec: number): number {
  const marginSec = Math.min(RENEWAL_MARGIN_MAX_SEC, givenSec(leased, leaseSec) / 3);
  return leased.boundaryAtMs - marginSec * 1000;
}

export function lastCallAtMs(leased: Leased, leaseSec: number): number {
  const marginSec = Math.min(LAST_CALL_MAX_SEC, givenSec(leased, leaseSec) / 6);
  return leased.boundaryAtMs - marginSec * 1000;
}

/** A lease cut short by a coming lower limit is renewed by its own length. */
function givenSec({ boundaryAtMs, plannedAtMs }: Leased, leaseSec: number): number {
  return plannedAtMs === undefined
    ? leaseSec
    : Math.min(leaseSec, Math.max(0, boundaryAtMs - plannedAtMs) / 1000);
}
