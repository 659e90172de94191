import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface GetCertificateStatus {
  readonly ocspRequestData: { readonly serialNumber: string; readonly responderURL: string };
}

/** M06: a station wants an OCSP answer. No responder is asked on behalf of stations: `Failed`. */
export function getCertificateStatus(
  payload: GetCertificateStatus,
  context: HandlerContext,
): Handled {
  const additionalInfo = 'no OCSP provider is configured';
  const { serialNumber } = payload.ocspRequestData;
  return recorded(
    context,
    { status: 'Failed', statusInfo: { reasonCode: 'NoProvider', additionalInfo } },
    {
      kind: 'certificate-request',
      severity: 'warning',
      summary: `Station asks for the status of certificate ${serialNumber}: ${additionalInfo}`,
      data: payload,
    },
  );
}
