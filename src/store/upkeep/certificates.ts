import type { Selectable } from 'kysely';
import { seal, unseal } from '../../platform/seal.js';
import type {
  CertificateRequest,
  CertificateRequestStatus,
  CertificateType,
  HashData,
  SigningUse,
  StationCertificate,
} from '../../upkeep/certificates/certificate.js';
import type { StoreDeps } from '../deps.js';
import { fromJson, storableText, toJsonIfPresent } from '../json.js';
import { dateOrAbsent, msOrAbsent, orAbsent, present } from '../present.js';
import { numberedTable, ownerColumns } from './numbered.js';
import { ownerOf } from './owner.js';
import type { UpkeepStore } from './ports.js';
import type { CertificateRequestTable, StationCertificateTable } from './schema.js';

/** The key under which secrets that must be read again are sealed. */
const SEAL_KEY = 'seal';

export function certificateRequestsDoor({
  db,
  clock,
}: StoreDeps): UpkeepStore['certificateRequests'] {
  const table = numberedTable<Selectable<CertificateRequestTable>, CertificateRequest>(db, {
    name: 'certificate_requests',
    read: requestOf,
  });
  return {
    ...table,
    create: (row) =>
      table.insert({
        ...ownerColumns(row),
        certificate_type: row.use,
        request_id: row.requestId,
        csr: storableText(row.csrPem),
        subject: storableText(row.subject),
        key_kind: storableText(row.keyKind),
        status: row.status,
        detail: row.detail === undefined ? undefined : storableText(row.detail),
        attempts: 0,
        not_before: new Date(row.notBeforeMs),
        created_at: new Date(clock.nowMs()),
        ended_at: row.status === 'refused' ? new Date(clock.nowMs()) : undefined,
      }),
    change: (id, change) =>
      table.update(id, {
        status: change.status,
        detail: change.detail === undefined ? undefined : storableText(change.detail),
        chain: change.chainPem,
        attempts: change.attempts,
        not_before: dateOrAbsent(change.notBeforeMs),
        ended_at: dateOrAbsent(change.endedAtMs),
        actor: change.actor,
      }),
  };
}

export function certificatesDoor({ db }: StoreDeps): UpkeepStore['certificates'] {
  return {
    list: async ({ tenantId, stationId }) => {
      let query = db
        .selectFrom('station_certificates')
        .selectAll()
        .where('tenant_id', '=', tenantId);
      if (stationId !== undefined) query = query.where('station_id', '=', stationId);
      return (await query.orderBy('id').execute()).map(certificateOf);
    },
    find: async (tenantId, id) => {
      const row = await db
        .selectFrom('station_certificates')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : certificateOf(row);
    },
    put: async (row) => {
      const known = {
        hash_data: toJsonIfPresent(row.hashData),
        pem: row.pem,
        subject: row.subject,
        issuer: row.issuer,
        fingerprint: row.fingerprint,
        valid_from: dateOrAbsent(row.validFromMs),
        valid_to: dateOrAbsent(row.validToMs),
      };
      const columns = { ...present(known), seen_at: new Date(row.seenAtMs), actor: row.actor };
      await db
        .insertInto('station_certificates')
        .values({
          tenant_id: row.tenantId,
          site_id: row.siteId,
          station_id: row.stationId,
          certificate_type: row.type,
          hash_key: hashKeyOf(row),
          source: row.source,
          ...columns,
        })
        .onConflict((conflict) =>
          conflict.columns(['station_id', 'certificate_type', 'hash_key']).doUpdateSet(columns),
        )
        .execute();
    },
    remove: async (id) => {
      await db.deleteFrom('station_certificates').where('id', '=', id).execute();
    },
    removeUnseen: async (stationId, types, seenBeforeMs) => {
      await db
        .deleteFrom('station_certificates')
        .where('station_id', '=', stationId)
        .where('certificate_type', 'in', types)
        .where('seen_at', '<', new Date(seenBeforeMs))
        .execute();
    },
  };
}

/** The private key is sealed like every secret that must be read again. */
export function authoritiesDoor({
  db,
  clock,
  serverKey,
}: StoreDeps & {
  serverKey(name: string): Promise<Buffer>;
}): UpkeepStore['authorities'] {
  const ownerOfKey = (name: string): string => `certificate-authority:${name}`;
  return {
    find: async (name) => {
      const row = await db
        .selectFrom('certificate_authorities')
        .select(['certificate', 'key_sealed'])
        .where('name', '=', name)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const sealed = { key: await serverKey(SEAL_KEY), owner: ownerOfKey(name) };
      return { certificatePem: row.certificate, keyPkcs8: unseal(row.key_sealed, sealed) };
    },
    create: async (name, { certificatePem, keyPkcs8 }) => {
      const sealed = seal(keyPkcs8, { key: await serverKey(SEAL_KEY), owner: ownerOfKey(name) });
      await db
        .insertInto('certificate_authorities')
        .values({
          name,
          certificate: certificatePem,
          key_sealed: sealed,
          created_at: new Date(clock.nowMs()),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
  };
}

/** A certificate without hash data is told from others by its fingerprint. */
function hashKeyOf({ hashData, fingerprint }: Omit<StationCertificate, 'id'>): string {
  if (hashData === undefined) return `fingerprint ${fingerprint ?? ''}`;
  const { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } = hashData;
  return [hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber].join(' ').toLowerCase();
}

function requestOf(row: Selectable<CertificateRequestTable>): CertificateRequest {
  return {
    ...ownerOf(row),
    id: row.id,
    use: row.certificate_type as SigningUse,
    csrPem: row.csr,
    subject: row.subject,
    keyKind: row.key_kind,
    status: row.status as CertificateRequestStatus,
    attempts: row.attempts,
    notBeforeMs: row.not_before.getTime(),
    createdAtMs: row.created_at.getTime(),
    ...present({
      requestId: orAbsent(row.request_id),
      detail: orAbsent(row.detail),
      chainPem: orAbsent(row.chain),
      endedAtMs: msOrAbsent(row.ended_at),
    }),
  };
}

function certificateOf(row: Selectable<StationCertificateTable>): StationCertificate {
  return {
    ...ownerOf(row),
    id: row.id,
    type: row.certificate_type as CertificateType,
    source: row.source,
    seenAtMs: row.seen_at.getTime(),
    ...present({
      hashData: fromJson<HashData | undefined>(row.hash_data),
      pem: orAbsent(row.pem),
      subject: orAbsent(row.subject),
      issuer: orAbsent(row.issuer),
      fingerprint: orAbsent(row.fingerprint),
      validFromMs: msOrAbsent(row.valid_from),
      validToMs: msOrAbsent(row.valid_to),
    }),
  };
}
