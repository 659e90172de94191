import type { Handled, HandlerContext } from '../handler.js';
import type { StationRecord } from '../messages.js';
import { because, recorded, type StatusInfo } from '../station-record.js';

interface PublishFirmwareStatus {
  readonly status: string;
  readonly location?: readonly string[];
  readonly requestId?: number;
  readonly statusInfo?: StatusInfo;
}

const FAILURES = new Set(['DownloadFailed', 'InvalidChecksum', 'PublishFailed']);

/** L03: a local controller hands firmware on to the stations behind it. */
export function publishFirmwareStatusNotification(
  payload: PublishFirmwareStatus,
  context: HandlerContext,
): Handled {
  const { status, location = [], requestId, statusInfo } = payload;
  const severity: StationRecord['severity'] = FAILURES.has(status) ? 'error' : 'info';
  const where = location.length === 0 ? '' : ` at ${location.join(', ')}`;
  return recorded(
    context,
    {},
    {
      kind: 'firmware-status',
      severity,
      summary: `Publishing firmware: ${status}${where}${because(statusInfo)}`,
      requestId,
      data: payload,
    },
  );
}
