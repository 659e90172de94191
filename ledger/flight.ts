/** How long a call may be under way (SAFETY R3). */
import type { PossibleCommand } from './types.js';

/** The longest that a call may be under way and still be applied, s (R3). */
export const FLIGHT_MAX_SEC = 300;

/**
 * From here on an unknown command has been applied or never will be; infinite for any other, and
 * where it may yet leave.
 */
export function flightOverAtMs(command: PossibleCommand): number {
  if (command.state !== 'unknown') return Number.POSITIVE_INFINITY;
  return (command.unknownSinceMs ?? Number.POSITIVE_INFINITY) + FLIGHT_MAX_SEC * 1000;
}
