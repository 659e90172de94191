import { siteId as asSiteId } from '../../solver/index.js';
import { writeAudit } from './audit.js';
import type { StoreDeps } from './deps.js';
import type { Store } from './ports.js';
import { tenantOf } from './sites.js';

export function stationsDoor({ db, clock }: StoreDeps): Store['stations'] {
  return {
    credential: async (stationId) => {
      const row = await db
        .selectFrom('station_credentials')
        .select(['site_id', 'secret_mac'])
        .where('station_id', '=', stationId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return { siteId: asSiteId(row.site_id), secretMac: row.secret_mac };
    },
    setCredential: (stationId, siteId, secretMac, actor) =>
      db.transaction().execute(async (tx) => {
        const tenantId = await tenantOf(tx, siteId);
        const atMs = clock.nowMs();
        const credential = {
          site_id: siteId,
          tenant_id: tenantId,
          secret_mac: secretMac,
          updated_at: new Date(atMs),
          actor,
        };
        await tx
          .insertInto('station_credentials')
          .values({ station_id: stationId, ...credential })
          .onConflict((conflict) => conflict.column('station_id').doUpdateSet(credential))
          .execute();
        const action = 'station.credential.set';
        await writeAudit(tx, { tenantId, siteId, actor, action, target: stationId, atMs });
      }),
    removeCredential: (stationId, actor) =>
      db.transaction().execute(async (tx) => {
        const row = await tx
          .deleteFrom('station_credentials')
          .where('station_id', '=', stationId)
          .returning(['site_id', 'tenant_id'])
          .executeTakeFirst();
        if (row === undefined) return;
        await writeAudit(tx, {
          tenantId: row.tenant_id,
          siteId: asSiteId(row.site_id),
          actor,
          action: 'station.credential.remove',
          target: stationId,
          atMs: clock.nowMs(),
        });
      }),
  };
}
