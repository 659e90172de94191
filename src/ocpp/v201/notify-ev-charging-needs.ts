import { parseTimestamp } from '../../../profiles/index.js';
import { fromStation, type Handled, type HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface ChargingNeeds {
  readonly requestedEnergyTransfer: string;
  readonly departureTime?: string;
  readonly acChargingParameters?: { readonly energyAmount: number; readonly evMaxCurrent: number };
  readonly dcChargingParameters?: {
    readonly energyAmount?: number;
    readonly evMaxCurrent: number;
    readonly evEnergyCapacity?: number;
    readonly stateOfCharge?: number;
    readonly fullSoC?: number;
  };
  readonly v2xChargingParameters?: { readonly evTargetEnergyRequest?: number };
}

interface NotifyEVChargingNeeds {
  readonly evseId: number;
  readonly timestamp?: string;
  readonly chargingNeeds: ChargingNeeds;
}

/**
 * K15. Energy and departure become the session's claim, and the schedule follows as the TxProfile of
 * the site's next cycle. An EVSE that is not configured gets none; 2.1 has a word for that.
 */
export function notifyEvChargingNeeds(
  payload: NotifyEVChargingNeeds,
  context: HandlerContext,
): Handled {
  const { evseId, chargingNeeds, timestamp } = payload;
  const isServed = context.evseNumbers.includes(evseId);
  const handled = recorded(context, isServed ? { status: 'Accepted' } : refusal(context), {
    kind: 'ev-charging-needs',
    summary: `EVSE ${evseId}: vehicle asks for ${wishOf(chargingNeeds)}`,
    timestamp,
    evseNumber: evseId,
    data: payload,
  });
  if (!isServed) return handled;
  const energyWh = energyOf(chargingNeeds);
  const departureAtMs = parseTimestamp(chargingNeeds.departureTime ?? '');
  const needs = {
    ...fromStation(context),
    type: 'needs.notified',
    evseNumber: evseId,
    ...(energyWh === undefined ? {} : { energyWh }),
    ...(departureAtMs === undefined ? {} : { departureAtMs }),
  } as const;
  return { ...handled, events: [needs] };
}

function refusal({ version }: HandlerContext): object {
  return version === 'ocpp2.1'
    ? { status: 'NoChargingProfile' }
    : { status: 'Rejected', statusInfo: { reasonCode: 'UnknownEvse' } };
}

/** More than any battery on wheels holds; a slip of the vehicle. */
const ENERGY_MAX_WH = 2_000_000;

/** What is still wanted, Wh; from capacity and state of charge where a DC vehicle says only those. */
function energyOf(needs: ChargingNeeds): number | undefined {
  const { acChargingParameters: ac, dcChargingParameters: dc, v2xChargingParameters: v2x } = needs;
  const { evEnergyCapacity: capacityWh, stateOfCharge, fullSoC = 100 } = dc ?? {};
  const missingWh =
    capacityWh === undefined || stateOfCharge === undefined
      ? undefined
      : (capacityWh * (fullSoC - stateOfCharge)) / 100;
  const energyWh = ac?.energyAmount ?? dc?.energyAmount ?? v2x?.evTargetEnergyRequest ?? missingWh;
  const isCredible = energyWh !== undefined && energyWh > 0 && energyWh <= ENERGY_MAX_WH;
  return isCredible ? energyWh : undefined;
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
