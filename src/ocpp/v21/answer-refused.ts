import type { RefusedAnswer } from '../frame-intake.js';
import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

/** 2.1 part 4: the station says, by CALLRESULTERROR, that an answer of ours was no use to it. */
export function answerRefused(refused: RefusedAnswer, context: HandlerContext): Handled {
  const { messageId, action, errorCode, description } = refused;
  const which = action === undefined ? `message ${messageId}` : `${action} (${messageId})`;
  const why = description === '' ? errorCode : `${errorCode}, ${description}`;
  return recorded(
    context,
    {},
    {
      kind: 'other',
      severity: 'warning',
      summary: `Station could not use our answer to ${which}: ${why}`,
      data: refused,
    },
  );
}
