import type { Handled, HandlerContext } from '../handler.js';
import { requestPem } from '../pem.js';
import { signingUseOf } from '../requests/certificate.js';
import { signingAnswer } from '../signing-answer.js';

interface SignCertificate {
  readonly csr: string;
  readonly certificateType?: string;
  readonly requestId?: number;
}

/** A02, A03. OCPP 2.1 numbers its requests. */
export function signCertificate(
  { csr, certificateType, requestId }: SignCertificate,
  context: HandlerContext,
): Promise<Handled> {
  return signingAnswer(context, {
    csrPem: requestPem(csr),
    use: signingUseOf(certificateType),
    ...(requestId !== undefined && { requestId }),
  });
}
