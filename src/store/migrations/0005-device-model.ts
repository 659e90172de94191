/**
 * Commands of people: looked up by id, and who asked. `command` has its secrets masked: a row is never
 * sent again. Device model: what stations say of themselves; `path` names component, place, variable
 * and attribute in one text. A value that may only be written is never stored.
 */
export const deviceModel = `
alter table outbox add column command_id text;
alter table outbox add column actor text;
create unique index outbox_command on outbox (command_id) where command_id is not null;
create index outbox_station on outbox (station_id, created_at desc, command_id desc)
  where command_id is not null;

create table device_variables (
  station_id text not null,
  path text not null,
  tenant_id text not null references tenants,
  site_id text not null,
  component text not null,
  component_instance text,
  evse_number integer,
  connector_id integer,
  variable text not null,
  variable_instance text,
  attribute text not null check (attribute in ('Actual', 'Target', 'MinSet', 'MaxSet')),
  value text,
  mutability text,
  persistent boolean,
  constant boolean,
  data_type text,
  unit text,
  limit_min double precision,
  limit_max double precision,
  allowed_values text,
  updated_at timestamptz not null,
  primary key (station_id, path)
);
`;
