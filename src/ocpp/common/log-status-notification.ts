import type { Handled, HandlerContext } from '../handler.js';
import type { StationRecord } from '../messages.js';
import { because, recorded, type StatusInfo } from '../station-record.js';

interface LogStatus {
  readonly status: string;
  readonly requestId?: number;
  readonly statusInfo?: StatusInfo;
}

const WORDS: Readonly<Record<string, string>> = {
  AcceptedCanceled: 'An earlier log upload was cancelled for a new one',
  BadMessage: 'Log upload failed: the station did not understand the request',
  Idle: 'No log upload under way',
  NotSupportedOperation: 'Log upload failed: not supported',
  PermissionDenied: 'Log upload failed: permission denied by the target',
  Uploaded: 'Log was uploaded',
  UploadFailed: 'Log upload failed',
  UploadFailure: 'Log upload failed',
  Uploading: 'Log is being uploaded',
};
const FAILURES = new Set([
  'BadMessage',
  'NotSupportedOperation',
  'PermissionDenied',
  'UploadFailed',
  'UploadFailure',
]);

/** 1.6 §4.4 DiagnosticsStatusNotification and the security extension, 2.x N01. */
export function logStatusNotification(payload: LogStatus, context: HandlerContext): Handled {
  const { status, requestId, statusInfo } = payload;
  const severity: StationRecord['severity'] = FAILURES.has(status) ? 'error' : 'info';
  const summary = `${WORDS[status] ?? `Log upload: ${status}`}${because(statusInfo)}`;
  return recorded(context, {}, { kind: 'log-status', severity, summary, requestId, data: payload });
}
