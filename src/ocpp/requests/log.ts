/** Diagnostics and logs: 1.6 §5.8 (GetDiagnostics), its security extension and 2.x N01 (GetLog). */
import { formatInstant } from '../instants.js';
import type { OcppVersion } from '../messages.js';
import { is16, type Request, textOf } from './request.js';

const LOG_TYPES = {
  diagnostics: 'DiagnosticsLog',
  security: 'SecurityLog',
  'data-collector': 'DataCollectorLog',
} as const;

export function getLog(
  version: OcppVersion,
  log: {
    readonly id: number;
    readonly logType: keyof typeof LOG_TYPES;
    readonly location: string;
    readonly oldestAtMs?: number;
    readonly latestAtMs?: number;
    readonly retries?: number;
    readonly retryIntervalSec?: number;
  },
): Request {
  const { id, logType, location, retries, retryIntervalSec } = log;
  const tries = {
    ...(retries !== undefined && { retries }),
    ...(retryIntervalSec !== undefined && { retryInterval: retryIntervalSec }),
  };
  const oldest = log.oldestAtMs === undefined ? undefined : formatInstant(log.oldestAtMs);
  const latest = log.latestAtMs === undefined ? undefined : formatInstant(log.latestAtMs);
  if (is16(version) && logType === 'diagnostics') {
    const payload = {
      location,
      ...tries,
      ...(oldest !== undefined && { startTime: oldest }),
      ...(latest !== undefined && { stopTime: latest }),
    };
    return { action: 'GetDiagnostics', payload };
  }
  const parameters = {
    remoteLocation: location,
    ...(oldest !== undefined && { oldestTimestamp: oldest }),
    ...(latest !== undefined && { latestTimestamp: latest }),
  };
  return {
    action: 'GetLog',
    payload: { logType: LOG_TYPES[logType], requestId: id, log: parameters, ...tries },
  };
}

/** Which kinds of log a version can be asked for. */
export function hasLogType(version: OcppVersion, logType: keyof typeof LOG_TYPES): boolean {
  return logType !== 'data-collector' || version === 'ocpp2.1';
}

/** The name that the station gives the file; GetDiagnostics without one means: nothing to upload. */
export function fileNameOf(request: Request, answer: unknown): string | undefined {
  return textOf(answer, request.action === 'GetDiagnostics' ? 'fileName' : 'filename');
}
