import type { Selectable } from 'kysely';
import { DatabaseError } from 'pg';
import { CpmsError } from '../../platform/errors.js';
import type { Reservation, ReservationStatus } from '../../upkeep/reservations/reservation.js';
import type { StoreDeps } from '../deps.js';
import { storableText } from '../json.js';
import { dateOrAbsent, msOrAbsent, orAbsent, present } from '../present.js';
import { numberedTable, ownerColumns } from './numbered.js';
import { ownerOf } from './owner.js';
import type { UpkeepStore } from './ports.js';
import type { ReservationTable } from './schema.js';

const UNIQUE_VIOLATION = '23505';

/** `create` throws `already-exists` while the EVSE (or the whole station) has an open one. */
export function reservationsDoor({ db, clock }: StoreDeps): UpkeepStore['reservations'] {
  const table = numberedTable<Selectable<ReservationTable>, Reservation>(db, {
    name: 'reservations',
    read: reservationOf,
  });
  return {
    ...table,
    async create(row) {
      try {
        return await table.insert({
          ...ownerColumns(row),
          evse_number: row.evseNumber,
          id_token: row.idToken,
          group_id_token: row.groupIdToken,
          expires_at: new Date(row.expiresAtMs),
          status: row.status,
          created_at: new Date(clock.nowMs()),
        });
      } catch (cause) {
        if (!(cause instanceof DatabaseError) || cause.code !== UNIQUE_VIOLATION) throw cause;
        const message = `${row.stationId} has an open reservation there`;
        throw new CpmsError('already-exists', message, { retriable: false, cause });
      }
    },
    change: (id, { status, detail, endedAtMs }) =>
      table.update(id, {
        status,
        detail: detail === undefined ? undefined : storableText(detail),
        ended_at: dateOrAbsent(endedAtMs),
      }),
  };
}

function reservationOf(row: Selectable<ReservationTable>): Reservation {
  return {
    ...ownerOf(row),
    id: row.id,
    idToken: row.id_token,
    expiresAtMs: row.expires_at.getTime(),
    status: row.status as ReservationStatus,
    createdAtMs: row.created_at.getTime(),
    ...present({
      evseNumber: orAbsent(row.evse_number),
      groupIdToken: orAbsent(row.group_id_token),
      detail: orAbsent(row.detail),
      endedAtMs: msOrAbsent(row.ended_at),
    }),
  };
}
