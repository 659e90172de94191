/** Token <-> wire. */
import { siteId } from '../../../solver/index.js';
import type { Token } from '../../sessions/token.js';
import type { TokenBody, TokenWriteBody } from '../schema/token.js';
import { defined } from './defined.js';
import { instantOrNone } from './instant.js';

const END_LENGTH = 4;

/** A token that has passed its schema. */
export function tokenFrom(idToken: string, body: TokenWriteBody): Token {
  const { expiresAt, siteIds, label, groupId, language } = body;
  return {
    idToken,
    type: body.type ?? 'ISO14443',
    status: body.status,
    allowOffline: body.allowOffline ?? true,
    concurrent: body.concurrent ?? 'refuse',
    ...defined({
      label,
      groupId,
      expiresAtMs: expiresAt === undefined ? undefined : Date.parse(expiresAt),
      siteIds: siteIds?.map(siteId),
      language,
    }),
  };
}

/** `whole`: the reader may see it, or has named it. */
export function renderToken(token: Token, extent: 'whole' | 'masked'): TokenBody {
  const { idToken, expiresAtMs, siteIds, ...rest } = token;
  return defined({
    ...rest,
    idToken: extent === 'whole' ? idToken : undefined,
    idTokenEnd: tokenEnd(idToken),
    expiresAt: instantOrNone(expiresAtMs),
    siteIds: siteIds === undefined ? undefined : [...siteIds],
  });
}

/** Half of a short token at most: four characters of a PIN are the PIN. */
export function tokenEnd(idToken: string): string {
  const length = Math.min(END_LENGTH, Math.floor(idToken.length / 2));
  return length === 0 ? '' : idToken.slice(-length);
}
