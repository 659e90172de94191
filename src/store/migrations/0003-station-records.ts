/** What stations report and people want to see. `kind` is a RecordKind. */
export const stationRecords = `
create table station_records (
  id bigserial primary key,
  tenant_id text not null references tenants,
  site_id text not null,
  station_id text not null,
  evse_number integer,
  kind text not null,
  severity text not null check (severity in ('info', 'warning', 'error')),
  at timestamptz not null,
  received_at timestamptz not null,
  request_id bigint,
  summary text not null,
  data jsonb not null
);
create index station_records_station on station_records (station_id, received_at desc, id desc);
create index station_records_tenant on station_records (tenant_id, received_at desc, id desc);
create index station_records_received on station_records (received_at);
`;
