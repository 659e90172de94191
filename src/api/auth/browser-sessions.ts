/** Browser sessions: rows known by the digest of their token, in real time. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { User } from '../../store/people-ports.js';
import type { Store } from '../../store/ports.js';
import type { EnterLink } from '../settings.js';
import { isScope, type Principal, SCOPES_OF_ROLE } from './principal.js';

const HOUR_MS = 3_600_000;
const SESSION_MS = 12 * HOUR_MS;
const IDLE_MS = 2 * HOUR_MS;
/** A session that is in use writes its row at most this often. */
const SEEN_EVERY_MS = 60_000;

export const SESSION_SEC = SESSION_MS / 1000;

export interface BrowserSessions {
  /** Opens a session when the code of the one-time link is right and unused; undefined otherwise. */
  enter(code: string): Promise<string | undefined>;
  /** Opens a session of a person who has shown the password; answers its token. */
  open(user: User): Promise<string>;
  find(token: string): Promise<Principal | undefined>;
}

export function browserSessions(deps: {
  readonly rows: Store['browserSessions'];
  readonly link: EnterLink | undefined;
  readonly realNowMs: () => number;
}): BrowserSessions {
  const { rows, link, realNowMs } = deps;
  let used = false;

  const opened = async (
    session: Pick<Parameters<typeof rows.open>[0], 'tenantId' | 'actor' | 'scopes' | 'userId'>,
  ): Promise<string> => {
    const token = randomBytes(32).toString('base64url');
    const nowMs = realNowMs();
    const expiresAtMs = nowMs + SESSION_MS;
    await rows.open({ ...session, hash: tokenDigest(token), nowMs, expiresAtMs });
    return token;
  };

  return {
    async enter(code) {
      if (link === undefined || used || !sameText(code, link.code)) return undefined;
      used = true;
      const { tenantId, scopes, actor } = link;
      return opened({ tenantId, scopes, actor });
    },
    open: ({ id, tenantId }) => opened({ tenantId, userId: id, actor: `user:${id}`, scopes: [] }),
    async find(token) {
      const hash = tokenDigest(token);
      const row = await rows.find(hash);
      if (row === undefined) return undefined;
      const nowMs = realNowMs();
      const endsAtMs = Math.min(row.expiresAtMs, row.seenAtMs + IDLE_MS);
      if (nowMs >= Math.min(endsAtMs, row.userExpiresAtMs ?? endsAtMs)) {
        await rows.end(hash);
        return undefined;
      }
      if (nowMs - row.seenAtMs > SEEN_EVERY_MS) await rows.seen(hash, nowMs);
      const { tenantId, actor, userId, email, name, role } = row;
      const scopes = role === undefined ? row.scopes.filter(isScope) : SCOPES_OF_ROLE[role];
      return {
        tenantId,
        actor,
        scopes,
        via: 'cookie',
        sessionHash: hash,
        ...(userId === undefined ? {} : { userId }),
        ...(email === undefined ? {} : { email }),
        ...(name === undefined ? {} : { name }),
        ...(role === undefined ? {} : { role }),
      };
    },
  };
}

/** Tokens and invitations are looked up by digest, so that timing tells nothing of them. */
export function tokenDigest(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

function sameText(given: string, expected: string): boolean {
  return timingSafeEqual(tokenDigest(given), tokenDigest(expected));
}
