import { fromStation, type Handled, type HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface NotifyPriorityCharging {
  readonly transactionId: string;
  readonly activated: boolean;
}

/**
 * 2.1 chapter K: a driver asked the station for priority, or gave it back. A profile for it is never
 * ours, and overrules those that are.
 */
export function notifyPriorityCharging(
  payload: NotifyPriorityCharging,
  context: HandlerContext,
): Handled {
  const { transactionId, activated } = payload;
  const handled = recorded(
    context,
    {},
    {
      kind: 'priority-charging',
      severity: activated ? 'warning' : 'info',
      summary: `Priority charging of ${transactionId} was ${activated ? 'started' : 'ended'}`,
      data: payload,
    },
  );
  return { ...handled, events: [{ ...fromStation(context), type: 'station.unsettled' }] };
}
