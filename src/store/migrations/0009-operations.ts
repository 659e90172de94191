/**
 * What people who operate look at: the log of messages, connections, status, faults, alerts. Keys of
 * faults are unique among those not solved. Deliveries are rows; jobs only say when to look at them.
 */
export const operations = `
alter table ocpp_log
  add column id bigserial not null,
  add column version text,
  add column action text,
  add column message_type integer,
  add column message_id text,
  add column bytes integer not null default 0,
  add column error_code text;
create index ocpp_log_order on ocpp_log (station_id, at, id);
create index ocpp_log_errors on ocpp_log (station_id, at, id) where error_code is not null;

-- How much of a station's messages is kept: 1 all, 0 none; absent is all.
create table message_log_settings (
  station_id text primary key,
  tenant_id text not null references tenants,
  keep_fraction double precision not null check (keep_fraction between 0 and 1),
  updated_at timestamptz not null,
  actor text not null
);

create table station_connections (
  id bigserial primary key,
  tenant_id text not null references tenants,
  site_id text not null,
  station_id text not null,
  generation bigint not null,
  version text,
  remote_address text,
  opened_at timestamptz not null,
  last_message_at timestamptz,
  closed_at timestamptz,
  close_code integer,
  close_reason text,
  messages_in bigint not null default 0,
  messages_out bigint not null default 0,
  unique (station_id, generation)
);
create index station_connections_order on station_connections (station_id, opened_at desc, id desc);
create index station_connections_open on station_connections (site_id) where closed_at is null;
create index station_connections_opened on station_connections (opened_at);

create table evse_status_history (
  id bigserial primary key,
  tenant_id text not null references tenants,
  site_id text not null,
  station_id text not null,
  evse_number integer not null,
  status text not null,
  error_code text,
  at timestamptz not null,
  received_at timestamptz not null
);
create index evse_status_history_order
  on evse_status_history (station_id, evse_number, received_at, id);
create index evse_status_history_received on evse_status_history (received_at);

-- The highest temperature that a station reported in a UTC day.
create table station_temperatures (
  station_id text not null,
  tenant_id text not null references tenants,
  day date not null,
  temperature_max_c double precision not null,
  primary key (station_id, day)
);

-- Time that does not count against uptime.
create table uptime_exclusions (
  id text primary key,
  tenant_id text not null references tenants,
  site_id text not null,
  station_id text,
  evse_number integer,
  kind text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  note text,
  created_at timestamptz not null,
  actor text not null
);
create index uptime_exclusions_site on uptime_exclusions (site_id, ends_at);

create table faults (
  id text primary key,
  tenant_id text not null references tenants,
  site_id text not null,
  station_id text,
  evse_number integer,
  key text not null,
  kind text not null,
  cause text not null,
  severity text not null check (severity in ('info', 'warning', 'error')),
  summary text not null,
  state text not null check (state in ('open', 'acknowledged', 'solved')),
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  count integer not null,
  evidence jsonb not null,
  note text,
  actor text not null,
  acknowledged_at timestamptz,
  solved_at timestamptz,
  version integer not null default 1
);
create unique index faults_unsolved on faults (tenant_id, key) where state <> 'solved';
create index faults_order on faults (tenant_id, first_seen_at desc, id desc);
create index faults_station on faults (station_id, first_seen_at desc, id desc);

-- What happened to a fault, to be told by the rules; planned_at is when that was thought through.
create table fault_events (
  id bigserial primary key,
  tenant_id text not null references tenants,
  fault_id text not null references faults on delete cascade,
  type text not null check (type in ('fault.opened', 'fault.solved')),
  at timestamptz not null,
  planned_at timestamptz
);
create index fault_events_unplanned on fault_events (id) where planned_at is null;

-- How far a reader of growing tables has come.
create table operation_marks (name text primary key, position bigint not null);

create table alert_channels (
  id text primary key,
  tenant_id text not null references tenants,
  kind text not null check (kind in ('mail', 'webhook')),
  name text not null,
  target text not null,
  secret_sealed bytea,
  secret_before_sealed bytea,
  secret_rotated_at timestamptz,
  disabled_at timestamptz,
  disabled_reason text,
  created_at timestamptz not null,
  actor text not null
);
create index alert_channels_tenant on alert_channels (tenant_id, created_at, id);

create table alert_rules (
  id text primary key,
  tenant_id text not null references tenants,
  rule jsonb not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  actor text not null
);
create index alert_rules_tenant on alert_rules (tenant_id, created_at, id);

create table alert_deliveries (
  id text primary key,
  tenant_id text not null references tenants,
  channel_id text not null references alert_channels on delete cascade,
  rule_id text,
  digest_key text unique,
  type text not null,
  state text not null check (state in ('waiting', 'delivered', 'failed')),
  payload text,
  attempts integer not null default 0,
  due_at timestamptz not null,
  claimed_until timestamptz,
  last_status integer,
  last_error text,
  created_at timestamptz not null,
  ended_at timestamptz
);
create index alert_deliveries_due on alert_deliveries (due_at) where state = 'waiting';
create index alert_deliveries_order on alert_deliveries (tenant_id, created_at desc, id desc);

create table alert_delivery_items (
  delivery_id text not null references alert_deliveries on delete cascade,
  fault_event_id bigint not null references fault_events on delete cascade,
  primary key (delivery_id, fault_event_id)
);
`;
