import type { ChargingProfile } from '../charging-profile.js';
import { formatTimestamp } from './timestamp.js';

/** The start of a schedule; a Relative one has none (K01.FR.41). */
export function startOf({ kind, startAtMs }: ChargingProfile): { startSchedule?: string } {
  return kind === 'relative' ? {} : { startSchedule: formatTimestamp(startAtMs) };
}
