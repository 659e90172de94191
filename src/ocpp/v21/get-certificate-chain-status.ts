import type { Handled, HandlerContext } from '../handler.js';
import { formatInstant } from '../instants.js';
import { counted, recorded } from '../station-record.js';

interface GetCertificateChainStatus {
  readonly certificateStatusRequests: readonly {
    readonly certificateHashData: CertificateHash;
    readonly source: string;
  }[];
}

interface CertificateHash {
  readonly hashAlgorithm: string;
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly serialNumber: string;
}

/** 2.1 chapter M: no OCSP or CRL source is asked on behalf of stations, so the status of each is `Failed`. */
export function getCertificateChainStatus(
  payload: GetCertificateChainStatus,
  context: HandlerContext,
): Handled {
  const requests = payload.certificateStatusRequests;
  const certificateStatus = requests.map(({ certificateHashData, source }) => ({
    certificateHashData: withoutExtras(certificateHashData),
    source,
    status: 'Failed',
    nextUpdate: formatInstant(context.receivedAtMs),
  }));
  const certificates = counted(requests.length, 'certificate');
  return recorded(
    context,
    { certificateStatus },
    {
      kind: 'certificate-request',
      severity: 'warning',
      summary: `Station asks for the status of ${certificates}: no provider is configured`,
      data: payload,
    },
  );
}

/** What a station adds of its own need not come back to it. */
function withoutExtras(hash: CertificateHash): CertificateHash {
  const { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } = hash;
  return { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber };
}
