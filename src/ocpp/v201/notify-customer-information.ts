import type { Handled, HandlerContext } from '../handler.js';
import { moreToCome, recorded } from '../station-record.js';

interface NotifyCustomerInformation {
  readonly requestId: number;
  readonly seqNo: number;
  readonly generatedAt: string;
  readonly tbc?: boolean;
  readonly data: string;
}

/** N09: a part of the free text that CustomerInformation asked for; named tokens in it are masked. */
export function notifyCustomerInformation(
  payload: NotifyCustomerInformation,
  context: HandlerContext,
): Handled {
  const { requestId, seqNo, generatedAt, tbc } = payload;
  return recorded(
    context,
    {},
    {
      kind: 'customer-information',
      summary: `Customer information, part ${seqNo}${moreToCome(tbc)}`,
      timestamp: generatedAt,
      requestId,
      data: payload,
    },
  );
}
