/**
 * `previous_mac`: the secret before, good until the station has used the newest. `pending_stations`:
 * identities that nobody has provisioned and that tried to connect; they belong to no tenant.
 */
export const door = `
alter table station_credentials add column previous_mac bytea;
create table pending_stations (
  identity text primary key,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  attempts bigint not null,
  remote_address text not null,
  subprotocols text not null,
  user_agent text not null
);
`;
