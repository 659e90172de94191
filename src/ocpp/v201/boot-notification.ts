import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { refuseVendor } from '../refuse-vendor.js';
import { formatInstant } from '../instants.js';

interface BootNotification {
  readonly reason: string;
  readonly chargingStation: {
    readonly vendorName: string;
    readonly model: string;
    readonly serialNumber?: string;
    readonly firmwareVersion?: string;
  };
}

/** B01: Accepted: who may connect was decided at the door, but for the vendor. */
export function bootNotification(payload: BootNotification, context: HandlerContext): Handled {
  const { vendorName, model, serialNumber, firmwareVersion } = payload.chargingStation;
  const refused = refuseVendor(vendorName, context);
  if (refused !== undefined) return refused;
  return {
    events: [
      {
        ...fromStation(context),
        type: 'station.booted',
        vendor: vendorName,
        model,
        ...(serialNumber !== undefined && { serial: serialNumber }),
        ...(firmwareVersion !== undefined && { firmware: firmwareVersion }),
        reason: payload.reason,
      },
    ],
    answer: {
      status: 'Accepted',
      currentTime: formatInstant(context.receivedAtMs),
      interval: context.heartbeatIntervalSec,
    },
  };
}
