import type { Handled, HandlerContext } from '../handler.js';
import { counted, moreToCome, recorded } from '../station-record.js';

interface NotifyDisplayMessages {
  readonly requestId: number;
  readonly tbc?: boolean;
  readonly messageInfo?: readonly unknown[];
}

/** O03, O04: a part of what GetDisplayMessages asked for. */
export function notifyDisplayMessages(
  payload: NotifyDisplayMessages,
  context: HandlerContext,
): Handled {
  const { requestId, tbc, messageInfo = [] } = payload;
  return recorded(
    context,
    {},
    {
      kind: 'display-messages',
      summary: `Display shows ${counted(messageInfo.length, 'message')}${moreToCome(tbc)}`,
      requestId,
      data: payload,
    },
  );
}
