import { seal, unseal } from '../platform/seal.js';
import { writeAudit } from './audit.js';
import type { StoreDeps } from './deps.js';
import type { Store } from './ports.js';

export interface IssuerDeps extends StoreDeps {
  readonly serverKey: (name: string) => Promise<Buffer>;
}

const SEAL_KEY = 'seal';

/** Webhook ids are kept by `prune`; remembering one twice is refused by the primary key. */
export function issuersDoor({ db, clock, serverKey }: IssuerDeps): Store['issuers'] {
  return {
    create: async ({ id, siteId, tenantId, name, secret }, actor) => {
      const sealed = seal(secret, { key: await serverKey(SEAL_KEY), owner: id });
      const atMs = clock.nowMs();
      await db.transaction().execute(async (tx) => {
        await tx
          .insertInto('signal_issuers')
          .values({
            id,
            site_id: siteId,
            tenant_id: tenantId,
            name,
            secret_sealed: sealed,
            created_at: new Date(atMs),
            actor,
          })
          .execute();
        const action = 'signal-issuer.create';
        const after = { name };
        await writeAudit(tx, { tenantId, siteId, actor, action, target: id, after, atMs });
      });
    },
    list: async (siteId) => {
      const key = await serverKey(SEAL_KEY);
      const rows = await db
        .selectFrom('signal_issuers')
        .select(['id', 'name', 'secret_sealed'])
        .where('site_id', '=', siteId)
        .orderBy('id')
        .execute();
      return rows.map(({ id, name, secret_sealed: sealed }) => ({
        id,
        name,
        secret: unseal(sealed, { key, owner: id }),
      }));
    },
    knowsWebhook: async (issuerId, webhookId) => {
      const row = await db
        .selectFrom('webhook_ids')
        .select('webhook_id')
        .where('issuer_id', '=', issuerId)
        .where('webhook_id', '=', webhookId)
        .executeTakeFirst();
      return row !== undefined;
    },
    rememberWebhook: async (issuerId, webhookId, atMs) => {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('webhook_ids')
        .values({ issuer_id: issuerId, webhook_id: webhookId, seen_at: new Date(atMs) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
  };
}
