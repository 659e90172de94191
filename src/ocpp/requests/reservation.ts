/** Reservations: 1.6 §5.13, §5.2; 2.x H01, H02. */
import { formatInstant } from '../instants.js';
import type { TokenType } from '../../sessions/token.js';
import type { OcppVersion } from '../messages.js';
import { groupToken, is16, type Request, wireToken } from './request.js';

export function reserveNow(
  version: OcppVersion,
  reservation: {
    readonly id: number;
    /** Absent: any EVSE of the station. */
    readonly evseNumber?: number;
    readonly idToken: string;
    /** Absent: told by its looks. */
    readonly type?: TokenType;
    readonly groupIdToken?: string;
    readonly expiresAtMs: number;
  },
): Request {
  const { id, evseNumber, idToken, groupIdToken, expiresAtMs } = reservation;
  const expires = formatInstant(expiresAtMs);
  const payload = is16(version)
    ? {
        connectorId: evseNumber ?? 0,
        expiryDate: expires,
        idTag: idToken,
        reservationId: id,
        ...(groupIdToken !== undefined && { parentIdTag: groupIdToken }),
      }
    : {
        id,
        expiryDateTime: expires,
        idToken: wireToken(idToken, reservation.type),
        ...(evseNumber !== undefined && { evseId: evseNumber }),
        ...(groupIdToken !== undefined && { groupIdToken: groupToken(groupIdToken) }),
      };
  return { action: 'ReserveNow', payload };
}

export function cancelReservation(reservationId: number): Request {
  return { action: 'CancelReservation', payload: { reservationId } };
}

/** 2.x H04: what a station says of a reservation by itself. */
const UPDATES: Readonly<Record<string, 'expired' | 'removed'>> = {
  Expired: 'expired',
  Removed: 'removed',
  NoTransaction: 'expired',
};

export function reservationUpdate(status: string | undefined): 'expired' | 'removed' | undefined {
  return UPDATES[status ?? ''];
}
