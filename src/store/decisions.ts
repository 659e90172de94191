import { evseId as asEvseId, sessionId } from '../../solver/index.js';
import type { Decision } from '../control/state.js';
import { fromCursor, toCursor } from './cursor.js';
import type { StoreDeps } from './deps.js';
import { fromJson } from './json.js';
import type { Store } from './ports.js';
import { present } from './present.js';

/** Newest first. */
export function decisionsDoor({ db }: StoreDeps): Store['decisions'] {
  return {
    list: async ({ tenantId, evseId, limit, after }) => {
      let query = db
        .selectFrom('decisions')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('evse_id', '=', evseId);
      if (after !== undefined) {
        const { atMs, id } = fromCursor(after, 'number');
        query = query.where((is) => is(is.refTuple('at', 'id'), '<', is.tuple(new Date(atMs), id)));
      }
      const rows = await query
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const shown = rows.slice(0, limit);
      const items = shown.map(
        (row): Decision => ({
          evseId: asEvseId(row.evse_id),
          atMs: row.at.getTime(),
          limitA: row.limit_a,
          goalA: row.goal_a,
          boundBy: fromJson<Decision['boundBy']>(row.bound_by),
          ...present({
            sessionId: row.session_id === null ? undefined : sessionId(row.session_id),
          }),
        }),
      );
      const last = shown.at(-1);
      if (rows.length <= limit || last === undefined) return { items };
      return { items, next: toCursor({ atMs: last.at.getTime(), id: last.id }) };
    },
  };
}
