import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface OpenPeriodicEventStream {
  readonly constantStreamData: { readonly id: number; readonly variableMonitoringId: number };
}

/** 2.1 chapter N: a monitor that was set with a stream begins to send. Its values are kept as records. */
export function openPeriodicEventStream(
  payload: OpenPeriodicEventStream,
  context: HandlerContext,
): Handled {
  const { id, variableMonitoringId } = payload.constantStreamData;
  return recorded(
    context,
    { status: 'Accepted' },
    {
      kind: 'other',
      summary: `Event stream ${id} was opened for monitor ${variableMonitoringId}`,
      data: payload,
    },
  );
}
