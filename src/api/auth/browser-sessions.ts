/** Browser sessions of the one-time link: in memory, real time, gone with the process. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { EnterLink } from '../settings.js';
import type { Principal } from './principal.js';

export const SESSION_COOKIE = 'busbar_session';

const SESSION_HOURS = 12;
export const SESSION_SEC = SESSION_HOURS * 3600;

export interface BrowserSessions {
  /** Opens a session when the code is right and unused; undefined otherwise. */
  enter(code: string): string | undefined;
  find(token: string): Principal | undefined;
}

export function browserSessions(
  link: EnterLink | undefined,
  realNowMs: () => number,
): BrowserSessions {
  const sessions = new Map<string, { principal: Principal; endsAtMs: number }>();
  let used = false;

  return {
    enter(code) {
      if (link === undefined || used || !sameText(code, link.code)) return undefined;
      used = true;
      const token = randomBytes(32).toString('base64url');
      const { tenantId, scopes, actor } = link;
      sessions.set(digestOf(token), {
        principal: { tenantId, scopes, actor, via: 'cookie' },
        endsAtMs: realNowMs() + SESSION_SEC * 1000,
      });
      return token;
    },
    find(token) {
      const session = sessions.get(digestOf(token));
      if (session === undefined) return undefined;
      if (realNowMs() < session.endsAtMs) return session.principal;
      sessions.delete(digestOf(token));
      return undefined;
    },
  };
}

/** Sessions are looked up by digest, so that timing tells nothing of a token. */
function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function sameText(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
