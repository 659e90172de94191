/**
 * R12 for rectifiers: what a charger of direct current reports is what it gives. Its currents are those of the
 * vehicle's battery, and say nothing of the supply; its power does.
 */
import type { MeterSample } from '../ocpp/messages.js';
import type { Site, SiteEvse } from '../sites/site.js';
import { channelCount, channelVoltageMaxV, limitVoltageV } from './charge-rate.js';

/** As if metered on the supply, by the same measure by which limits are told; the power stays what is given. */
export function onSupplySide<Sample extends MeterSample>(
  site: Site,
  evse: SiteEvse | undefined,
  sample: Sample,
): Sample {
  if (evse?.dc === undefined) return sample;
  const { currentA: _given, voltageV: _atBattery, ...rest } = sample;
  const powerW = sample.powerW ?? productW(sample);
  if (powerW === undefined) return rest as Sample;
  const perChannelA = takenA(site, evse, Math.max(0, powerW));
  const on = (at: 0 | 1 | 2): number => (at < channelCount(evse) ? perChannelA : 0);
  return { ...rest, powerW, currentA: [on(0), on(1), on(2)] } as unknown as Sample;
}

/**
 * By the measure of limits; beyond the hardware maximum, which nobody told it, no more than is certain: at the
 * highest voltage, with nothing lost.
 */
function takenA(site: Site, evse: SiteEvse, powerW: number): number {
  const currentA = powerW / limitVoltageV(site, evse);
  if (currentA <= evse.currentMaxA) return currentA;
  return Math.max(evse.currentMaxA, powerW / (channelCount(evse) * channelVoltageMaxV(site)));
}

/** A current without a phase stands on all three. */
function productW({ currentA, voltageV }: MeterSample): number | undefined {
  if (currentA === undefined || voltageV === undefined) return undefined;
  const most = (all: readonly (number | undefined)[]): number =>
    Math.max(0, ...all.map((it) => it ?? 0));
  return most(currentA) * most(voltageV);
}

/** W that an EVSE takes from the supply, without its standby, for what its station says that it gives. */
export function takenW(evse: Pick<SiteEvse, 'dc'> | undefined, powerW: number): number {
  return powerW / (evse?.dc?.efficiencyMin ?? 1);
}
