import type { Handled, HandlerContext } from '../handler.js';
import { requestPem } from '../pem.js';
import { signingAnswer } from '../signing-answer.js';

interface SignCertificate {
  readonly csr: string;
}

/** Security extension of 1.6 (SignCertificate.req): for the station's own certificate. */
export function signCertificate(
  { csr }: SignCertificate,
  context: HandlerContext,
): Promise<Handled> {
  return signingAnswer(context, { csrPem: requestPem(csr), use: 'station' });
}
