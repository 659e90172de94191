import type { Handled, HandlerContext } from '../handler.js';
import { counted, recorded } from '../station-record.js';

interface NotifyPeriodicEventStream {
  readonly id: number;
  readonly pending: number;
  readonly basetime: string;
  readonly data: readonly unknown[];
}

/** 2.1 chapter N: values of a stream, by SEND: taken, never answered. */
export function notifyPeriodicEventStream(
  payload: NotifyPeriodicEventStream,
  context: HandlerContext,
): Handled {
  const { id, pending, basetime, data } = payload;
  const more = pending > 0 ? `, ${pending} more wait` : '';
  return recorded(
    context,
    {},
    {
      kind: 'monitor-event',
      summary: `Event stream ${id}: ${counted(data.length, 'value')}${more}`,
      timestamp: basetime,
      data: payload,
    },
  );
}
