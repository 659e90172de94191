/** May this token charge here and now? Pure: the token as it is written down, and who charges. */
import type { SiteId, StationId } from '../../solver/index.js';
import { isRefused, type Session } from './session.js';
import { type Authorization, isSameToken, type Token, type TokenType } from './token.js';

/** What is asked, of which message, and when by the station's clock. */
export interface AuthorizationAsk {
  readonly idToken: string;
  /** 1.6 does not say. */
  readonly type?: TokenType;
  /**
   * - `look-up` Authorize: to start or to end something, the station does not say
   * - `start`   a transaction of this token has started
   * - `end`     a transaction was ended with it
   */
  readonly purpose: 'look-up' | 'start' | 'end';
  readonly evseNumber?: number;
  readonly transactionId?: string;
  /** A transaction that started offline is judged by the time at which it did. */
  readonly atMs: number;
}

export interface AuthorizationRules {
  readonly siteId: SiteId;
  readonly stationId: StationId;
  /** Any token may charge (private sites). */
  readonly acceptAnyToken: boolean;
  /** `refused`: stations of the site shall not go by what they remember. */
  readonly offlineAuthorization: 'allowed' | 'refused';
}

/** An answer that a station shall not remember is good for this long: until it has started. */
const REAL_TIME_MS = 300_000;

/**
 * The answer for a token. `token` is undefined where the table does not have it; `sessions` are those
 * of the tenant, of which only running ones count.
 */
export function authorizeToken(
  ask: AuthorizationAsk,
  token: Token | undefined,
  rules: AuthorizationRules,
  sessions: Iterable<Session>,
): Authorization {
  if (token === undefined) return unknownToken(ask, rules);
  const { groupId, language } = token;
  const known = {
    ...(groupId === undefined ? {} : { groupId }),
    ...(language === undefined ? {} : { language }),
  };
  const status = statusOf(ask, token, rules, sessions);
  if (status !== 'Accepted') return { status, ...known };
  const expiresAtMs = rememberedUntilMs(ask, token, rules);
  return { status, ...known, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
}

/** C02: behind a start button there is nobody to refuse, and a local token is the station's own. */
function unknownToken({ type }: AuthorizationAsk, rules: AuthorizationRules): Authorization {
  const isOpen = type === 'NoAuthorization' || type === 'Local';
  return { status: isOpen || rules.acceptAnyToken ? 'Accepted' : 'Unknown' };
}

function statusOf(
  ask: AuthorizationAsk,
  token: Token,
  rules: AuthorizationRules,
  sessions: Iterable<Session>,
): Authorization['status'] {
  if (token.status !== 'Accepted') return token.status;
  if (token.expiresAtMs !== undefined && token.expiresAtMs <= ask.atMs) return 'Expired';
  if (token.siteIds !== undefined && !token.siteIds.includes(rules.siteId)) {
    return 'NotAtThisLocation';
  }
  if (token.concurrent === 'allow' || ask.purpose === 'end') return 'Accepted';
  for (const session of sessions) {
    if (isAnother(session, ask, rules)) return 'ConcurrentTx';
  }
  return 'Accepted';
}

/**
 * A transaction of the same token that runs elsewhere, begun before. A token never forbids the end of
 * its own: one that is looked up at the station where it charges may be about to stop, and a new start
 * on the same EVSE says that the old transaction is over.
 */
function isAnother(session: Session, ask: AuthorizationAsk, rules: AuthorizationRules): boolean {
  if (session.phase !== 'active' || isRefused(session)) return false;
  if (session.idToken === undefined) return false;
  if (!isSameToken(session.idToken, ask.idToken)) return false;
  if ((session.startedAtMs ?? session.pluggedInAtMs) > ask.atMs) return false;
  if (session.stationId !== rules.stationId) return true;
  if (ask.purpose === 'look-up') return false;
  const isOwn = session.transactionId === ask.transactionId;
  return !isOwn && session.evseId !== `${rules.stationId}:${ask.evseNumber ?? ''}`;
}

/** The end of the token itself, or soon where the station shall ask each time. */
function rememberedUntilMs(
  ask: AuthorizationAsk,
  { allowOffline, expiresAtMs }: Token,
  rules: AuthorizationRules,
): number | undefined {
  if (allowOffline && rules.offlineAuthorization === 'allowed') return expiresAtMs;
  return Math.min(expiresAtMs ?? Number.POSITIVE_INFINITY, ask.atMs + REAL_TIME_MS);
}
