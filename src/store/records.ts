import { sql } from 'kysely';
import { stationId as asStationId } from '../../solver/index.js';
import type { RecordKind, StationRecord } from '../ocpp/messages.js';
import { fromCursor, toCursor } from './cursor.js';
import type { StoreDeps } from './deps.js';
import { fromJson, storableText, toJson } from './json.js';
import type { Store } from './ports.js';
import { present } from './present.js';

/** Newest first, by the time received: a station's own clock may be anywhere. */
export function recordsDoor({ db }: StoreDeps): Store['records'] {
  return {
    append: async (records) => {
      if (records.length === 0) return;
      await sql`
        insert into station_records (tenant_id, site_id, station_id, evse_number, kind, severity,
          at, received_at, request_id, summary, data)
        select tenant_id, site_id, station_id, evse_number, kind, severity,
          to_timestamp(at_ms / 1000.0), to_timestamp(received_ms / 1000.0), request_id, summary, data
        from jsonb_to_recordset(${toJson(records.map(rowOf))}::jsonb) as record (station_id text,
          evse_number integer, kind text, severity text, at_ms double precision,
          received_ms double precision, request_id bigint, summary text, data jsonb)
        join station_credentials using (station_id)`.execute(db);
    },
    list: async ({ tenantId, stationId, kinds, requestId, sinceMs, limit, after }) => {
      let query = db.selectFrom('station_records').selectAll().where('tenant_id', '=', tenantId);
      if (stationId !== undefined) query = query.where('station_id', '=', stationId);
      if (kinds !== undefined) query = query.where('kind', 'in', kinds);
      if (requestId !== undefined) query = query.where('request_id', '=', requestId);
      if (sinceMs !== undefined) query = query.where('received_at', '>=', new Date(sinceMs));
      if (after !== undefined) {
        const { atMs, id } = fromCursor(after, 'number');
        query = query.where((is) =>
          is(is.refTuple('received_at', 'id'), '<', is.tuple(new Date(atMs), id)),
        );
      }
      const rows = await query
        .orderBy('received_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const shown = rows.slice(0, limit);
      const items = shown.map(
        (row): StationRecord => ({
          stationId: asStationId(row.station_id),
          kind: row.kind as RecordKind,
          severity: row.severity,
          atMs: row.at.getTime(),
          receivedAtMs: row.received_at.getTime(),
          summary: row.summary,
          data: fromJson<StationRecord['data']>(row.data),
          ...present({
            evseNumber: row.evse_number ?? undefined,
            requestId: row.request_id ?? undefined,
          }),
        }),
      );
      const last = shown.at(-1);
      if (rows.length <= limit || last === undefined) return { items };
      return { items, next: toCursor({ atMs: last.received_at.getTime(), id: last.id }) };
    },
  };
}

const SUMMARY_LENGTH_MAX = 300;

function rowOf(record: StationRecord): object {
  return {
    station_id: record.stationId,
    evse_number: record.evseNumber ?? null,
    kind: record.kind,
    severity: record.severity,
    at_ms: record.atMs,
    received_ms: record.receivedAtMs,
    request_id: record.requestId ?? null,
    summary: storableText(record.summary.slice(0, SUMMARY_LENGTH_MAX)),
    data: record.data,
  };
}
