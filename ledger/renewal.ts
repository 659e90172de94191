/** When a lease has to be renewed. */
import type { PossibleCommand } from './types.js';

/** Renewals begin this long before the boundary at the most, s; a third of shorter leases. */
export const RENEWAL_MARGIN_MAX_SEC = 300;
/** From here on a smaller limit is better than letting the lease run out, s. */
export const LAST_CALL_MAX_SEC = 60;

type Leased = Pick<PossibleCommand, 'boundaryAtMs'>;

export function renewalDueAtMs({ boundaryAtMs }: Leased, leaseSec: number): number {
  return boundaryAtMs - Math.min(RENEWAL_MARGIN_MAX_SEC, leaseSec / 3) * 1000;
}

export function lastCallAtMs({ boundaryAtMs }: Leased, leaseSec: number): number {
  return boundaryAtMs - Math.min(LAST_CALL_MAX_SEC, leaseSec / 6) * 1000;
}
