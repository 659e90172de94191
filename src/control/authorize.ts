/** May a token charge at a station now? Who charges is known in memory; who may is a row. */
import type { StationId } from '../../solver/index.js';
import type { EngineDoor } from '../api/ports.js';
import { type AuthorizationAsk, authorizeToken } from '../sessions/authorize-token.js';
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
  const sites = engine.sites().filter((it) => it.tenantId === site.tenantId);
  const sessions = sites.flatMap((it) => [...(engine.state(it.id)?.sessions.values() ?? [])]);
  return authorizeToken(ask, token, rules, sessions);
}
