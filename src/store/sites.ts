import { sql } from 'kysely';
import { CpmsError } from '../platform/errors.js';
import type { SiteId } from '../../solver/index.js';
import type { Site } from '../sites/site.js';
import { writeAudit } from './audit.js';
import type { Executor, StoreDeps } from './deps.js';
import { forgetStations } from './forget-stations.js';
import { fromJson, toJson } from './json.js';
import type { Store } from './ports.js';

export function sitesDoor({ db, clock }: StoreDeps): Store['sites'] {
  return {
    list: async () => {
      const rows = await db
        .selectFrom('sites')
        .select('config')
        .where('deleted_at', 'is', null)
        .orderBy('id')
        .execute();
      return rows.map((row) => fromJson<Site>(row.config));
    },
    find: async (siteId) => {
      const row = await db
        .selectFrom('sites')
        .select('config')
        .where('id', '=', siteId)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return row === undefined ? undefined : fromJson<Site>(row.config);
    },
    create: (site, actor) =>
      db.transaction().execute(async (tx) => {
        const atMs = clock.nowMs();
        await ensureTenant(tx, { tenantId: site.tenantId, actor, atMs });
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('sites')
          .values({
            id: site.id,
            tenant_id: site.tenantId,
            config: toJson(site),
            version: site.version,
            created_at: new Date(atMs),
            actor,
          })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) throw siteExists(site.id);
        await tx
          .insertInto('inbox_heads')
          .values({ site_id: site.id, tenant_id: site.tenantId, head: 0 })
          .execute();
        await writeAudit(tx, {
          tenantId: site.tenantId,
          siteId: site.id,
          actor,
          action: 'site.create',
          target: site.id,
          after: site,
          atMs,
        });
      }),
    remove: (siteId, actor) =>
      db.transaction().execute(async (tx) => {
        const tenantId = await tenantOf(tx, siteId);
        const atMs = clock.nowMs();
        await tx
          .updateTable('sites')
          .set({ deleted_at: new Date(atMs), epoch: sql`epoch + 1` })
          .where('id', '=', siteId)
          .execute();
        const { rows } = await sql<{ id: string }>`
          select jsonb_array_elements(config -> 'stations') ->> 'id' as id
          from sites where id = ${siteId}`.execute(tx);
        const stationIds = rows.map((row) => row.id);
        await forgetStations(tx, stationIds, atMs);
        await tx.deleteFrom('station_credentials').where('site_id', '=', siteId).execute();
        await tx.deleteFrom('stations').where('site_id', '=', siteId).execute();
        await tx.deleteFrom('evses').where('site_id', '=', siteId).execute();
        const action = 'site.remove';
        await writeAudit(tx, { tenantId, siteId, actor, action, target: siteId, atMs });
      }),
  };
}

/** Tenants appear with the first thing that is theirs. */
export async function ensureTenant(
  executor: Executor,
  tenant: { readonly tenantId: string; readonly actor: string; readonly atMs: number },
): Promise<void> {
  const { tenantId, actor, atMs } = tenant;
  await executor
    .insertInto('tenants')
    .values({ id: tenantId, name: tenantId, created_at: new Date(atMs), actor })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Throws `site-unknown`. */
export async function tenantOf(executor: Executor, siteId: SiteId): Promise<string> {
  const row = await executor
    .selectFrom('sites')
    .select('tenant_id')
    .where('id', '=', siteId)
    .executeTakeFirst();
  if (row === undefined) throw siteUnknown(siteId);
  return row.tenant_id;
}

export function siteUnknown(siteId: string): CpmsError {
  return new CpmsError('site-unknown', `there is no site ${siteId}`, { retriable: false });
}

function siteExists(siteId: string): CpmsError {
  return new CpmsError('already-exists', `site ${siteId} exists`, { retriable: false });
}

/** Cheap statement that needs the server and nothing else. */
export async function ping(executor: Executor): Promise<void> {
  await sql`select 1`.execute(executor);
}
