/** The tables as Kysely sees them. Their meaning stands in the migrations. */
import type { ColumnType, Generated, Selectable } from 'kysely';
import type { OcppVersion, SchemaMode } from '../ocpp/messages.js';
import type { UpkeepTables } from './upkeep/schema.js';

/** JSONB: read as parsed JSON (see json.ts), written as text. */
type Json = ColumnType<unknown, string, string>;
type JsonOrNull = ColumnType<unknown, string | null | undefined, string | null>;

export interface Database extends UpkeepTables {
  readonly tenants: { id: string; name: string; created_at: Date; actor: string };
  readonly sites: SiteTable;
  readonly inbox_heads: { site_id: string; tenant_id: string; head: number };
  readonly station_credentials: CredentialTable;
  readonly stations: StateTable;
  readonly evses: StateTable;
  readonly sessions: SessionTable;
  readonly signals: SignalTable;
  readonly building_load: BuildingLoadTable;
  readonly inbox: InboxTable;
  readonly outbox: OutboxTable;
  readonly decisions: DecisionTable;
  readonly pending_stations: PendingStationTable;
  readonly device_variables: DeviceVariableTable;
  readonly station_records: StationRecordTable;
  readonly transaction_ids: TransactionIdTable;
  readonly transactions: TransactionTable;
  readonly api_keys: ApiKeyTable;
  readonly browser_sessions: BrowserSessionTable;
  readonly idempotency_keys: IdempotencyTable;
  readonly users: UserTable;
  readonly user_invitations: InvitationTable;
  readonly tokens: TokenTable;
  readonly signal_issuers: IssuerTable;
  readonly webhook_ids: { issuer_id: string; webhook_id: string; seen_at: Date };
  readonly audit: AuditTable;
  readonly server_keys: { name: string; value: Buffer; created_at: Date };
}

interface SiteTable {
  id: string;
  tenant_id: string;
  config: Json;
  version: number;
  epoch: Generated<number>;
  next_seq: Generated<number>;
  inbox_seq: Generated<number>;
  control: JsonOrNull;
  committed_at: Date | null;
  deleted_at: Date | null;
  /** By the clock of the database. */
  holder: string | null;
  holder_epoch: number | null;
  holder_seen_at: Date | null;
  created_at: Date;
  actor: string;
}

interface CredentialTable {
  station_id: string;
  site_id: string;
  tenant_id: string;
  secret_mac: Buffer;
  schema_mode: Generated<SchemaMode>;
  pinned_version: Generated<OcppVersion | null>;
  previous_mac: Buffer | null;
  updated_at: Date;
  actor: string;
}

interface StateTable {
  id: string;
  site_id: string;
  tenant_id: string;
  epoch: number;
  state: Json;
}

export interface SessionTable {
  id: string;
  site_id: string;
  tenant_id: string;
  epoch: number;
  evse_id: string;
  station_id: string;
  phase: 'plugged' | 'active' | 'finished' | 'ended';
  transaction_id: string | null;
  id_token: string | null;
  plugged_in_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  meter_start_wh: number | null;
  meter_last_wh: number | null;
  meter_last_at: Date | null;
  stop_reason: string | null;
  claim: JsonOrNull;
  state: Json;
  actor: string;
  delivered_wh: number | null;
}

interface SignalTable {
  site_id: string;
  id: string;
  tenant_id: string;
  epoch: number;
  type: string;
  issuer: string;
  sequence: number;
  ends_at: Date;
  received_at: Date;
  state: Json;
}

interface BuildingLoadTable {
  site_id: string;
  circuit_id: string;
  tenant_id: string;
  epoch: number;
  readings: Json;
}

interface InboxTable {
  site_id: string;
  seq: number;
  tenant_id: string;
  type: string;
  event: Json;
  received_at: Date;
}

interface OutboxTable {
  site_id: string;
  seq: number;
  tenant_id: string;
  epoch: number;
  station_id: string;
  evse_id: string | null;
  generation: ColumnType<number | null, number | undefined, number>;
  purpose: string;
  command: Json;
  priority: 'cut' | 'normal';
  state: 'planned' | 'sent' | 'acked' | 'unknown' | 'fenced';
  created_at: Date;
  expires_at: Date;
  answered_at: Date | null;
  outcome: JsonOrNull;
  command_id: string | null;
  actor: string | null;
}
export type OutboxRow = Selectable<OutboxTable>;

interface DecisionTable {
  id: Generated<number>;
  site_id: string;
  tenant_id: string;
  epoch: number;
  evse_id: string;
  session_id: string | null;
  at: Date;
  limit_a: number;
  goal_a: number;
  bound_by: Json;
}

interface DeviceVariableTable {
  station_id: string;
  path: string;
  tenant_id: string;
  site_id: string;
  component: string;
  component_instance: string | null;
  evse_number: number | null;
  connector_id: number | null;
  variable: string;
  variable_instance: string | null;
  attribute: 'Actual' | 'Target' | 'MinSet' | 'MaxSet';
  value: string | null;
  mutability: 'ReadOnly' | 'WriteOnly' | 'ReadWrite' | null;
  persistent: boolean | null;
  constant: boolean | null;
  data_type: string | null;
  unit: string | null;
  limit_min: number | null;
  limit_max: number | null;
  allowed_values: string | null;
  updated_at: Date;
}

interface StationRecordTable {
  id: Generated<number>;
  tenant_id: string;
  site_id: string;
  station_id: string;
  evse_number: number | null;
  kind: string;
  severity: 'info' | 'warning' | 'error';
  at: Date;
  received_at: Date;
  request_id: number | null;
  summary: string;
  data: Json;
}

interface PendingStationTable {
  identity: string;
  first_seen_at: Date;
  last_seen_at: Date;
  attempts: number;
  remote_address: string;
  subprotocols: string;
  user_agent: string;
}

interface TransactionIdTable {
  id: Generated<number>;
  station_id: string;
  fingerprint: Buffer;
  created_at: Date;
}

interface TransactionTable {
  station_id: string;
  transaction_id: string;
  site_id: string;
  tenant_id: string;
  evse_number: number;
}

interface ApiKeyTable {
  id: string;
  tenant_id: string;
  hash: Buffer;
  scopes: string[];
  name: string;
  created_at: Date;
  revoked_at: Date | null;
  expires_at: Date | null;
  used_at: Date | null;
  actor: string;
}

export interface TokenTable {
  id: Generated<number>;
  tenant_id: string;
  token_key: string;
  id_token: string;
  status: string;
  type: string;
  label: string | null;
  group_id: string | null;
  expires_at: Date | null;
  allow_offline: boolean;
  concurrent: 'refuse' | 'allow';
  site_ids: string[] | null;
  language: string | null;
  updated_at: Date;
  actor: string;
}

interface UserTable {
  id: string;
  tenant_id: string;
  email: string;
  name: string;
  role: 'owner' | 'manager' | 'viewer' | 'installer';
  expires_at: Date | null;
  password_hash: string | null;
  version: Generated<number>;
  created_at: Date;
  signed_in_at: Date | null;
  actor: string;
}

interface InvitationTable {
  user_id: string;
  tenant_id: string;
  hash: Buffer;
  expires_at: Date;
  actor: string;
}

interface BrowserSessionTable {
  hash: Buffer;
  tenant_id: string;
  user_id: string | null;
  actor: string;
  scopes: string[];
  created_at: Date;
  seen_at: Date;
  expires_at: Date;
}

interface IdempotencyTable {
  tenant_id: string;
  actor: string;
  key: string;
  fingerprint: Buffer;
  answer_sealed: Buffer | null;
  created_at: Date;
}

interface IssuerTable {
  id: string;
  site_id: string;
  tenant_id: string;
  name: string;
  secret_sealed: Buffer;
  created_at: Date;
  actor: string;
}

interface AuditTable {
  id: Generated<number>;
  tenant_id: string;
  site_id: string | null;
  actor: string;
  action: string;
  target: string;
  before: JsonOrNull;
  after: JsonOrNull;
  at: Date;
}
