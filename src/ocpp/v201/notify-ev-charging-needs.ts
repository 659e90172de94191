import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface ChargingNeeds {
  readonly requestedEnergyTransfer: string;
  readonly departureTime?: string;
  readonly acChargingParameters?: { readonly energyAmount: number; readonly evMaxCurrent: number };
  readonly dcChargingParameters?: { readonly energyAmount?: number; readonly evMaxCurrent: number };
  readonly v2xChargingParameters?: { readonly evTargetEnergyRequest?: number };
}

interface NotifyEVChargingNeeds {
  readonly evseId: number;
  readonly timestamp?: string;
  readonly chargingNeeds: ChargingNeeds;
}

/**
 * K15. Limits here come with the cycle of the site and not as an answer to one vehicle, so no schedule
 * is promised: the station offers what its profiles allow. 2.1 has a word for that.
 */
export function notifyEvChargingNeeds(
  payload: NotifyEVChargingNeeds,
  context: HandlerContext,
): Handled {
  const { evseId, chargingNeeds, timestamp } = payload;
  const answer =
    context.version === 'ocpp2.1'
      ? { status: 'NoChargingProfile' }
      : { status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } };
  return recorded(context, answer, {
    kind: 'ev-charging-needs',
    summary: `EVSE ${evseId}: vehicle asks for ${wishOf(chargingNeeds)}`,
    timestamp,
    evseNumber: evseId,
    data: payload,
  });
}

/** `12.5 kWh, at most 32 A, AC_three_phase, until 2026-03-01T18:00:00Z`; absent parts are left out. */
function wishOf(needs: ChargingNeeds): string {
  const { acChargingParameters: ac, dcChargingParameters: dc, v2xChargingParameters: v2x } = needs;
  const energyWh = ac?.energyAmount ?? dc?.energyAmount ?? v2x?.evTargetEnergyRequest;
  const currentMaxA = ac?.evMaxCurrent ?? dc?.evMaxCurrent;
  return [
    energyWh === undefined ? 'energy' : `${(energyWh / 1000).toFixed(1)} kWh`,
    ...(currentMaxA === undefined ? [] : [`at most ${currentMaxA} A`]),
    needs.requestedEnergyTransfer,
    ...(needs.departureTime === undefined ? [] : [`until ${needs.departureTime}`]),
  ].join(', ');
}
