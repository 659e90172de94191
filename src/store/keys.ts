import { fromCursor } from './cursor.js';
import type { StoreDeps } from './deps.js';
import { pageOf } from './page.js';
import type { KeyRow, Keys } from './people-ports.js';
import { dateOrAbsent, msOrAbsent, present } from './present.js';
import { ensureTenant } from './sites.js';

export function keysDoor(deps: StoreDeps): Keys {
  return { ...reading(deps), ...changing(deps) };
}

function reading({ db }: StoreDeps): Pick<Keys, 'any' | 'findByHash' | 'list' | 'find'> {
  return {
    any: async (tenantId) => {
      const row = await db
        .selectFrom('api_keys')
        .select('id')
        .where('tenant_id', '=', tenantId)
        .where('revoked_at', 'is', null)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    findByHash: async (hash) => {
      const row = await db
        .selectFrom('api_keys')
        .select(['id', 'tenant_id', 'scopes', 'name', 'expires_at'])
        .where('hash', '=', hash)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return present({
        id: row.id,
        tenantId: row.tenant_id,
        scopes: row.scopes,
        name: row.name,
        expiresAtMs: msOrAbsent(row.expires_at),
      });
    },
    list: async ({ tenantId, limit, after }) => {
      let query = db.selectFrom('api_keys').selectAll().where('tenant_id', '=', tenantId);
      if (after !== undefined) {
        const { atMs, id } = fromCursor(after, 'string');
        query = query.where((is) =>
          is(is.refTuple('created_at', 'id'), '>', is.tuple(new Date(atMs), id)),
        );
      }
      const rows = await query
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      const key = (row: Row) => ({ atMs: row.created_at.getTime(), id: row.id });
      return pageOf(rows, limit, { item: keyOf, key });
    },
    find: async (tenantId, id) => {
      const row = await db
        .selectFrom('api_keys')
        .selectAll()
        .where('id', '=', id)
        .where('tenant_id', '=', tenantId)
        .executeTakeFirst();
      return row === undefined ? undefined : keyOf(row);
    },
  };
}

function changing({ db, clock }: StoreDeps): Pick<Keys, 'create' | 'used' | 'revoke' | 'endAt'> {
  return {
    create: ({ id, tenantId, hash, scopes, name, expiresAtMs }, actor) =>
      db.transaction().execute(async (tx) => {
        const atMs = clock.nowMs();
        await ensureTenant(tx, { tenantId, actor, atMs });
        await tx
          .insertInto('api_keys')
          .values({
            id,
            tenant_id: tenantId,
            hash,
            scopes: [...scopes],
            name,
            expires_at: dateOrAbsent(expiresAtMs) ?? null,
            created_at: new Date(atMs),
            actor,
          })
          .execute();
      }),
    used: async (id, nowMs) => {
      await db
        .updateTable('api_keys')
        .set({ used_at: new Date(nowMs) })
        .where('id', '=', id)
        .execute();
    },
    revoke: async (tenantId, id, actor) => {
      await db
        .updateTable('api_keys')
        .set({ revoked_at: new Date(clock.nowMs()), actor })
        .where('id', '=', id)
        .where('tenant_id', '=', tenantId)
        .where('revoked_at', 'is', null)
        .execute();
    },
    endAt: async (tenantId, id, atMs, actor) => {
      const at = new Date(atMs);
      await db
        .updateTable('api_keys')
        .set({ expires_at: at, actor })
        .where('id', '=', id)
        .where('tenant_id', '=', tenantId)
        .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', at)]))
        .execute();
    },
  };
}

interface Row {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly scopes: string[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly used_at: Date | null;
  readonly actor: string;
}

function keyOf(row: Row): KeyRow {
  return present({
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    scopes: row.scopes,
    createdAtMs: row.created_at.getTime(),
    expiresAtMs: msOrAbsent(row.expires_at),
    revokedAtMs: msOrAbsent(row.revoked_at),
    usedAtMs: msOrAbsent(row.used_at),
    actor: row.actor,
  });
}
