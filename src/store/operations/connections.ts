import { sql } from 'kysely';
import { stationId as asStationId } from '../../../solver/index.js';
import type { EvseStatus, OcppVersion } from '../../ocpp/messages.js';
import { fromCursor, toCursor } from '../cursor.js';
import type { StoreDeps } from '../deps.js';
import { toJson } from '../json.js';
import { msOrAbsent, orAbsent, present } from '../present.js';
import {
  HISTORY_READ_MAX,
  type OperationsStore,
  type StationConnection,
  type StatusChange,
} from './ports.js';
import { PROCESS_ENDED } from './station-rows.js';

interface Row {
  readonly id: number;
  readonly station_id: string;
  readonly version: OcppVersion | null;
  readonly remote_address: string | null;
  readonly opened_at: Date;
  readonly last_message_at: Date | null;
  readonly closed_at: Date | null;
  readonly close_code: number | null;
  readonly close_reason: string | null;
  readonly messages_in: number;
  readonly messages_out: number;
}

const COLUMNS = sql`id, station_id, version, remote_address, opened_at, last_message_at, closed_at,
  close_code, close_reason, messages_in, messages_out`;

export function connectionsDoor({ db }: StoreDeps): OperationsStore['connections'] {
  return {
    touch: async (activities) => {
      if (activities.length === 0) return;
      // One that was taken for dead at a start and goes on talking is alive.
      await sql`
        update station_connections as it set
          last_message_at = greatest(it.last_message_at, to_timestamp(last_message_ms / 1000.0)),
          messages_in = greatest(it.messages_in, seen.messages_in),
          messages_out = greatest(it.messages_out, seen.messages_out),
          closed_at = case when close_reason = ${PROCESS_ENDED} then null else closed_at end,
          close_reason = nullif(close_reason, ${PROCESS_ENDED})
        from jsonb_to_recordset(${toJson(activities.map(touchRow))}::jsonb) as seen (
          station_id text, generation bigint, last_message_ms double precision,
          messages_in bigint, messages_out bigint)
        where it.station_id = seen.station_id and it.generation = seen.generation`.execute(db);
    },
    list: async ({ tenantId, stationId, limit, after }) => {
      const where = [sql`tenant_id = ${tenantId}`, sql`station_id = ${stationId}`];
      if (after !== undefined) {
        const { atMs, id } = fromCursor(after, 'number');
        where.push(sql`(opened_at, id) < (${new Date(atMs)}::timestamptz, ${id}::bigint)`);
      }
      const { rows } = await sql<Row>`
        select ${COLUMNS} from station_connections where ${sql.join(where, sql` and `)}
        order by opened_at desc, id desc limit ${limit + 1}`.execute(db);
      const items = rows.slice(0, limit).map(connectionOf);
      const last = items.at(-1);
      if (rows.length <= limit || last === undefined) return { items };
      return { items, next: toCursor({ atMs: last.openedAtMs, id: last.id }) };
    },
    within: async ({ tenantId, stationId, fromMs, toMs }) => {
      const own = sql`select ${COLUMNS} from station_connections
        where tenant_id = ${tenantId} and station_id = ${stationId}`;
      const from = new Date(fromMs);
      const newest = sql`order by opened_at desc, id desc`;
      const { rows } = await sql<Row>`
        (${own} and opened_at >= ${from} and opened_at < ${new Date(toMs)}
         ${newest} limit ${HISTORY_READ_MAX})
        union all (${own} and opened_at < ${from} ${newest} limit 1)
        ${newest}`.execute(db);
      return withEnds(rows.slice(0, HISTORY_READ_MAX).toReversed().map(connectionOf));
    },
  };
}

/**
 * Only the newest connection of a station can be open: of one before it whose end was never told, its
 * last message is the end.
 */
function withEnds(ascending: readonly StationConnection[]): StationConnection[] {
  return ascending.map((it, index) => {
    const next = ascending[index + 1];
    if (it.closedAtMs !== undefined || next === undefined) return it;
    const endedAtMs = Math.max(it.openedAtMs, it.lastMessageAtMs ?? it.openedAtMs);
    return { ...it, closedAtMs: Math.min(endedAtMs, next.openedAtMs) };
  });
}

function touchRow(
  activity: Parameters<OperationsStore['connections']['touch']>[0][number],
): object {
  return {
    station_id: activity.stationId,
    generation: activity.generation,
    last_message_ms: activity.lastMessageAtMs,
    messages_in: activity.messagesIn,
    messages_out: activity.messagesOut,
  };
}

function connectionOf(row: Row): StationConnection {
  return {
    id: row.id,
    stationId: asStationId(row.station_id),
    openedAtMs: row.opened_at.getTime(),
    messagesIn: row.messages_in,
    messagesOut: row.messages_out,
    ...present({
      version: orAbsent(row.version),
      remoteAddress: orAbsent(row.remote_address),
      lastMessageAtMs: msOrAbsent(row.last_message_at),
      closedAtMs: msOrAbsent(row.closed_at),
      closeCode: orAbsent(row.close_code),
      closeReason: orAbsent(row.close_reason),
    }),
  };
}

const STATUS_COLUMNS = sql`evse_number, status, error_code, at, received_at, id`;

interface StatusRow {
  readonly evse_number: number;
  readonly status: EvseStatus;
  readonly error_code: string | null;
  readonly at: Date;
  readonly received_at: Date;
}

export function statusesDoor({ db }: StoreDeps): OperationsStore['statuses'] {
  return {
    within: async ({ tenantId, stationId, fromMs, toMs }) => {
      const own = sql`tenant_id = ${tenantId} and station_id = ${stationId}`;
      const { rows } = await sql<StatusRow>`
        with recursive evse (evse_number) as (
          (select min(evse_number) from evse_status_history where ${own})
          union all
          select (select min(evse_number) from evse_status_history
            where ${own} and evse_number > evse.evse_number)
          from evse where evse_number is not null
        )
        (select ${STATUS_COLUMNS} from evse_status_history
         where ${own} and received_at >= ${new Date(fromMs)}
           and received_at < ${new Date(toMs)}
         order by received_at desc, id desc limit ${HISTORY_READ_MAX})
        union all
        select before.* from evse cross join lateral (
          select ${STATUS_COLUMNS} from evse_status_history
          where ${own} and evse_number = evse.evse_number
            and received_at < ${new Date(fromMs)}
          order by received_at desc, id desc limit 1
        ) as before
        order by received_at desc, id desc`.execute(db);
      return rows
        .slice(0, HISTORY_READ_MAX)
        .toReversed()
        .map(
          (row): StatusChange => ({
            evseNumber: row.evse_number,
            status: row.status,
            atMs: row.at.getTime(),
            receivedAtMs: row.received_at.getTime(),
            ...present({ errorCode: orAbsent(row.error_code) }),
          }),
        );
    },
  };
}

export function temperaturesDoor({ db }: StoreDeps): OperationsStore['temperatures'] {
  return {
    note: async (readings) => {
      if (readings.length === 0) return;
      const rows = readings.map(({ stationId, atMs, c }) => ({
        station_id: stationId,
        day: new Date(atMs).toISOString().slice(0, 10),
        c,
      }));
      await sql`
        insert into station_temperatures (station_id, tenant_id, day, temperature_max_c)
        select station_id, tenant_id, day, max(c)
        from jsonb_to_recordset(${toJson(rows)}::jsonb) as reading (station_id text, day date,
          c double precision)
        join station_credentials using (station_id)
        group by station_id, tenant_id, day
        on conflict (station_id, day) do update set temperature_max_c =
          greatest(station_temperatures.temperature_max_c, excluded.temperature_max_c)`.execute(db);
    },
  };
}
