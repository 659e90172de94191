import type { StoreDeps } from './deps.js';
import type { BrowserSessionRows } from './people-ports.js';
import { msOrAbsent, orAbsent, present } from './present.js';

/** Tokens are known by their hash alone; a person's role and end are read with each request. */
export function browserSessionsDoor({ db }: StoreDeps): BrowserSessionRows {
  return {
    open: ({ hash, tenantId, userId, actor, scopes, nowMs, expiresAtMs }) =>
      db.transaction().execute(async (tx) => {
        const at = new Date(nowMs);
        await tx
          .insertInto('browser_sessions')
          .values({
            hash,
            tenant_id: tenantId,
            user_id: userId ?? null,
            actor,
            scopes: [...scopes],
            created_at: at,
            seen_at: at,
            expires_at: new Date(expiresAtMs),
          })
          .execute();
        if (userId === undefined) return;
        await tx.updateTable('users').set({ signed_in_at: at }).where('id', '=', userId).execute();
      }),
    find: async (hash) => {
      const row = await db
        .selectFrom('browser_sessions')
        .leftJoin('users', 'users.id', 'browser_sessions.user_id')
        .select([
          'browser_sessions.tenant_id',
          'browser_sessions.actor',
          'browser_sessions.user_id',
          'browser_sessions.scopes',
          'browser_sessions.seen_at',
          'browser_sessions.expires_at',
          'users.role',
          'users.email',
          'users.name',
          'users.expires_at as user_expires_at',
        ])
        .where('browser_sessions.hash', '=', hash)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return present({
        tenantId: row.tenant_id,
        actor: row.actor,
        userId: orAbsent(row.user_id),
        scopes: row.scopes,
        role: orAbsent(row.role),
        email: orAbsent(row.email),
        name: orAbsent(row.name),
        userExpiresAtMs: msOrAbsent(row.user_expires_at),
        seenAtMs: row.seen_at.getTime(),
        expiresAtMs: row.expires_at.getTime(),
      });
    },
    seen: async (hash, nowMs) => {
      await db
        .updateTable('browser_sessions')
        .set({ seen_at: new Date(nowMs) })
        .where('hash', '=', hash)
        .execute();
    },
    end: async (hash) => {
      await db.deleteFrom('browser_sessions').where('hash', '=', hash).execute();
    },
    endAll: async ({ tenantId, userId, actor }) => {
      let query = db.deleteFrom('browser_sessions').where('tenant_id', '=', tenantId);
      if (userId !== undefined) query = query.where('user_id', '=', userId);
      if (actor !== undefined) query = query.where('actor', '=', actor);
      const { numDeletedRows } = await query.executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}
