import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { refuseVendor } from '../refuse-vendor.js';
import { formatInstant } from '../instants.js';

interface BootNotification {
  readonly chargePointVendor: string;
  readonly chargePointModel: string;
  readonly chargePointSerialNumber?: string;
  readonly chargeBoxSerialNumber?: string;
  readonly firmwareVersion?: string;
}

/** 1.6 §4.2: Accepted: who may connect was decided at the door, but for the vendor. */
export function bootNotification(payload: BootNotification, context: HandlerContext): Handled {
  const refused = refuseVendor(payload.chargePointVendor, context);
  if (refused !== undefined) return refused;
  const serial = payload.chargePointSerialNumber ?? payload.chargeBoxSerialNumber;
  return {
    events: [
      {
        ...fromStation(context),
        type: 'station.booted',
        vendor: payload.chargePointVendor,
        model: payload.chargePointModel,
        ...(serial !== undefined && { serial }),
        ...(payload.firmwareVersion !== undefined && { firmware: payload.firmwareVersion }),
      },
    ],
    answer: {
      status: 'Accepted',
      currentTime: formatInstant(context.receivedAtMs),
      interval: context.heartbeatIntervalSec,
    },
  };
}
