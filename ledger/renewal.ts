/** When a lease has to be renewed. */
import type { GrantEvse, PossibleCommand } from './types.js';

/** Renewals begin this long before the boundary at the most, s; a third or half of shorter leases. */
export const RENEWAL_MARGIN_MAX_SEC = 300;
/** From here on a smaller limit is better than letting the lease run out, s. */
export const LAST_CALL_MAX_SEC = 60;

type Leased = Pick<PossibleCommand, 'boundaryAtMs' | 'plannedAtMs' | 'steps'>;

/** Where the station has not shown the end: by its clock it may come before ours says so. */
export function leaseDueAtMs(
  leased: Leased,
  { leaseSec, ledger }: Pick<GrantEvse, 'leaseSec' | 'ledger'>,
): number {
  if (ledger.leaseShown) return renewalDueAtMs(leased, leaseSec);
  const marginSec = Math.min(RENEWAL_MARGIN_MAX_SEC, givenSec(leased, leaseSec) / 2);
  return leased.boundaryAtMs - marginSec * 1000;
}

function renewalDueAtMs(leased: Leased, leaseSec: number): number {
  const marginSec = Math.min(RENEWAL_MARGIN_MAX_SEC, givenSec(leased, leaseSec) / 3);
  return leased.boundaryAtMs - marginSec * 1000;
}

export function lastCallAtMs(leased: Leased, leaseSec: number): number {
  const marginSec = Math.min(LAST_CALL_MAX_SEC, givenSec(leased, leaseSec) / 6);
  return leased.boundaryAtMs - marginSec * 1000;
}

/** The first instant after `nowMs` from which it gives less: its next step, else its boundary. */
export function fallsAtMs({ steps, boundaryAtMs }: Leased, nowMs: number): number {
  return steps?.find(({ fromMs }) => fromMs > nowMs)?.fromMs ?? boundaryAtMs;
}

/**
 * When it is to be asked whether the next step may come later: what it was made for may have moved, as
 * the failsafe of a grid link does with every heartbeat. Undefined: it has no step to come.
 */
export function stepDueAtMs(leased: Leased, leaseSec: number, nowMs: number): number | undefined {
  const atMs = fallsAtMs(leased, nowMs);
  if (atMs === leased.boundaryAtMs) return undefined;
  return renewalDueAtMs({ boundaryAtMs: atMs, plannedAtMs: leased.plannedAtMs }, leaseSec);
}

/** A lease cut short by a coming lower limit is renewed by its own length. */
function givenSec({ boundaryAtMs, plannedAtMs }: Leased, leaseSec: number): number {
  return plannedAtMs === undefined
    ? leaseSec
    : Math.min(leaseSec, Math.max(0, boundaryAtMs - plannedAtMs) / 1000);
}
