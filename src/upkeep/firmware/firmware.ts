import type { SiteId, StationId } from '../../../solver/index.js';

/** A firmware file that we keep for stations. */
export interface FirmwareImage {
  readonly tenantId: string;
  readonly name: string;
  /** Name of the file in the data directory. */
  readonly fileKey: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly createdAtMs: number;
  readonly actor: string;
}

/** Where an update stands. The first four are ours, the others are what the station reports. */
export const FIRMWARE_STATUSES = [
  'asked',
  'accepted',
  'unknown',
  'refused',
  'superseded',
  'download-scheduled',
  'downloading',
  'download-paused',
  'downloaded',
  'signature-verified',
  'install-scheduled',
  'installing',
  'install-rebooting',
  'installed',
  'download-failed',
  'invalid-signature',
  'install-verification-failed',
  'installation-failed',
] as const;
export type FirmwareStatus = (typeof FIRMWARE_STATUSES)[number];

const ENDS: ReadonlySet<FirmwareStatus> = new Set([
  'refused',
  'superseded',
  'installed',
  'download-failed',
  'invalid-signature',
  'install-verification-failed',
  'installation-failed',
]);

/** True when nothing more is to come. */
export function endsFirmware(status: FirmwareStatus): boolean {
  return ENDS.has(status);
}

export interface FirmwareUpdate {
  /** The requestId on the wire. */
  readonly id: number;
  readonly stationId: StationId;
  readonly siteId: SiteId;
  readonly tenantId: string;
  /** Where the station fetches it; absent: `imageName` from us. */
  readonly location?: string;
  readonly imageName?: string;
  readonly retrieveAtMs: number;
  readonly installAtMs?: number;
  readonly isSigned: boolean;
  readonly status: FirmwareStatus;
  readonly detail?: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs?: number;
  readonly actor: string;
}
