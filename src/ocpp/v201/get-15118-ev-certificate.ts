import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface Get15118EVCertificate {
  readonly iso15118SchemaVersion: string;
  readonly action: string;
}

/**
 * M01, M02: a vehicle wants a contract certificate. No contract provider is configured, so the answer
 * is `Failed`; the request itself is of no use to a person.
 */
export function get15118EvCertificate(
  payload: Get15118EVCertificate,
  context: HandlerContext,
): Handled {
  const { action, iso15118SchemaVersion } = payload;
  const additionalInfo = 'no contract certificate provider is configured';
  return recorded(
    context,
    { status: 'Failed', exiResponse: '', statusInfo: { reasonCode: 'NoProvider', additionalInfo } },
    {
      kind: 'certificate-request',
      severity: 'warning',
      summary: `Vehicle asks for a contract certificate (${action}): ${additionalInfo}`,
      data: { action, iso15118SchemaVersion },
    },
  );
}
