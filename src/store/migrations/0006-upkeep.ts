/**
 * What operators ask of a station beside charging: local lists, reservations, firmware, logs,
 * certificates. `upkeep_ids` numbers everything that crosses the wire as a request id.
 */
export const upkeep = `
create sequence upkeep_ids as integer start with 1001;

-- entries: what the station accepted last, at this version.
create table local_lists (
  station_id text primary key,
  site_id text not null,
  tenant_id text not null references tenants,
  source text not null check (source in ('tokens', 'explicit', 'unmanaged')),
  explicit jsonb not null,
  version integer not null,
  entries jsonb not null,
  status text not null,
  detail text,
  checked_at timestamptz,
  synchronised_at timestamptz,
  updated_at timestamptz not null,
  actor text not null
);

create table reservations (
  id integer primary key default nextval('upkeep_ids'),
  station_id text not null,
  site_id text not null,
  tenant_id text not null references tenants,
  evse_number integer,
  id_token text not null,
  group_id_token text,
  expires_at timestamptz not null,
  status text not null,
  detail text,
  created_at timestamptz not null,
  ended_at timestamptz,
  actor text not null
);
create index reservations_tenant on reservations (tenant_id, id desc);
create unique index reservations_open on reservations (station_id, coalesce(evse_number, 0))
  where ended_at is null;

create table firmware_images (
  tenant_id text not null references tenants,
  name text not null,
  file_key text not null,
  size_bytes bigint not null,
  sha256 text not null,
  created_at timestamptz not null,
  actor text not null,
  primary key (tenant_id, name)
);

create table firmware_updates (
  id integer primary key default nextval('upkeep_ids'),
  station_id text not null,
  site_id text not null,
  tenant_id text not null references tenants,
  location text,
  image_name text,
  retrieve_at timestamptz not null,
  install_at timestamptz,
  is_signed boolean not null,
  status text not null,
  detail text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  actor text not null
);
create index firmware_updates_tenant on firmware_updates (tenant_id, id desc);
create index firmware_updates_open on firmware_updates (station_id) where ended_at is null;

create table log_requests (
  id integer primary key default nextval('upkeep_ids'),
  station_id text not null,
  site_id text not null,
  tenant_id text not null references tenants,
  log_type text not null,
  oldest_at timestamptz,
  latest_at timestamptz,
  status text not null,
  detail text,
  file_name text,
  file_key text,
  size_bytes bigint,
  sha256 text,
  received_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  actor text not null
);
create index log_requests_tenant on log_requests (tenant_id, id desc);
create index log_requests_open on log_requests (station_id) where ended_at is null;

-- Addresses that a station is given once; only the SHA-256 of their secret part is kept.
create table transfer_links (
  hash bytea primary key,
  kind text not null check (kind in ('upload', 'download')),
  station_id text not null,
  tenant_id text not null references tenants,
  target text not null,
  expires_at timestamptz not null
);
create index transfer_links_expiry on transfer_links (expires_at);

create table certificate_requests (
  id integer primary key default nextval('upkeep_ids'),
  station_id text not null,
  site_id text not null,
  tenant_id text not null references tenants,
  certificate_type text not null,
  request_id integer,
  csr text not null,
  subject text not null,
  key_kind text not null,
  status text not null,
  detail text,
  chain text,
  attempts integer not null,
  not_before timestamptz not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  actor text not null
);
create index certificate_requests_tenant on certificate_requests (tenant_id, id desc);
create index certificate_requests_open on certificate_requests (station_id) where ended_at is null;

create table station_certificates (
  id integer primary key default nextval('upkeep_ids'),
  station_id text not null,
  site_id text not null,
  tenant_id text not null references tenants,
  certificate_type text not null,
  hash_key text not null,
  hash_data jsonb,
  source text not null check (source in ('sent', 'reported')),
  pem text,
  subject text,
  issuer text,
  fingerprint text,
  valid_from timestamptz,
  valid_to timestamptz,
  seen_at timestamptz not null,
  actor text not null,
  unique (station_id, certificate_type, hash_key)
);
create index station_certificates_expiry on station_certificates (tenant_id, valid_to);

create table certificate_authorities (
  name text primary key,
  certificate text not null,
  key_sealed bytea not null,
  created_at timestamptz not null
);
`;
