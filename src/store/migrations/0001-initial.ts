/**
 * The first schema. Ids are text. Instants are timestamptz in site time, except `created_at` of rows
 * that people make, which is site time as well. Every row says its tenant; rows of the engine say the
 * epoch that wrote them. Foreign keys only where rows are rare.
 */
export const initial = `
create table tenants (
  id text primary key,
  name text not null,
  created_at timestamptz not null,
  actor text not null
);

-- config: the Site. epoch fences writers; next_seq numbers commands; inbox_seq is folded in.
create table sites (
  id text primary key,
  tenant_id text not null references tenants,
  config jsonb not null,
  version integer not null,
  epoch bigint not null default 0,
  next_seq bigint not null default 1,
  inbox_seq bigint not null default 0,
  control jsonb,
  committed_at timestamptz,
  created_at timestamptz not null,
  actor text not null
);

-- Apart from sites, so that arriving events never wait for a cycle's transaction.
create table inbox_heads (
  site_id text primary key references sites,
  tenant_id text not null,
  head bigint not null
);

create table inbox (
  site_id text not null,
  seq bigint not null,
  tenant_id text not null,
  type text not null,
  event jsonb not null,
  received_at timestamptz not null,
  primary key (site_id, seq)
);

create table station_credentials (
  station_id text primary key,
  site_id text not null references sites,
  tenant_id text not null,
  secret_mac bytea not null,
  updated_at timestamptz not null,
  actor text not null
);

create table stations (
  id text primary key,
  site_id text not null,
  tenant_id text not null,
  epoch bigint not null,
  state jsonb not null
);
create index stations_site on stations (site_id);

create table evses (
  id text primary key,
  site_id text not null,
  tenant_id text not null,
  epoch bigint not null,
  state jsonb not null
) with (fillfactor = 70);
create index evses_site on evses (site_id);

-- state: what was learnt of the vehicle, and the newest sample.
create table sessions (
  id text primary key,
  site_id text not null,
  tenant_id text not null,
  epoch bigint not null,
  evse_id text not null,
  station_id text not null,
  phase text not null check (phase in ('plugged', 'active', 'finished', 'ended')),
  transaction_id text,
  id_token text,
  plugged_in_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  meter_start_wh double precision,
  meter_last_wh double precision,
  meter_last_at timestamptz,
  stop_reason text,
  claim jsonb,
  state jsonb not null,
  actor text not null
) with (fillfactor = 70);
create index sessions_open on sessions (site_id) where phase <> 'ended';
create index sessions_ended on sessions (site_id, ended_at) where phase = 'ended';
create index sessions_newest on sessions (tenant_id, plugged_in_at desc, id desc);
create index sessions_station on sessions (station_id, plugged_in_at desc);

create table signals (
  site_id text not null,
  id text not null,
  tenant_id text not null,
  epoch bigint not null,
  type text not null,
  issuer text not null,
  sequence bigint not null,
  ends_at timestamptz not null,
  received_at timestamptz not null,
  state jsonb not null,
  primary key (site_id, id)
);

create table building_load (
  site_id text not null,
  circuit_id text not null,
  tenant_id text not null,
  epoch bigint not null,
  readings jsonb not null,
  primary key (site_id, circuit_id)
);

create table outbox (
  site_id text not null,
  seq bigint not null,
  tenant_id text not null,
  epoch bigint not null,
  station_id text not null,
  evse_id text,
  generation bigint,
  purpose text not null,
  command jsonb not null,
  priority text not null check (priority in ('cut', 'normal')),
  state text not null check (state in ('planned', 'sent', 'acked', 'unknown', 'fenced')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  answered_at timestamptz,
  outcome jsonb,
  primary key (site_id, seq)
);
create index outbox_pending on outbox (site_id, seq) where outcome is null;

-- Stored on change only.
create table decisions (
  id bigserial not null,
  site_id text not null,
  tenant_id text not null,
  epoch bigint not null,
  evse_id text not null,
  session_id text,
  at timestamptz not null,
  limit_a double precision not null,
  goal_a double precision not null,
  bound_by jsonb not null
) partition by range (at);
create index decisions_newest on decisions (evse_id, at desc, id desc);
create table decisions_default partition of decisions default;

-- Every sample as received. inbox_seq: the event that brought it.
create table meter_values (
  site_id text not null,
  tenant_id text not null,
  station_id text not null,
  evse_number integer,
  transaction_id text,
  inbox_seq bigint not null,
  at timestamptz not null,
  energy_wh double precision,
  power_w double precision,
  current_a double precision[],
  offered_a double precision,
  soc_fraction double precision
) partition by range (at);
create index meter_values_transaction on meter_values (station_id, transaction_id, at);
create table meter_values_default partition of meter_values default;

create table ocpp_log (
  site_id text not null,
  tenant_id text not null,
  station_id text not null,
  generation bigint not null,
  at timestamptz not null,
  direction text not null check (direction in ('in', 'out')),
  message text not null
) partition by range (at);
create index ocpp_log_station on ocpp_log (station_id, at);
create table ocpp_log_default partition of ocpp_log default;

-- OCPP 1.6 wants us to number transactions; a retried start gets its number again.
create table transaction_ids (
  id serial primary key,
  station_id text not null,
  fingerprint bytea not null,
  created_at timestamptz not null,
  unique (station_id, fingerprint)
);

-- Known as soon as the start is in the inbox, before any cycle has seen it.
create table transactions (
  station_id text not null,
  transaction_id text not null,
  site_id text not null,
  tenant_id text not null,
  evse_number integer not null,
  primary key (station_id, transaction_id)
);

create table api_keys (
  id text primary key,
  tenant_id text not null references tenants,
  hash bytea not null unique,
  scopes text[] not null,
  name text not null,
  created_at timestamptz not null,
  revoked_at timestamptz,
  actor text not null
);

create table signal_issuers (
  id text primary key,
  site_id text not null references sites,
  tenant_id text not null,
  name text not null,
  secret_sealed bytea not null,
  created_at timestamptz not null,
  actor text not null
);
create index signal_issuers_site on signal_issuers (site_id);

create table webhook_ids (
  issuer_id text not null,
  webhook_id text not null,
  seen_at timestamptz not null,
  primary key (issuer_id, webhook_id)
);
create index webhook_ids_seen on webhook_ids (seen_at);

create table audit (
  id bigserial primary key,
  tenant_id text not null,
  site_id text,
  actor text not null,
  action text not null,
  target text not null,
  before jsonb,
  after jsonb,
  at timestamptz not null
);
create index audit_tenant on audit (tenant_id, id desc);

create table server_keys (
  name text primary key,
  value bytea not null,
  created_at timestamptz not null
);
`;
