import { type Selectable, sql } from 'kysely';
import type {
  HeldList,
  ListEntry,
  ListStatus,
  LocalList,
} from '../../upkeep/local-list/local-list.js';
import type { TokenType } from '../../sessions/token.js';
import type { StoreDeps } from '../deps.js';
import { fromJson, storableText, toJson } from '../json.js';
import { dateOrAbsent, msOrAbsent, orAbsent, present } from '../present.js';
import { ownerOf } from './owner.js';
import type { UpkeepStore } from './ports.js';
import type { LocalListTable } from './schema.js';

export function localListsDoor({ db, clock }: StoreDeps): UpkeepStore['localLists'] {
  return {
    find: async (stationId) => {
      const row = await db
        .selectFrom('local_lists')
        .selectAll()
        .where('station_id', '=', stationId)
        .executeTakeFirst();
      return row === undefined ? undefined : listOf(row);
    },
    managed: async () => {
      const rows = await db
        .selectFrom('local_lists')
        .selectAll()
        .where('source', '!=', 'unmanaged')
        .execute();
      return rows.map(listOf);
    },
    want: async ({ tenantId, siteId, stationId, source, explicit, actor }) => {
      const wanted = {
        source,
        explicit: toJson(explicit),
        status: 'waiting',
        detail: null,
        updated_at: new Date(clock.nowMs()),
        actor,
      };
      const row = await db
        .insertInto('local_lists')
        .values({
          station_id: stationId,
          site_id: siteId,
          tenant_id: tenantId,
          version: 0,
          entries: '[]',
          ...wanted,
        })
        .onConflict((conflict) => conflict.column('station_id').doUpdateSet(wanted))
        .returningAll()
        .executeTakeFirstOrThrow();
      return listOf(row);
    },
    progress: async (stationId, state) => {
      const { held, status, detail, checkedAtMs, synchronisedAtMs, wantedAtMs } = state;
      const isNewest = sql<boolean>`updated_at = ${new Date(wantedAtMs)}`;
      await db
        .updateTable('local_lists')
        .set({
          version: held.version,
          entries: toJson(held.entries),
          // Of what was wanted before: what is wanted now waits.
          status: sql<string>`case when ${isNewest} then ${status} else status end`,
          detail: detail === undefined ? null : storableText(detail),
          checked_at: dateOrAbsent(checkedAtMs) ?? null,
          synchronised_at: dateOrAbsent(synchronisedAtMs) ?? null,
        })
        .where('station_id', '=', stationId)
        .execute();
    },
    offlineTokens: async ({ tenantId, siteId }) => {
      const rows = await db
        .selectFrom('tokens')
        .select(['id_token', 'type', 'group_id', 'expires_at'])
        .where('tenant_id', '=', tenantId)
        .where('status', '=', 'Accepted')
        .where('allow_offline', '=', true)
        .where((is) =>
          is.or([is('expires_at', 'is', null), is('expires_at', '>', new Date(clock.nowMs()))]),
        )
        .where(sql<boolean>`(site_ids is null or ${siteId} = any (site_ids))`)
        .orderBy('token_key')
        .execute();
      return rows.map(
        (row): ListEntry => ({
          idToken: row.id_token,
          type: row.type as TokenType,
          status: 'Accepted',
          ...present({
            expiresAtMs: msOrAbsent(row.expires_at),
            groupIdToken: orAbsent(row.group_id),
          }),
        }),
      );
    },
    tokenStamps: async () => {
      const { rows } = await sql<{ tenant_id: string; stamp: string }>`
        select tenant_id, count(*) || ' ' || extract(epoch from max(updated_at)) as stamp
        from tokens group by tenant_id`.execute(db);
      return new Map(rows.map((row) => [row.tenant_id, row.stamp]));
    },
  };
}

function listOf(row: Selectable<LocalListTable>): LocalList {
  const held: HeldList = {
    version: row.version,
    entries: fromJson<readonly ListEntry[]>(row.entries),
  };
  return {
    ...ownerOf(row),
    source: row.source,
    explicit: fromJson<readonly ListEntry[]>(row.explicit),
    wantedAtMs: row.updated_at.getTime(),
    held,
    status: row.status as ListStatus,
    ...present({
      detail: orAbsent(row.detail),
      checkedAtMs: msOrAbsent(row.checked_at),
      synchronisedAtMs: msOrAbsent(row.synchronised_at),
    }),
  };
}
