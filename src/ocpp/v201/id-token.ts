import type { HandlerContext } from '../handler.js';
import type { AuthorizationStatus } from '../ports.js';

export interface WireIdToken {
  readonly idToken: string;
  readonly type: string;
}

/** The status of a token. Type NoAuthorization is a start button: there is nobody to refuse (C02). */
export async function authorizeToken(
  token: WireIdToken,
  context: HandlerContext,
): Promise<AuthorizationStatus> {
  if (token.type === 'NoAuthorization') return 'Accepted';
  return context.authorize(token.idToken);
}
