/** Who is calling, and what that allows. The tenant comes from the credential and nowhere else. */
export type Scope = 'read' | 'write' | 'admin';

/**
 * - `read`, `write`, `admin` a credential with that scope or a higher one
 * - `open`   nobody needs to say who they are
 * - `signed` the route verifies a signature by itself
 */
export type Access = Scope | 'open' | 'signed';

export interface Principal {
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  /** Stable name for the audit: `key:{id}` or the person of the browser session. */
  readonly actor: string;
  readonly via: 'key' | 'cookie';
}

const RANK: Readonly<Record<Scope, number>> = { read: 1, write: 2, admin: 3 };

/** Admin implies write, write implies read. */
export function allows(principal: Principal, needed: Scope): boolean {
  return principal.scopes.some((scope) => RANK[scope] >= RANK[needed]);
}

export function isScope(value: string): value is Scope {
  return Object.hasOwn(RANK, value);
}
