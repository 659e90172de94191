/**
 * Batteries: where their set-points go and with which secret (sealed), and what they reported last. The
 * battery itself stands in the configuration of its site.
 */
export const storage = `
create table storage_links (
  site_id text not null,
  storage_id text not null,
  tenant_id text not null references tenants,
  url text not null,
  secret_sealed bytea not null,
  updated_at timestamptz not null,
  actor text not null,
  primary key (site_id, storage_id)
);
create table storage_reports (
  site_id text not null,
  storage_id text not null,
  tenant_id text not null references tenants,
  at timestamptz not null,
  energy_wh double precision not null,
  power_w double precision not null,
  primary key (site_id, storage_id)
);
`;
