/** R9: when a meter shows more than a limit. */
import type { MeterSample } from '../ocpp/messages.js';

/** What a meter may be wrong by. */
const OVERDRAW_FRACTION = 0.02;
const OVERDRAW_A = 0.2;

export function isOverdrawn(drawnA: number, allowedA: number): boolean {
  return drawnA > allowedA * (1 + OVERDRAW_FRACTION) + OVERDRAW_A;
}

/** Of all conductors; undefined where no current was measured. */
export function largestA(sample: MeterSample | undefined): number | undefined {
  const known = sample?.currentA?.filter((it): it is number => it !== undefined) ?? [];
  return known.length === 0 ? undefined : Math.max(...known);
}
