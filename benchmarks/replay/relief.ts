/**
 * What a battery gives at the root, as room for vehicles. Currents are phasors: how much of it a line
 * has depends on how the vehicles load the pairs. So limits are raised by shares of it, the largest first,
 * and what comes of that is checked against the conductors.
 */
import { baseOf, type Guest, type View } from './policy.js';
import { overloadA, type ReplaySite } from './site.js';

const SHARES = [1, 0.8, 0.6, 0.4, 0.2, 0];

/** @param isTooMuch whether an attempt overloads something; never asked of the last one */
export function withRelief<T>(
  reliefW: number,
  attempt: (raisedW: number) => T,
  isTooMuch: (found: T) => boolean,
): T {
  if (reliefW === 0) return attempt(0);
  for (const share of SHARES) {
    const found = attempt(share * reliefW);
    if (share === 0 || !isTooMuch(found)) return found;
  }
  throw new Error('the last share is 0');
}

/** With a current for each guest; what a battery gives is no more than what is drawn. */
export function isOverloaded(
  site: ReplaySite,
  view: View,
  given: { readonly currentOf: (guest: Guest, at: number) => number; readonly reliefW: number },
): boolean {
  const baseW = baseOf(view);
  const currentsA = new Float64Array(site.evses.length);
  let drawnW = baseW;
  for (const [at, guest] of view.guests.entries()) {
    const currentA = Math.min(given.currentOf(guest, at), guest.maxA);
    currentsA[guest.evseIndex] = currentA;
    drawnW += currentA * site.voltageV;
  }
  const allW = baseW - Math.min(given.reliefW, drawnW);
  return overloadA(site, currentsA, { allW, baseW }) > 0;
}
