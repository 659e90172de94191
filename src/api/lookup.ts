/** Things of the caller's own tenant by id; what is another tenant's does not exist. */
import type { EvseId, SessionId } from '../../solver/index.js';
import type { Session } from '../sessions/session.js';
import type { Site, SiteEvse } from '../sites/site.js';
import type { Principal } from './auth/principal.js';
import { Problem } from './problem.js';
import type { ApiContext } from './context.js';

export function sitesOf(api: ApiContext, caller: Principal): readonly Site[] {
  return api.register.all().filter((site) => site.tenantId === caller.tenantId);
}

export function siteOf(api: ApiContext, caller: Principal, id: string): Site {
  const site = sitesOf(api, caller).find((each) => each.id === id);
  if (site === undefined) throw new Problem('not-found', { detail: `no site ${id}` });
  return site;
}

/** The site that has this station. */
export function siteOfStation(api: ApiContext, caller: Principal, id: string): Site {
  const site = sitesOf(api, caller).find((each) => each.stations.some((one) => one.id === id));
  if (site === undefined) throw new Problem('not-found', { detail: `no charging station ${id}` });
  return site;
}

export function evseOf(api: ApiContext, caller: Principal, id: string): SiteEvse & { id: EvseId } {
  for (const site of sitesOf(api, caller)) {
    const evse = site.evses.find((each) => each.id === id);
    if (evse !== undefined) return evse;
  }
  throw new Problem('not-found', { detail: `no EVSE ${id}` });
}

export async function sessionOf(
  api: ApiContext,
  caller: Principal,
  id: string,
): Promise<Session & { readonly siteId: Site['id'] }> {
  const session = await api.store.sessions.find(id as SessionId);
  const own = sitesOf(api, caller).some((site) => site.id === session?.siteId);
  if (session === undefined || !own) throw new Problem('not-found', { detail: `no session ${id}` });
  return session;
}
