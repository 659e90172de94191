/** A battery gives way to vehicles: it charges with what the grid connection still carries. */
import { baseOf, type View } from '../policy.js';
import { overloadA, type ReplaySite } from '../site.js';

const HALVINGS = 30;

/** The largest part of `askedW` that overloads nothing beside these pilots; discharging always fits. */
export function batteryThatFits(
  site: ReplaySite,
  view: View,
  pilotsA: readonly number[],
  askedW: number,
): number {
  if (askedW <= 0) return askedW;
  const baseW = baseOf(view);
  const currentsA = new Float64Array(site.evses.length);
  for (const [at, { evseIndex, maxA }] of view.guests.entries()) {
    currentsA[evseIndex] = Math.min(pilotsA[at] as number, maxA);
  }
  const isTooMuch = (chargeW: number): boolean =>
    overloadA(site, currentsA, { allW: baseW + chargeW, baseW }) > 0;
  if (!isTooMuch(askedW)) return askedW;
  let low = 0;
  let high = askedW;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (isTooMuch(middle)) high = middle;
    else low = middle;
  }
  return low;
}
