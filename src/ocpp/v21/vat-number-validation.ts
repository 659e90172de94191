import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface VatNumberValidation {
  readonly vatNumber: string;
  readonly evseId?: number;
}

/** 2.1 chapter C: no register of VAT numbers is configured. The number must come back in the answer. */
export function vatNumberValidation(
  payload: VatNumberValidation,
  context: HandlerContext,
): Handled {
  const { vatNumber, evseId } = payload;
  const additionalInfo = 'no register of VAT numbers is configured';
  return recorded(
    context,
    {
      status: 'Rejected',
      vatNumber,
      ...(evseId !== undefined && { evseId }),
      statusInfo: { reasonCode: 'NoProvider', additionalInfo },
    },
    {
      kind: 'other',
      severity: 'warning',
      summary: `Station asks whether a VAT number is valid: ${additionalInfo}`,
      evseNumber: evseId,
      data: payload,
    },
  );
}
