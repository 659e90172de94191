/**
 * Tokens with groups, expiry and policies. `token_key`: the token in ASCII lower case, because tokens
 * are compared without regard to case; of two spellings the newer row stays. Tokens that were told
 * ConcurrentTx by hand are blocked: concurrency is found out now.
 */
export const tokenPolicies = `
alter table tokens add column id bigserial;
alter table tokens add column token_key text;
update tokens set token_key = lower(id_token collate "C"),
  status = case status when 'ConcurrentTx' then 'Blocked' else status end;
delete from tokens older using tokens newer
  where older.tenant_id = newer.tenant_id and older.token_key = newer.token_key
    and (older.updated_at, older.id) < (newer.updated_at, newer.id);
alter table tokens alter column token_key set not null;
alter table tokens drop constraint tokens_pkey;
alter table tokens add primary key (tenant_id, token_key);
alter table tokens add column type text not null default 'ISO14443';
alter table tokens add column label text;
alter table tokens add column group_id text;
alter table tokens add column expires_at timestamptz;
alter table tokens add column allow_offline boolean not null default true;
alter table tokens add column concurrent text not null default 'refuse'
  check (concurrent in ('refuse', 'allow'));
alter table tokens add column site_ids text[];
alter table tokens add column language text;
create index tokens_newest on tokens (tenant_id, id desc);

create index sessions_token
  on sessions (tenant_id, lower(id_token collate "C"), plugged_in_at desc, id desc);
`;
