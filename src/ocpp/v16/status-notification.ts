import { statusEvse } from '../evse-number.js';
import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { parseInstant } from '../instants.js';
import type { EvseStatus } from '../messages.js';

interface StatusNotification {
  readonly connectorId: number;
  readonly status: string;
  readonly errorCode: string;
  readonly timestamp?: string;
}

const STATUSES: Readonly<Record<string, EvseStatus>> = {
  Available: 'available',
  Preparing: 'preparing',
  Charging: 'charging',
  SuspendedEV: 'suspended-ev',
  SuspendedEVSE: 'suspended-evse',
  Finishing: 'finishing',
  Reserved: 'reserved',
  Unavailable: 'unavailable',
  Faulted: 'faulted',
};

/** 1.6 §4.9. Connector 0 is the whole station (evseNumber 0), but see `statusEvse`. */
export function statusNotification(payload: StatusNotification, context: HandlerContext): Handled {
  const status = STATUSES[payload.status];
  if (status === undefined) return { events: [], answer: {} };
  return {
    events: [
      {
        ...fromStation(context),
        type: 'evse.status',
        evseNumber: statusEvse(payload.connectorId, status, context),
        status,
        ...(payload.errorCode !== 'NoError' && { errorCode: payload.errorCode }),
        atMs: parseInstant(payload.timestamp) ?? context.receivedAtMs,
      },
    ],
    answer: {},
  };
}
