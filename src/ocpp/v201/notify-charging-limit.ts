import { fromStation, type Handled, type HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface NotifyChargingLimit {
  readonly evseId?: number;
  readonly chargingLimit: {
    readonly chargingLimitSource: string;
    readonly isGridCritical?: boolean;
    readonly isLocalGeneration?: boolean;
  };
}

/**
 * K12: somebody else limits the station. It can only lower what we allow, so nothing is recounted;
 * but for local generation (2.1), which adds to it.
 */
export function notifyChargingLimit(
  payload: NotifyChargingLimit,
  context: HandlerContext,
): Handled {
  const { evseId, chargingLimit } = payload;
  const { chargingLimitSource, isGridCritical, isLocalGeneration } = chargingLimit;
  const where = evseId === undefined || evseId === 0 ? 'the whole station' : `EVSE ${evseId}`;
  const why = isGridCritical === true ? ', critical for the grid' : '';
  const handled = recorded(
    context,
    {},
    {
      kind: 'charging-limit',
      severity: isGridCritical === true ? 'warning' : 'info',
      summary: `${chargingLimitSource} limits ${where}${why}`,
      evseNumber: evseId,
      data: payload,
    },
  );
  if (isLocalGeneration !== true) return handled;
  return { ...handled, events: [{ ...fromStation(context), type: 'station.unsettled' }] };
}
