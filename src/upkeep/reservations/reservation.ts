import type { SiteId, StationId } from '../../../solver/index.js';

/**
 * Open: `asked` (not answered yet), `active`, `unknown` (no answer: the station may hold it).
 * Ended: `refused` by the station, `used` by a start, `cancelled`, `expired`, `removed` by the station.
 */
export type ReservationStatus =
  | 'asked'
  | 'active'
  | 'unknown'
  | 'refused'
  | 'used'
  | 'cancelled'
  | 'expired'
  | 'removed';

export interface Reservation {
  /** The reservationId on the wire. */
  readonly id: number;
  readonly stationId: StationId;
  readonly siteId: SiteId;
  readonly tenantId: string;
  /** Absent: any EVSE of the station. */
  readonly evseNumber?: number;
  readonly idToken: string;
  readonly groupIdToken?: string;
  readonly expiresAtMs: number;
  readonly status: ReservationStatus;
  readonly detail?: string;
  readonly createdAtMs: number;
  readonly endedAtMs?: number;
  readonly actor: string;
}
