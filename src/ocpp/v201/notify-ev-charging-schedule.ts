import type { Handled, HandlerContext } from '../handler.js';
import { counted, recorded } from '../station-record.js';

interface NotifyEVChargingSchedule {
  readonly evseId: number;
  readonly timeBase: string;
  readonly chargingSchedule: { readonly chargingSchedulePeriod: readonly unknown[] };
}

/** K17: what the vehicle means to do. `Accepted` says that it was read, not that it is agreed to. */
export function notifyEvChargingSchedule(
  payload: NotifyEVChargingSchedule,
  context: HandlerContext,
): Handled {
  const { evseId, timeBase, chargingSchedule } = payload;
  const periods = counted(chargingSchedule.chargingSchedulePeriod.length, 'period');
  return recorded(
    context,
    { status: 'Accepted' },
    {
      kind: 'ev-charging-schedule',
      summary: `EVSE ${evseId}: vehicle announces a schedule of ${periods}`,
      timestamp: timeBase,
      evseNumber: evseId,
      data: payload,
    },
  );
}
