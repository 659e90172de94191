import { sql } from 'kysely';
import { seal, unseal } from '../platform/seal.js';
import type { IssuerDeps } from './issuers.js';
import type { StorageRows } from './storage-ports.js';

const SEAL_KEY = 'seal';

interface ReportRow {
  readonly storage_id: string;
  readonly at: Date;
  readonly energy_wh: number;
  readonly power_w: number;
}

interface LinkRow {
  readonly storage_id: string;
  readonly url: string;
  readonly secret_sealed: Buffer;
}

export function storageDoor({ db, clock, serverKey }: IssuerDeps): StorageRows {
  const ownerOf = (siteId: string, storageId: string): string => `storage ${siteId} ${storageId}`;
  return {
    report: async ({ siteId, tenantId }, { storageId, atMs, energyWh, powerW }) => {
      await sql`
        insert into storage_reports (site_id, storage_id, tenant_id, at, energy_wh, power_w)
        values (${siteId}, ${storageId}, ${tenantId}, ${new Date(atMs)}, ${energyWh}, ${powerW})
        on conflict (site_id, storage_id) do update set at = excluded.at,
          energy_wh = excluded.energy_wh, power_w = excluded.power_w
        where storage_reports.at < excluded.at`.execute(db);
    },
    reports: async (siteId) => {
      const { rows } = await sql<ReportRow>`
        select storage_id, at, energy_wh, power_w from storage_reports
        where site_id = ${siteId} order by storage_id`.execute(db);
      return rows.map((row) => ({
        storageId: row.storage_id,
        atMs: row.at.getTime(),
        energyWh: row.energy_wh,
        powerW: row.power_w,
      }));
    },
    link: async ({ siteId, tenantId }, { storageId, url, secret }, actor) => {
      const key = await serverKey(SEAL_KEY);
      const sealed = seal(secret, { key, owner: ownerOf(siteId, storageId) });
      await sql`
        insert into storage_links (site_id, storage_id, tenant_id, url, secret_sealed, updated_at, actor)
        values (${siteId}, ${storageId}, ${tenantId}, ${url}, ${sealed}, ${new Date(clock.nowMs())},
          ${actor})
        on conflict (site_id, storage_id) do update set url = excluded.url,
          secret_sealed = excluded.secret_sealed, updated_at = excluded.updated_at,
          actor = excluded.actor`.execute(db);
    },
    links: async (siteId) => {
      const key = await serverKey(SEAL_KEY);
      const { rows } = await sql<LinkRow>`
        select storage_id, url, secret_sealed from storage_links
        where site_id = ${siteId} order by storage_id`.execute(db);
      return rows.map(({ storage_id: storageId, url, secret_sealed: sealed }) => ({
        storageId,
        url,
        secret: unseal(sealed, { key, owner: ownerOf(siteId, storageId) }),
      }));
    },
    unlink: async (siteId, storageId) => {
      const { numAffectedRows } = await sql`
        delete from storage_links where site_id = ${siteId} and storage_id = ${storageId}`.execute(
        db,
      );
      return (numAffectedRows ?? 0n) > 0n;
    },
  };
}
