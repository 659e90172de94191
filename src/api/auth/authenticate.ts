/** The hook that puts a principal on a request, or ends it with 401 or 403. Fails closed. */
import type { FastifyRequest, RouteOptions } from 'fastify';
import { hashKey } from '../../platform/credentials.js';
import type { App } from '../app.js';
import { Problem } from '../problem.js';
import type { ApiDeps } from '../settings.js';
import { bearerKey } from './api-key.js';
import type { BrowserSessions } from './browser-sessions.js';
import { limitCredentials } from './credential-limit.js';
import { allows, isScope, type Principal } from './principal.js';
import { refuseForeignOrigin } from './same-origin.js';
import { sessionToken } from './session-cookie.js';

/** A key in use writes its row at most this often. */
const USED_EVERY_MS = 60_000;

export function authenticate(app: App, deps: ApiDeps, sessions: BrowserSessions): void {
  app.decorateRequest('principal', undefined);
  app.decorateRequest('mayGoOn', async () => false);
  const keyPrincipal = keyReader(deps);
  const count = limitCredentials(deps.settings.rateLimitPerMinute, deps.realNowMs);

  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  app.addHook('onReady', async () => {
    const silent = routes.find((route) => route.config?.access === undefined);
    if (silent !== undefined) throw new Error(`${silent.url} does not name who may call it`);
  });

  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (request.is404 || access === 'open' || access === 'signed') return;
    const read = (): Promise<Principal | undefined> =>
      request.headers.authorization === undefined
        ? cookiePrincipal(request, deps, sessions)
        : keyPrincipal(request.headers.authorization);
    const principal = await read();
    if (principal === undefined) throw new Problem('unauthenticated');
    count(principal.actor, reply);
    if (access === undefined || !allows(principal, access, request.routeOptions.url)) {
      const detail =
        access === 'person' ? 'this is for people who signed in' : `this needs the scope ${access}`;
      throw new Problem('forbidden', { detail });
    }
    if (principal.via === 'cookie') refuseForeignOrigin(request, deps.settings);
    request.principal = principal;
    request.mayGoOn = async () => {
      const now = await read();
      return now !== undefined && allows(now, access, request.routeOptions.url);
    };
  });
}

/** The caller of a route that is neither open nor signed. */
export function principal(request: FastifyRequest): Principal {
  if (request.principal === undefined) throw new Problem('unauthenticated');
  return request.principal;
}

async function cookiePrincipal(
  request: FastifyRequest,
  { settings }: ApiDeps,
  sessions: BrowserSessions,
): Promise<Principal | undefined> {
  const token = sessionToken(request, settings);
  return token === undefined ? undefined : sessions.find(token);
}

function keyReader({
  store,
  realNowMs,
  log,
}: ApiDeps): (header: string) => Promise<Principal | undefined> {
  const usedAtMs = new Map<string, number>();

  /** Nobody waits for it: it is for people who look whether a key is still needed. */
  const noteUse = (id: string): void => {
    const nowMs = realNowMs();
    if (nowMs - (usedAtMs.get(id) ?? 0) < USED_EVERY_MS) return;
    usedAtMs.set(id, nowMs);
    store.keys.used(id, nowMs).catch((error: unknown) => {
      log.warn({ keyId: id, err: String(error) }, 'use of a key not noted');
    });
  };

  return async (header) => {
    const key = bearerKey(header);
    const found = key === undefined ? undefined : await store.keys.findByHash(hashKey(key));
    if (found === undefined || realNowMs() >= (found.expiresAtMs ?? Infinity)) return undefined;
    noteUse(found.id);
    const scopes = found.scopes.filter(isScope);
    return { tenantId: found.tenantId, scopes, actor: `key:${found.id}`, via: 'key' };
  };
}
