/**
 * In which form the stations of a kind were found to take their limits: what each holds beside the
 * preferred form, and what was observed. Few, and never pruned: they are part of the capability card.
 */
export const capabilityRungs = `
create table capability_rungs (
  tenant_id text not null references tenants,
  vendor text not null,
  model text not null,
  firmware text not null,
  rung text not null,
  station_id text not null,
  site_id text not null,
  cause text not null,
  observed text not null,
  since timestamptz not null,
  primary key (tenant_id, vendor, model, firmware, rung, station_id)
);
`;
