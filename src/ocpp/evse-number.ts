/** Which EVSE a station means: firmware that has only one does not always number it from 1. */
import type { HandlerContext } from './handler.js';
import type { EvseStatus } from './messages.js';

/** What a transaction runs on: 0 can only be the EVSE itself where there is only one. */
export function transactionEvse(named: number | undefined, context: HandlerContext): number {
  const [only, ...others] = context.evseNumbers;
  if (only !== undefined && others.length === 0 && (named === undefined || named === 0)) {
    return only;
  }
  return named ?? 0;
}

/** What the station as a whole can be; anything else said of number 0 is said of an EVSE. */
const OF_THE_STATION = new Set<EvseStatus>(['available', 'unavailable', 'faulted']);
const ZERO_IS_EVSE = 'zero is the EVSE';

/**
 * Number 0 is the station (1.6 §4.9), unless it has one EVSE and says of 0 what only an EVSE can be;
 * from then on 0 means that EVSE for as long as the connection lasts.
 */
export function statusEvse(named: number, status: EvseStatus, context: HandlerContext): number {
  const [only, ...others] = context.evseNumbers;
  if (named !== 0 || only === undefined || others.length > 0) return named;
  if (!OF_THE_STATION.has(status)) context.connectorStatus.set(ZERO_IS_EVSE, status);
  return context.connectorStatus.has(ZERO_IS_EVSE) ? only : named;
}
