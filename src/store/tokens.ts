import type { AuthorizationStatus } from '../ocpp/ports.js';
import { writeAudit } from './audit.js';
import type { StoreDeps } from './deps.js';
import type { Store } from './ports.js';
import { ensureTenant } from './sites.js';

export function tokensDoor({ db, clock }: StoreDeps): Store['tokens'] {
  return {
    status: async (tenantId, idToken) => {
      const row = await db
        .selectFrom('tokens')
        .select('status')
        .where('tenant_id', '=', tenantId)
        .where('id_token', '=', idToken)
        .executeTakeFirst();
      return row?.status as AuthorizationStatus | undefined;
    },
    put: ({ tenantId, idToken, status }, actor) =>
      db.transaction().execute(async (tx) => {
        const atMs = clock.nowMs();
        await ensureTenant(tx, { tenantId, actor, atMs });
        const row = { status, updated_at: new Date(atMs), actor };
        await tx
          .insertInto('tokens')
          .values({ tenant_id: tenantId, id_token: idToken, ...row })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'id_token']).doUpdateSet(row))
          .execute();
        const action = 'token.put';
        await writeAudit(tx, { tenantId, actor, action, target: idToken, after: { status }, atMs });
      }),
  };
}
