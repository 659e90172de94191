/** The cookie of a browser session. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiSettings } from '../settings.js';
import { SESSION_SEC } from './browser-sessions.js';

/** Over https the prefix binds it to this very host: no subdomain can plant one. */
function cookieName(settings: ApiSettings): string {
  return settings.secureCookie ? '__Host-busbar_session' : 'busbar_session';
}

export function sessionToken(request: FastifyRequest, settings: ApiSettings): string | undefined {
  return request.cookies[cookieName(settings)];
}

/** Strict: no other site's link or form ever sends it; our page's own calls do. */
function options(settings: ApiSettings) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: settings.secureCookie } as const;
}

export function setSession(reply: FastifyReply, token: string, settings: ApiSettings): void {
  reply.setCookie(cookieName(settings), token, { ...options(settings), maxAge: SESSION_SEC });
}

export function clearSession(reply: FastifyReply, settings: ApiSettings): void {
  reply.clearCookie(cookieName(settings), options(settings));
}
