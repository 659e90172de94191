import type { Handled, HandlerContext } from './handler.js';
import { formatInstant } from './instants.js';

/** The same in all versions: the station sets its clock by the answer. */
export function heartbeat(_payload: object, context: HandlerContext): Handled {
  return { events: [], answer: { currentTime: formatInstant(context.receivedAtMs) } };
}
