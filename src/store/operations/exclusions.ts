import { sql } from 'kysely';
import { siteId as asSiteId, stationId as asStationId } from '../../../solver/index.js';
import { writeAudit } from '../audit.js';
import { fromCursor, toCursor } from '../cursor.js';
import type { StoreDeps } from '../deps.js';
import { storableText } from '../json.js';
import { orAbsent, present } from '../present.js';
import type { ExclusionKind, OperationsStore, UptimeExclusion } from './ports.js';

interface Row {
  readonly id: string;
  readonly site_id: string;
  readonly station_id: string | null;
  readonly evse_number: number | null;
  readonly kind: ExclusionKind;
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly note: string | null;
}

/** Time that does not count against uptime. */
export function exclusionsDoor({ db, clock }: StoreDeps): OperationsStore['exclusions'] {
  return {
    create: (tenantId, exclusion, actor) =>
      db.transaction().execute(async (tx) => {
        const atMs = clock.nowMs();
        const { id, siteId, stationId, evseNumber, kind, startsAtMs, endsAtMs, note } = exclusion;
        await sql`
          insert into uptime_exclusions (id, tenant_id, site_id, station_id, evse_number, kind,
            starts_at, ends_at, note, created_at, actor)
          values (${id}, ${tenantId}, ${siteId}, ${stationId ?? null}, ${evseNumber ?? null},
            ${kind}, ${new Date(startsAtMs)}, ${new Date(endsAtMs)},
            ${note === undefined ? null : storableText(note)}, ${new Date(atMs)}, ${actor})`.execute(
          tx,
        );
        const action = 'uptime-exclusion.created';
        const target = `uptime-exclusion:${id}`;
        const after = exclusion;
        await writeAudit(tx, { tenantId, siteId, actor, action, target, after, atMs });
      }),
    remove: (tenantId, id, actor) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<Row>`
          delete from uptime_exclusions where tenant_id = ${tenantId} and id = ${id}
          returning *`.execute(tx);
        const [gone] = rows;
        if (gone === undefined) return false;
        const action = 'uptime-exclusion.removed';
        const target = `uptime-exclusion:${id}`;
        const before = exclusionOf(gone);
        const { siteId } = before;
        const atMs = clock.nowMs();
        await writeAudit(tx, { tenantId, siteId, actor, action, target, before, atMs });
        return true;
      }),
    list: async ({ tenantId, siteId, stationId, overlaps, limit, after }) => {
      const where = [sql`tenant_id = ${tenantId}`];
      if (siteId !== undefined) where.push(sql`site_id = ${siteId}`);
      if (stationId !== undefined) {
        where.push(sql`(station_id is null or station_id = ${stationId})`);
      }
      if (overlaps !== undefined) {
        where.push(sql`starts_at < ${new Date(overlaps.toMs)}`);
        where.push(sql`ends_at > ${new Date(overlaps.fromMs)}`);
      }
      if (after !== undefined) {
        const { atMs, id } = fromCursor(after, 'string');
        where.push(sql`(starts_at, id) < (${new Date(atMs)}::timestamptz, ${id}::text)`);
      }
      const { rows } = await sql<Row>`
        select * from uptime_exclusions where ${sql.join(where, sql` and `)}
        order by starts_at desc, id desc limit ${limit + 1}`.execute(db);
      const items = rows.slice(0, limit).map(exclusionOf);
      const last = items.at(-1);
      if (rows.length <= limit || last === undefined) return { items };
      return { items, next: toCursor({ atMs: last.startsAtMs, id: last.id }) };
    },
  };
}

function exclusionOf(row: Row): UptimeExclusion {
  const { station_id: stationId, evse_number: evseNumber, note } = row;
  return {
    id: row.id,
    siteId: asSiteId(row.site_id),
    kind: row.kind,
    startsAtMs: row.starts_at.getTime(),
    endsAtMs: row.ends_at.getTime(),
    ...present({
      stationId: stationId === null ? undefined : asStationId(stationId),
      evseNumber: orAbsent(evseNumber),
      note: orAbsent(note),
    }),
  };
}
