/** The tables of upkeep as Kysely sees them. Their meaning stands in migration 0006. */
import type { ColumnType, Generated } from 'kysely';

type Json = ColumnType<unknown, string, string>;
type JsonOrNull = ColumnType<unknown, string | null | undefined, string | null>;

/** Whose it is, and who caused it. */
interface Owned {
  station_id: string;
  site_id: string;
  tenant_id: string;
  actor: string;
}

export interface UpkeepTables {
  readonly local_lists: LocalListTable;
  readonly reservations: ReservationTable;
  readonly firmware_images: FirmwareImageTable;
  readonly firmware_updates: FirmwareUpdateTable;
  readonly log_requests: LogRequestTable;
  readonly transfer_links: TransferLinkTable;
  readonly certificate_requests: CertificateRequestTable;
  readonly station_certificates: StationCertificateTable;
  readonly certificate_authorities: {
    name: string;
    certificate: string;
    key_sealed: Buffer;
    created_at: Date;
  };
}

export interface LocalListTable extends Owned {
  source: 'tokens' | 'explicit' | 'unmanaged';
  explicit: Json;
  version: number;
  entries: Json;
  status: string;
  detail: string | null;
  checked_at: Date | null;
  synchronised_at: Date | null;
  updated_at: Date;
}

export interface ReservationTable extends Owned {
  id: Generated<number>;
  evse_number: number | null;
  id_token: string;
  group_id_token: string | null;
  expires_at: Date;
  status: string;
  detail: string | null;
  created_at: Date;
  ended_at: Date | null;
}

export interface FirmwareImageTable {
  tenant_id: string;
  name: string;
  file_key: string;
  size_bytes: number;
  sha256: string;
  created_at: Date;
  actor: string;
}

export interface FirmwareUpdateTable extends Owned {
  id: Generated<number>;
  location: string | null;
  image_name: string | null;
  retrieve_at: Date;
  install_at: Date | null;
  is_signed: boolean;
  status: string;
  detail: string | null;
  created_at: Date;
  updated_at: Date;
  ended_at: Date | null;
}

export interface LogRequestTable extends Owned {
  id: Generated<number>;
  log_type: string;
  oldest_at: Date | null;
  latest_at: Date | null;
  status: string;
  detail: string | null;
  file_name: string | null;
  file_key: string | null;
  size_bytes: number | null;
  sha256: string | null;
  received_at: Date | null;
  created_at: Date;
  updated_at: Date;
  ended_at: Date | null;
}

interface TransferLinkTable {
  hash: Buffer;
  kind: 'upload' | 'download';
  station_id: string;
  tenant_id: string;
  target: string;
  expires_at: Date;
}

export interface CertificateRequestTable extends Owned {
  id: Generated<number>;
  certificate_type: string;
  request_id: number | null;
  csr: string;
  subject: string;
  key_kind: string;
  status: string;
  detail: string | null;
  chain: string | null;
  attempts: number;
  not_before: Date;
  created_at: Date;
  ended_at: Date | null;
}

export interface StationCertificateTable extends Owned {
  id: Generated<number>;
  certificate_type: string;
  hash_key: string;
  hash_data: JsonOrNull;
  source: 'sent' | 'reported';
  pem: string | null;
  subject: string | null;
  issuer: string | null;
  fingerprint: string | null;
  valid_from: Date | null;
  valid_to: Date | null;
  seen_at: Date;
}
