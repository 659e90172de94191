/** Who may charge: one row a token. `status` is an AuthorizationStatus. */
export const tokens = `
create table tokens (
  tenant_id text not null references tenants,
  id_token text not null,
  status text not null,
  updated_at timestamptz not null,
  actor text not null,
  primary key (tenant_id, id_token)
);
`;
