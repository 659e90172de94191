import { writeAudit } from './audit.js';
import type { StoreDeps } from './deps.js';
import type { Store } from './ports.js';
import { ensureTenant } from './sites.js';

export function keysDoor({ db, clock }: StoreDeps): Store['keys'] {
  return {
    create: ({ id, tenantId, hash, scopes, name }, actor) =>
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
            created_at: new Date(atMs),
            actor,
          })
          .execute();
        const action = 'api-key.create';
        await writeAudit(tx, {
          tenantId,
          actor,
          action,
          target: id,
          after: { name, scopes },
          atMs,
        });
      }),
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
        .select(['id', 'tenant_id', 'scopes', 'name'])
        .where('hash', '=', hash)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return { id: row.id, tenantId: row.tenant_id, scopes: row.scopes, name: row.name };
    },
  };
}
