import type { StoreDeps } from '../deps.js';
import { authoritiesDoor, certificateRequestsDoor, certificatesDoor } from './certificates.js';
import { firmwareImagesDoor, firmwareUpdatesDoor } from './firmware.js';
import { localListsDoor } from './local-lists.js';
import { logRequestsDoor, transferLinksDoor } from './log-requests.js';
import type { UpkeepStore } from './ports.js';
import { reservationsDoor } from './reservations.js';

/** All doors to the rows of upkeep. */
export function upkeepDoor(
  deps: StoreDeps & { serverKey(name: string): Promise<Buffer> },
): UpkeepStore {
  return {
    localLists: localListsDoor(deps),
    reservations: reservationsDoor(deps),
    firmwareImages: firmwareImagesDoor(deps),
    firmwareUpdates: firmwareUpdatesDoor(deps),
    logRequests: logRequestsDoor(deps),
    transferLinks: transferLinksDoor(deps),
    certificateRequests: certificateRequestsDoor(deps),
    certificates: certificatesDoor(deps),
    authorities: authoritiesDoor(deps),
  };
}
