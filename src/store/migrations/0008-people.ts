/**
 * People, their browser sessions, keys that end, answers kept for a retry. Instants of this file are
 * real time, whatever the site's clock says. Of every secret only a hash is here.
 */
export const people = `
create table users (
  id text primary key,
  tenant_id text not null references tenants,
  -- Lower case; a person signs in by it, so it is unique in the installation.
  email text not null unique,
  name text not null,
  role text not null check (role in ('owner', 'manager', 'viewer', 'installer')),
  expires_at timestamptz,
  -- scrypt$N$r$p$salt$hash; absent until the invitation was accepted.
  password_hash text,
  version integer not null default 1,
  created_at timestamptz not null,
  signed_in_at timestamptz,
  actor text not null
);
create index users_tenant on users (tenant_id, created_at, id);

-- One at a time per person: a newer one replaces it.
create table user_invitations (
  user_id text primary key references users on delete cascade,
  tenant_id text not null,
  hash bytea not null unique,
  expires_at timestamptz not null,
  actor text not null
);

-- user_id is absent for the one-time link of whoever started the service; scopes are then its own.
create table browser_sessions (
  hash bytea primary key,
  tenant_id text not null,
  user_id text references users on delete cascade,
  actor text not null,
  scopes text[] not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index browser_sessions_user on browser_sessions (user_id);
create index browser_sessions_expires on browser_sessions (expires_at);

alter table api_keys add column expires_at timestamptz;
alter table api_keys add column used_at timestamptz;
create index api_keys_tenant on api_keys (tenant_id, created_at, id);

-- answer: sealed, it may hold a secret that is shown once. Absent while the first call runs.
create table idempotency_keys (
  tenant_id text not null,
  actor text not null,
  key text not null,
  fingerprint bytea not null,
  answer_sealed bytea,
  created_at timestamptz not null,
  primary key (tenant_id, actor, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);

-- A site that was deleted keeps its id, so that what is kept of its history stays unambiguous.
alter table sites add column deleted_at timestamptz;
`;
