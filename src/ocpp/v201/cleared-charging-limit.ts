import { fromStation, type Handled, type HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface ClearedChargingLimit {
  readonly chargingLimitSource: string;
  readonly evseId?: number;
}

/** K13: a limit that was not ours is gone. */
export function clearedChargingLimit(
  payload: ClearedChargingLimit,
  context: HandlerContext,
): Handled {
  const { chargingLimitSource, evseId } = payload;
  const where = evseId === undefined || evseId === 0 ? 'the whole station' : `EVSE ${evseId}`;
  const handled = recorded(
    context,
    {},
    {
      kind: 'charging-limit-cleared',
      summary: `${chargingLimitSource} no longer limits ${where}`,
      evseNumber: evseId,
      data: payload,
    },
  );
  const cleared = {
    ...fromStation(context),
    type: 'limit.cleared',
    source: chargingLimitSource,
    evseNumber: evseId ?? 0,
  } as const;
  return { ...handled, events: [cleared] };
}
