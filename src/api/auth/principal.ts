/** Who is calling, and what that allows. The tenant comes from the credential and nowhere else. */
import type { Role } from '../../store/people-ports.js';

/**
 * `read`, `write` and `admin` each imply the ones before. A scope of an area allows its writes and
 * nothing else, not even reading.
 */
export const SCOPES = [
  'read',
  'write',
  'admin',
  'stations:write',
  'commands:write',
  'meters:write',
] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * - `read`, `write`, `admin` a credential with that scope or a higher one
 * - `known`  any credential, whatever its scopes
 * - `person` whoever has signed in with a browser, with whatever role
 * - `open`   nobody needs to say who they are
 * - `signed` the route verifies a signature by itself
 */
export type Access = 'read' | 'write' | 'admin' | 'known' | 'person' | 'open' | 'signed';

export interface Principal {
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  /** Stable name for the audit: `key:{id}`, `user:{id}`, or the person of the one-time link. */
  readonly actor: string;
  readonly via: 'key' | 'cookie';
  /** Of a person with an account. */
  readonly userId?: string;
  readonly email?: string;
  readonly name?: string;
  readonly role?: Role;
  /** Digest of the browser session, to end it or to keep it. */
  readonly sessionHash?: Buffer;
}

/** An installer adds and commissions stations; limits, people and sites are not theirs. */
export const SCOPES_OF_ROLE: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: ['read'],
  installer: ['read', 'stations:write', 'commands:write'],
  manager: ['write'],
  owner: ['admin'],
};

const RANK = { read: 1, write: 2, admin: 3 } as const;

/**
 * Writes below these paths may also be allowed by a scope of their own; the first match counts, and may
 * say that there is none: a local list says who may charge. What is left below a station asks it for
 * something.
 */
const AREAS: readonly (readonly [RegExp, Scope | undefined])[] = [
  [/^\/v1\/charging-stations\/:stationId\/local-list$/, undefined],
  [/^\/v1\/charging-stations\/:stationId\/message-log$/, 'stations:write'],
  [/^\/v1\/charging-stations\/:stationId\//, 'commands:write'],
  [/^\/v1\/sites\/:siteId\/meter-samples\b/, 'meters:write'],
  [/^\/v1\/sites\/:siteId\/stations\b/, 'stations:write'],
  [/^\/v1\/charging-stations\b/, 'stations:write'],
];

/** Whether the caller may use a route (its path as a pattern) that needs this access. */
export function allows(
  { scopes, via }: Pick<Principal, 'scopes' | 'via'>,
  needed: Access,
  route = '',
): boolean {
  if (needed === 'open' || needed === 'signed' || needed === 'known') return true;
  if (needed === 'person') return via === 'cookie';
  const area = areaOf(needed, route);
  return scopes.some((scope) => scope === area || rankOf(scope) >= RANK[needed]);
}

/** The least scopes that open a route, for its description; none: any credential does. */
export function scopesFor(needed: Access | undefined, route: string): readonly Scope[] {
  if (needed !== 'read' && needed !== 'write' && needed !== 'admin') return [];
  const area = areaOf(needed, route);
  return area === undefined ? [needed] : [needed, area];
}

function areaOf(needed: Access, route: string): Scope | undefined {
  return needed === 'write' ? AREAS.find(([path]) => path.test(route))?.[1] : undefined;
}

export function isScope(value: string): value is Scope {
  return (SCOPES as readonly string[]).includes(value);
}

function rankOf(scope: Scope): number {
  return scope === 'read' || scope === 'write' || scope === 'admin' ? RANK[scope] : 0;
}
