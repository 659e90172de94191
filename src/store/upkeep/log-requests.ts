import { type Selectable, sql } from 'kysely';
import { stationId as asStationId } from '../../../solver/index.js';
import type { LogRequest, LogStatus, LogType } from '../../upkeep/diagnostics/log-request.js';
import type { StoreDeps } from '../deps.js';
import { storableText } from '../json.js';
import { dateOrAbsent, msOrAbsent, orAbsent, present } from '../present.js';
import { numberedTable, ownerColumns } from './numbered.js';
import { ownerOf } from './owner.js';
import type { UpkeepStore } from './ports.js';
import type { LogRequestTable } from './schema.js';

export function logRequestsDoor({ db, clock }: StoreDeps): UpkeepStore['logRequests'] {
  const table = numberedTable<Selectable<LogRequestTable>, LogRequest>(db, {
    name: 'log_requests',
    read: requestOf,
  });
  return {
    ...table,
    create: (row) =>
      table.insert({
        ...ownerColumns(row),
        log_type: row.logType,
        oldest_at: dateOrAbsent(row.oldestAtMs),
        latest_at: dateOrAbsent(row.latestAtMs),
        status: row.status,
        created_at: new Date(clock.nowMs()),
        updated_at: new Date(clock.nowMs()),
      }),
    change: (id, { status, detail, fileName, updatedAtMs, endedAtMs }) =>
      table.update(id, {
        status,
        detail: detail === undefined ? undefined : storableText(detail),
        file_name: fileName === undefined ? undefined : storableText(fileName),
        updated_at: dateOrAbsent(updatedAtMs),
        ended_at: dateOrAbsent(endedAtMs),
      }),
    received: async (id, file) => {
      const { rows } = await sql<{ before: string | null }>`
        update log_requests set status = 'uploaded', file_key = ${file.fileKey},
          size_bytes = ${file.sizeBytes}, sha256 = ${file.sha256},
          received_at = ${new Date(file.receivedAtMs)}, updated_at = ${new Date(file.receivedAtMs)},
          ended_at = coalesce(log_requests.ended_at, ${new Date(file.receivedAtMs)})
        from (select id, file_key as before from log_requests where id = ${id} for update) as old
        where log_requests.id = old.id returning old.before`.execute(db);
      return orAbsent(rows[0]?.before ?? null);
    },
    removeBefore: async (atMs) => {
      const rows = await db
        .deleteFrom('log_requests')
        .where('created_at', '<', new Date(atMs))
        .returning('file_key')
        .execute();
      return rows.flatMap((row) => (row.file_key === null ? [] : [row.file_key]));
    },
  };
}

export function transferLinksDoor({ db }: StoreDeps): UpkeepStore['transferLinks'] {
  return {
    create: async (hash, { kind, stationId, tenantId, target, expiresAtMs }) => {
      await db
        .insertInto('transfer_links')
        .values({
          hash,
          kind,
          station_id: stationId,
          tenant_id: tenantId,
          target,
          expires_at: new Date(expiresAtMs),
        })
        .execute();
    },
    find: async (hash) => {
      const row = await db
        .selectFrom('transfer_links')
        .selectAll()
        .where('hash', '=', hash)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        kind: row.kind,
        target: row.target,
        stationId: asStationId(row.station_id),
        tenantId: row.tenant_id,
        expiresAtMs: row.expires_at.getTime(),
      };
    },
    removeBefore: async (atMs) => {
      await db.deleteFrom('transfer_links').where('expires_at', '<', new Date(atMs)).execute();
    },
  };
}

function requestOf(row: Selectable<LogRequestTable>): LogRequest {
  const { file_key: fileKey, size_bytes: sizeBytes, sha256, received_at: receivedAt } = row;
  const hasFile = fileKey !== null && sizeBytes !== null && sha256 !== null && receivedAt !== null;
  return {
    ...ownerOf(row),
    id: row.id,
    logType: row.log_type as LogType,
    status: row.status as LogStatus,
    createdAtMs: row.created_at.getTime(),
    updatedAtMs: row.updated_at.getTime(),
    ...(hasFile
      ? { file: { fileKey, sizeBytes, sha256, receivedAtMs: receivedAt.getTime() } }
      : {}),
    ...present({
      oldestAtMs: msOrAbsent(row.oldest_at),
      latestAtMs: msOrAbsent(row.latest_at),
      detail: orAbsent(row.detail),
      fileName: orAbsent(row.file_name),
      endedAtMs: msOrAbsent(row.ended_at),
    }),
  };
}
