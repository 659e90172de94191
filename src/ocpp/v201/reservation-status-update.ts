import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface ReservationStatusUpdate {
  readonly reservationId: number;
  readonly reservationUpdateStatus: string;
}

const WORDS: Readonly<Record<string, string>> = {
  Expired: 'has expired',
  Removed: 'was removed by the station',
  NoTransaction: 'was used without a transaction',
};

/** H04. The reservation's id stands as the record's `requestId`. */
export function reservationStatusUpdate(
  payload: ReservationStatusUpdate,
  context: HandlerContext,
): Handled {
  const { reservationId, reservationUpdateStatus: status } = payload;
  return recorded(
    context,
    {},
    {
      kind: 'reservation-status',
      severity: status === 'Removed' ? 'warning' : 'info',
      summary: `Reservation ${reservationId} ${WORDS[status] ?? status}`,
      requestId: reservationId,
      data: payload,
    },
  );
}
