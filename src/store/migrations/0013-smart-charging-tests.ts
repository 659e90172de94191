/**
 * Smart-charging tests, whole: what was asked step by step and what was seen. Capability cards are made
 * from those that have ended, by vendor, model and firmware; they are few and are never pruned.
 */
export const smartChargingTests = `
create sequence smart_charging_test_numbers as integer;
create table smart_charging_tests (
  number integer primary key,
  station_id text not null,
  site_id text not null,
  tenant_id text not null references tenants,
  actor text not null,
  status text not null,
  vendor text,
  model text,
  firmware text,
  started_at timestamptz not null,
  ended_at timestamptz,
  test jsonb not null
);
create index smart_charging_tests_station
  on smart_charging_tests (tenant_id, station_id, number desc);
create index smart_charging_tests_kind
  on smart_charging_tests (tenant_id, vendor, model, firmware, number desc)
  where ended_at is not null;
`;
