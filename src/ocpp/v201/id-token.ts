/** Tokens and authorisations in the words of 2.x. */
import type { AuthorizationAsk } from '../../sessions/authorize-token.js';
import type { Authorization, TokenType } from '../../sessions/token.js';
import type { HandlerContext } from '../handler.js';
import { formatInstant } from '../instants.js';

export interface WireIdToken {
  readonly idToken: string;
  readonly type: string;
}

const TYPES = new Set<string>([
  'Central',
  'eMAID',
  'ISO14443',
  'ISO15693',
  'KeyCode',
  'Local',
  'MacAddress',
  'NoAuthorization',
] satisfies TokenType[]);

/** Type NoAuthorization is a start button: there is nobody to refuse (C02). */
export async function authorizeToken(
  token: WireIdToken,
  ask: Omit<AuthorizationAsk, 'idToken' | 'type'>,
  context: HandlerContext,
): Promise<Authorization> {
  const { idToken, type } = token;
  if (type === 'NoAuthorization') return { status: 'Accepted' };
  const known = TYPES.has(type) ? { type: type as TokenType } : {};
  return context.authorize({ ...ask, ...known, idToken });
}

/** IdTokenInfoType: a group has no type of its own with us, so it is one of the centre's. */
export function idTokenInfo({ status, groupId, expiresAtMs, language }: Authorization): object {
  return {
    status,
    ...(expiresAtMs === undefined ? {} : { cacheExpiryDateTime: formatInstant(expiresAtMs) }),
    ...(groupId === undefined ? {} : { groupIdToken: { idToken: groupId, type: 'Central' } }),
    ...(language === undefined ? {} : { language1: language }),
  };
}
