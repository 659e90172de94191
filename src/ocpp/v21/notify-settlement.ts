import type { Handled, HandlerContext } from '../handler.js';
import type { StationRecord } from '../messages.js';
import { recorded } from '../station-record.js';

interface NotifySettlement {
  readonly transactionId?: string;
  readonly status: string;
  readonly statusInfo?: string;
  readonly settlementAmount: number;
  readonly settlementTime: string;
}

const SEVERITIES: Readonly<Record<string, StationRecord['severity']>> = {
  Failed: 'error',
  Rejected: 'error',
};

/** 2.1 chapter C: how a payment terminal's settlement went. The receipt is the station's own. */
export function notifySettlement(payload: NotifySettlement, context: HandlerContext): Handled {
  const { transactionId, status, statusInfo, settlementAmount, settlementTime } = payload;
  const of = transactionId === undefined ? '' : ` of ${transactionId}`;
  const why = statusInfo === undefined || statusInfo === '' ? '' : ` (${statusInfo})`;
  return recorded(
    context,
    {},
    {
      kind: 'settlement',
      severity: SEVERITIES[status] ?? 'info',
      summary: `Payment${of}: ${status}, ${settlementAmount}${why}`,
      timestamp: settlementTime,
      data: payload,
    },
  );
}
