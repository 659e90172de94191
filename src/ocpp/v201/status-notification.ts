import { statusEvse } from '../evse-number.js';
import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { parseInstant } from '../instants.js';
import type { EvseStatus } from '../messages.js';

interface StatusNotification {
  readonly timestamp: string;
  readonly connectorStatus: string;
  readonly evseId: number;
  readonly connectorId: number;
}

const STATUSES: Readonly<Record<string, EvseStatus>> = {
  Available: 'available',
  Occupied: 'occupied',
  Reserved: 'reserved',
  Unavailable: 'unavailable',
  Faulted: 'faulted',
};

/** What an EVSE with several connectors is: the first of these that one of them reports. */
const PRECEDENCE: readonly EvseStatus[] = [
  'occupied',
  'reserved',
  'available',
  'faulted',
  'unavailable',
];

/** G01: stations report connectors; an EVSE charges one vehicle on any of them. */
export function statusNotification(payload: StatusNotification, context: HandlerContext): Handled {
  const status = STATUSES[payload.connectorStatus];
  if (status === undefined) return { events: [], answer: {} };
  const { evseId, connectorId } = payload;
  rememberStatus(context, `${evseId}:${connectorId}`, status);
  const known = [...context.connectorStatus]
    .filter(([key]) => key.startsWith(`${evseId}:`))
    .map(([, connectorStatus]) => connectorStatus);
  const whole = PRECEDENCE.find((candidate) => known.includes(candidate)) ?? status;
  return {
    events: [
      {
        ...fromStation(context),
        type: 'evse.status',
        evseNumber: statusEvse(evseId, whole, context),
        status: whole,
        atMs: parseInstant(payload.timestamp) ?? context.receivedAtMs,
      },
    ],
    answer: {},
  };
}

/** More connectors than any station has are not worth memory. */
const CONNECTORS_MAX = 256;

function rememberStatus(context: HandlerContext, key: string, status: EvseStatus): void {
  if (context.connectorStatus.size >= CONNECTORS_MAX) context.connectorStatus.clear();
  context.connectorStatus.set(key, status);
}
