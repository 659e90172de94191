import type { SiteId, StationId } from '../../../solver/index.js';

export type LogType = 'diagnostics' | 'security' | 'data-collector';

/** `nothing-to-upload`: the station says that it has no such log. */
export const LOG_STATUSES = [
  'asked',
  'accepted',
  'unknown',
  'refused',
  'superseded',
  'nothing-to-upload',
  'uploading',
  'uploaded',
  'upload-failed',
] as const;
export type LogStatus = (typeof LOG_STATUSES)[number];

/** A file that a station sent. */
export interface ReceivedFile {
  readonly fileKey: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly receivedAtMs: number;
}

export interface LogRequest {
  /** The requestId on the wire. */
  readonly id: number;
  readonly stationId: StationId;
  readonly siteId: SiteId;
  readonly tenantId: string;
  readonly logType: LogType;
  readonly oldestAtMs?: number;
  readonly latestAtMs?: number;
  readonly status: LogStatus;
  readonly detail?: string;
  /** As the station calls it. */
  readonly fileName?: string;
  readonly file?: ReceivedFile;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs?: number;
  readonly actor: string;
}
