import type { Handled, HandlerContext } from '../handler.js';
import type { WireIdToken } from './id-token.js';
import { authorizeToken } from './id-token.js';

/** C01. */
export async function authorize(
  payload: { readonly idToken: WireIdToken },
  context: HandlerContext,
): Promise<Handled> {
  const status = await authorizeToken(payload.idToken, context);
  return { events: [], answer: { idTokenInfo: { status } } };
}
