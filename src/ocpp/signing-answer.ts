import type { Handled, HandlerContext } from './handler.js';
import type { SigningAsk } from './ports.js';

/** Status fields of 2.x hold this much. */
const REASON_CODE = 'InvalidCSR';
const REASON_LENGTH_MAX = 500;

/**
 * Accepted means that the request is stored and will be looked after (A02.FR.02); the certificate comes
 * later, in CertificateSigned. The request shows among what stations report either way.
 */
export async function signingAnswer(context: HandlerContext, ask: SigningAsk): Promise<Handled> {
  const { stationId, receivedAtMs, version } = context;
  const refusal = await context.requestCertificate(ask);
  const answer =
    refusal === undefined
      ? { status: 'Accepted' }
      : { status: 'Rejected', ...why(version, refusal) };
  const record = {
    stationId,
    kind: 'certificate-request',
    severity: refusal === undefined ? 'info' : 'warning',
    atMs: receivedAtMs,
    receivedAtMs,
    ...(ask.requestId !== undefined && { requestId: ask.requestId }),
    summary:
      refusal === undefined
        ? 'Certificate request taken'
        : `Certificate request refused: ${refusal}`.slice(0, REASON_LENGTH_MAX),
    data: { use: ask.use, ...(refusal === undefined ? {} : { refusal }) },
  } as const;
  return { events: [], records: [record], answer };
}

function why(version: HandlerContext['version'], refusal: string): object {
  if (version === 'ocpp1.6') return {};
  const additionalInfo = refusal.slice(0, REASON_LENGTH_MAX);
  return { statusInfo: { reasonCode: REASON_CODE, additionalInfo } };
}
