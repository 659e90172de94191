/** The hook that puts a principal on a request, or ends it with 401 or 403. Fails closed. */
import type { FastifyRequest, RouteOptions } from 'fastify';
import { hashKey } from '../../platform/credentials.js';
import type { Store } from '../../store/ports.js';
import type { App } from '../app.js';
import { Problem } from '../problem.js';
import { bearerKey } from './api-key.js';
import { type BrowserSessions, SESSION_COOKIE } from './browser-sessions.js';
import { allows, isScope, type Principal } from './principal.js';

export function authenticate(app: App, store: Store, sessions: BrowserSessions): void {
  app.decorateRequest('principal', undefined);

  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  app.addHook('onReady', async () => {
    const silent = routes.find((route) => route.config?.access === undefined);
    if (silent !== undefined) throw new Error(`${silent.url} does not name who may call it`);
  });

  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access;
    if (request.is404 || access === 'open' || access === 'signed') return;
    const principal = await principalOf(request, store, sessions);
    if (principal === undefined) throw new Problem('unauthenticated');
    if (access === undefined || !allows(principal, access)) {
      throw new Problem('forbidden', { detail: `this needs the scope ${access ?? 'admin'}` });
    }
    if (principal.via === 'cookie') refuseForeignOrigin(request);
    request.principal = principal;
  });
}

/** The caller of a route that is neither open nor signed. */
export function principal(request: FastifyRequest): Principal {
  if (request.principal === undefined) throw new Problem('unauthenticated');
  return request.principal;
}

async function principalOf(
  request: FastifyRequest,
  store: Store,
  sessions: BrowserSessions,
): Promise<Principal | undefined> {
  if (request.headers.authorization === undefined) {
    const token = request.cookies[SESSION_COOKIE];
    return token === undefined ? undefined : sessions.find(token);
  }
  const key = bearerKey(request.headers.authorization);
  const found = key === undefined ? undefined : await store.keys.findByHash(hashKey(key));
  if (found === undefined) return undefined;
  const scopes = found.scopes.filter(isScope);
  return { tenantId: found.tenantId, scopes, actor: `key:${found.id}`, via: 'key' };
}

/** A cookie is sent by the browser whoever asks: writes must come from our own page. */
function refuseForeignOrigin(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin } = request.headers;
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host) return;
  throw new Problem('foreign-origin');
}
