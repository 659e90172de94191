import type { Handled, HandlerContext } from '../handler.js';
import { authorizeToken, idTokenInfo, type WireIdToken } from './id-token.js';

interface Authorize {
  readonly idToken: WireIdToken;
  readonly certificate?: string;
  readonly iso15118CertificateHashData?: readonly object[];
}

/**
 * C01. A contract certificate (C07) cannot be vouched for: no provider is configured whose roots and
 * revocation lists would tell. The token may be good, the certificate is not accepted, and a station
 * can then ask the driver for another token.
 */
export async function authorize(payload: Authorize, context: HandlerContext): Promise<Handled> {
  const { certificate, iso15118CertificateHashData: hashes } = payload;
  const ask = { purpose: 'look-up', atMs: context.receivedAtMs } as const;
  const known = await authorizeToken(payload.idToken, ask, context);
  if (certificate === undefined && hashes === undefined) {
    return { events: [], answer: { idTokenInfo: idTokenInfo(known) } };
  }
  const status = known.status === 'Accepted' ? 'Invalid' : known.status;
  return {
    events: [],
    answer: { idTokenInfo: idTokenInfo({ status }), certificateStatus: 'CertChainError' },
  };
}
