import type { Selectable } from 'kysely';
import type {
  FirmwareImage,
  FirmwareStatus,
  FirmwareUpdate,
} from '../../upkeep/firmware/firmware.js';
import type { StoreDeps } from '../deps.js';
import { storableText } from '../json.js';
import { dateOrAbsent, msOrAbsent, orAbsent, present } from '../present.js';
import { ensureTenant } from '../sites.js';
import { numberedTable, ownerColumns } from './numbered.js';
import { ownerOf } from './owner.js';
import type { UpkeepStore } from './ports.js';
import type { FirmwareImageTable, FirmwareUpdateTable } from './schema.js';

export function firmwareUpdatesDoor({ db, clock }: StoreDeps): UpkeepStore['firmwareUpdates'] {
  const table = numberedTable<Selectable<FirmwareUpdateTable>, FirmwareUpdate>(db, {
    name: 'firmware_updates',
    read: updateOf,
  });
  return {
    ...table,
    create: (row) =>
      table.insert({
        ...ownerColumns(row),
        location: row.location,
        image_name: row.imageName,
        retrieve_at: new Date(row.retrieveAtMs),
        install_at: dateOrAbsent(row.installAtMs),
        is_signed: row.isSigned,
        status: row.status,
        created_at: new Date(clock.nowMs()),
        updated_at: new Date(clock.nowMs()),
      }),
    change: (id, { status, detail, updatedAtMs, endedAtMs }) =>
      table.update(id, {
        status,
        detail: detail === undefined ? undefined : storableText(detail),
        updated_at: dateOrAbsent(updatedAtMs),
        ended_at: dateOrAbsent(endedAtMs),
      }),
  };
}

export function firmwareImagesDoor({ db }: StoreDeps): UpkeepStore['firmwareImages'] {
  const find: UpkeepStore['firmwareImages']['find'] = async (tenantId, name) => {
    const row = await db
      .selectFrom('firmware_images')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row === undefined ? undefined : imageOf(row);
  };
  return {
    find,
    put: async ({ tenantId, name, actor, createdAtMs, ...file }) => {
      await ensureTenant(db, { tenantId, actor, atMs: createdAtMs });
      const before = await find(tenantId, name);
      const row = {
        file_key: file.fileKey,
        size_bytes: file.sizeBytes,
        sha256: file.sha256,
        created_at: new Date(createdAtMs),
        actor,
      };
      await db
        .insertInto('firmware_images')
        .values({ tenant_id: tenantId, name, ...row })
        .onConflict((conflict) => conflict.columns(['tenant_id', 'name']).doUpdateSet(row))
        .execute();
      return before;
    },
    list: async (tenantId) => {
      const rows = await db
        .selectFrom('firmware_images')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .orderBy('name')
        .execute();
      return rows.map(imageOf);
    },
    remove: async (tenantId, name) => {
      const row = await db
        .deleteFrom('firmware_images')
        .where('tenant_id', '=', tenantId)
        .where('name', '=', name)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? undefined : imageOf(row);
    },
  };
}

function imageOf(row: Selectable<FirmwareImageTable>): FirmwareImage {
  return {
    tenantId: row.tenant_id,
    name: row.name,
    fileKey: row.file_key,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    createdAtMs: row.created_at.getTime(),
    actor: row.actor,
  };
}

function updateOf(row: Selectable<FirmwareUpdateTable>): FirmwareUpdate {
  return {
    ...ownerOf(row),
    id: row.id,
    retrieveAtMs: row.retrieve_at.getTime(),
    isSigned: row.is_signed,
    status: row.status as FirmwareStatus,
    createdAtMs: row.created_at.getTime(),
    updatedAtMs: row.updated_at.getTime(),
    ...present({
      location: orAbsent(row.location),
      imageName: orAbsent(row.image_name),
      installAtMs: msOrAbsent(row.install_at),
      detail: orAbsent(row.detail),
      endedAtMs: msOrAbsent(row.ended_at),
    }),
  };
}
