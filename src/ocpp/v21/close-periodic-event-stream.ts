import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

/** 2.1 chapter N: a stream of monitored values ends. */
export function closePeriodicEventStream(
  payload: { readonly id: number },
  context: HandlerContext,
): Handled {
  return recorded(
    context,
    {},
    { kind: 'other', summary: `Event stream ${payload.id} was closed`, data: payload },
  );
}
