/** How a station is spoken with: how strictly its payloads are read, and in which version only. */
export const messages = `
alter table station_credentials
  add column schema_mode text not null default 'lenient'
    check (schema_mode in ('lenient', 'strict')),
  add column pinned_version text
    check (pinned_version in ('ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'));
`;
