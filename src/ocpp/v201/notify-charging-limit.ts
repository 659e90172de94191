import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface NotifyChargingLimit {
  readonly evseId?: number;
  readonly chargingLimit: {
    readonly chargingLimitSource: string;
    readonly isGridCritical?: boolean;
    readonly isLocalGeneration?: boolean;
  };
}

/** K12: somebody else limits the station. It can only lower what we allow, so nothing is recounted. */
export function notifyChargingLimit(
  payload: NotifyChargingLimit,
  context: HandlerContext,
): Handled {
  const { evseId, chargingLimit } = payload;
  const { chargingLimitSource, isGridCritical } = chargingLimit;
  const where = evseId === undefined || evseId === 0 ? 'the whole station' : `EVSE ${evseId}`;
  const why = isGridCritical === true ? ', critical for the grid' : '';
  return recorded(
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
}
