import { sql } from 'kysely';
import { siteId as asSiteId } from '../../solver/index.js';
import { writeAudit } from './audit.js';
import type { OcppVersion, SchemaMode } from '../ocpp/messages.js';
import type { StoreDeps } from './deps.js';
import type { StationProtocol, Store } from './ports.js';
import { present } from './present.js';
import { forgetStations } from './forget-stations.js';
import { tenantOf } from './sites.js';

export function stationsDoor({ db, clock }: StoreDeps): Store['stations'] {
  return {
    credential: async (stationId) => {
      const row = await db
        .selectFrom('station_credentials')
        .select(['site_id', 'secret_mac', 'previous_mac', 'schema_mode', 'pinned_version'])
        .where('station_id', '=', stationId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        siteId: asSiteId(row.site_id),
        secretMac: row.secret_mac,
        ...present({ previousMac: row.previous_mac ?? undefined }),
        ...protocolOf(row),
      };
    },
    setCredential: (stationId, siteId, secretMac, actor) =>
      db.transaction().execute(async (tx) => {
        const tenantId = await tenantOf(tx, siteId);
        const atMs = clock.nowMs();
        const credential = {
          site_id: siteId,
          tenant_id: tenantId,
          secret_mac: secretMac,
          previous_mac: null,
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
    rotateCredential: async (stationId, secretMac, actor) => {
      const { numUpdatedRows } = await db
        .updateTable('station_credentials')
        .set({
          // The one that the station has used: a rotation that never reached it changes nothing.
          previous_mac: sql<Buffer>`coalesce(previous_mac, secret_mac)`,
          secret_mac: secretMac,
          updated_at: new Date(clock.nowMs()),
          actor,
        })
        .where('station_id', '=', stationId)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    forgetPrevious: async (stationId) => {
      await db
        .updateTable('station_credentials')
        .set({ previous_mac: null })
        .where('station_id', '=', stationId)
        .execute();
    },
    remove: (stationId, actor) =>
      db.transaction().execute(async (tx) => {
        await forgetStations(tx, [stationId], clock.nowMs());
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
    protocols: async (siteId) => {
      const rows = await db
        .selectFrom('station_credentials')
        .select(['station_id', 'schema_mode', 'pinned_version'])
        .where('site_id', '=', siteId)
        .execute();
      return new Map(rows.map((row) => [row.station_id, protocolOf(row)]));
    },
    setProtocol: async (stationId, before, { schemaMode, pinnedVersion }, actor) => {
      const change = {
        ...present({ schema_mode: schemaMode, pinned_version: pinnedVersion }),
        updated_at: new Date(clock.nowMs()),
        actor,
      };
      const { numUpdatedRows } = await db
        .updateTable('station_credentials')
        .set(change)
        .where('station_id', '=', stationId)
        .where('schema_mode', '=', before.schemaMode)
        .where('pinned_version', 'is not distinct from', before.pinnedVersion ?? null)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
  };
}

function protocolOf(row: {
  readonly schema_mode: SchemaMode;
  readonly pinned_version: OcppVersion | null;
}): StationProtocol {
  return {
    schemaMode: row.schema_mode,
    ...(row.pinned_version === null ? {} : { pinnedVersion: row.pinned_version }),
  };
}
