/**
 * What a building drew, what its PV gave and what the site imported, as means of quarter hours: a sum and
 * a count, so that samples may come in any order. `kind` load: uncontrolled, of a circuit; pv: of a
 * circuit; import: of the site, at its root.
 */
export const powerHistory = `
create table power_history (
  site_id text not null,
  kind text not null,
  circuit_id text not null,
  at timestamptz not null,
  tenant_id text not null references tenants,
  watt_sum double precision not null,
  sample_count integer not null,
  primary key (site_id, kind, circuit_id, at)
);
create index power_history_at on power_history (at);
`;
