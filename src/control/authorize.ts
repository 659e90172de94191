/** May a token charge at a station now? Who charges is known in memory; who may is a row. */
import type { StationId } from '../../solver/index.js';
import type { EngineDoor } from '../api/ports.js';
import { type AuthorizationAsk, authorizeToken } from '../sessions/authorize-token.js';
import type { Session } from '../sessions/session.js';
import type { Authorization } from '../sessions/token.js';
import type { Site } from '../sites/site.js';
import type { Store } from '../store/ports.js';

export interface AuthorizeDeps {
  readonly engine: Pick<EngineDoor, 'sites' | 'state'>;
  readonly store: Pick<Store, 'tokens'>;
}

/** The same answer for the station that asks and for the operator who wants to start one there. */
export async function authorize(
  { engine, store }: AuthorizeDeps,
  { site, stationId }: { readonly site: Site; readonly stationId: StationId },
  ask: AuthorizationAsk,
): Promise<Authorization> {
  const token = await store.tokens.find(site.tenantId, ask.idToken);
  const { acceptAnyToken, offlineAuthorization = 'allowed' } = site.settings;
  const rules = { siteId: site.id, stationId, acceptAnyToken, offlineAuthorization };
  return authorizeToken(ask, token, rules, sessionsOf(engine, site.tenantId));
}

/** One by one: few answers need them, and a tenant may have thousands. */
function* sessionsOf(engine: AuthorizeDeps['engine'], tenantId: string): Generator<Session> {
  for (const { id, tenantId: owner } of engine.sites()) {
    if (owner === tenantId) yield* engine.state(id)?.sessions.values() ?? [];
  }
}
