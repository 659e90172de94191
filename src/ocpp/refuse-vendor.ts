/** At a speed other than real time only simulated stations may stay: their vendor says so. */
import type { Handled, HandlerContext } from './handler.js';
import { formatInstant } from './instants.js';

/** Undefined: this vendor may stay. */
export function refuseVendor(vendor: string, context: HandlerContext): Handled | undefined {
  const { vendorOnly } = context;
  if (vendorOnly === undefined || vendor === vendorOnly) return undefined;
  return {
    events: [],
    answer: {
      status: 'Rejected',
      currentTime: formatInstant(context.receivedAtMs),
      interval: context.heartbeatIntervalSec,
    },
    closes: `only stations of ${vendorOnly} are admitted`,
  };
}
