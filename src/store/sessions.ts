import type { StoreDeps } from './deps.js';
import { fromCursor, toCursor } from './cursor.js';
import type { Store } from './ports.js';
import { sessionFromRow } from './session-rows.js';

type ListQuery = Parameters<Store['sessions']['list']>[0];

export function sessionsDoor({ db }: StoreDeps): Store['sessions'] {
  return {
    list: (query) => listSessions({ db }, query),
    find: async (id) => {
      const row = await db
        .selectFrom('sessions')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : sessionFromRow(row);
    },
  };
}

/** Newest plug-in first; one row more than asked tells whether there is another page. */
async function listSessions(
  { db }: Pick<StoreDeps, 'db'>,
  { tenantId, siteId, stationId, active, limit, after }: ListQuery,
): ReturnType<Store['sessions']['list']> {
  let query = db.selectFrom('sessions').selectAll().where('tenant_id', '=', tenantId);
  if (siteId !== undefined) query = query.where('site_id', '=', siteId);
  if (stationId !== undefined) query = query.where('station_id', '=', stationId);
  if (active !== undefined) query = query.where('phase', active ? '<>' : '=', 'ended');
  if (after !== undefined) {
    const { atMs, id } = fromCursor(after, 'string');
    query = query.where((is) =>
      is(is.refTuple('plugged_in_at', 'id'), '<', is.tuple(new Date(atMs), id)),
    );
  }
  const rows = await query
    .orderBy('plugged_in_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit).map(sessionFromRow);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: toCursor({ atMs: last.pluggedInAtMs, id: last.id }) };
}
