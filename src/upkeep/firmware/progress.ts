/** What a station says of an update: FirmwareStatusNotification of all versions. */
import { kebabOf } from '../kebab.js';
import { FIRMWARE_STATUSES, type FirmwareStatus, type FirmwareUpdate } from './firmware.js';

/** Undefined: nothing that moves an update (Idle), or no status of the standard. */
export function reportedFirmware(wireStatus: string | undefined): FirmwareStatus | undefined {
  const status = kebabOf(wireStatus ?? '');
  return FIRMWARE_STATUSES.slice(FIRMWARE_STATUSES.indexOf('download-scheduled')).find(
    (known) => known === status,
  );
}

/** The update that a report is about: by its number, else (plain 1.6 names none) the newest open one. */
export function updateMeant<Row extends Pick<FirmwareUpdate, 'id'>>(
  open: readonly Row[],
  requestId: number | undefined,
): Row | undefined {
  return requestId === undefined ? open.at(-1) : open.find(({ id }) => id === requestId);
}
