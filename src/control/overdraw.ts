/** R9: what a sample says of the current, and when that is more than a limit. */
import type { MeterSample } from '../ocpp/messages.js';
import type { Site, SiteEvse } from '../sites/site.js';
import { channelCount, channelVoltageMaxV, channelVoltageMinV } from './charge-rate.js';

/** What a meter may be wrong by. */
const OVERDRAW_FRACTION = 0.02;
const OVERDRAW_A = 0.2;

/** A sample as it was seen: none is from the future. */
export interface SeenSample extends MeterSample {
  /** It was measured between this and now; absent: nobody knows how long ago. */
  readonly notBeforeMs?: number | undefined;
}

export function isOverdrawn(drawnA: number, allowedA: number): boolean {
  return drawnA > withinMeterA(allowedA);
}

/** The most that a meter may show of a current that is allowed. */
export function withinMeterA(allowedA: number): number {
  return allowedA * (1 + OVERDRAW_FRACTION) + OVERDRAW_A;
}

/** Of all conductors; undefined where no current was measured. */
export function largestA(sample: MeterSample | undefined): number | undefined {
  const known = sample?.currentA?.filter((it): it is number => it !== undefined) ?? [];
  return known.length === 0 ? undefined : Math.max(...known);
}

/**
 * The most loaded phase carries no less than this. Where no current was measured, the power is spread over
 * all phases of the EVSE at the highest voltage; undefined: the sample has neither.
 */
export function atLeastA(
  site: Site,
  evse: SiteEvse | undefined,
  sample: MeterSample,
): number | undefined {
  const measuredA = largestA(sample);
  if (measuredA !== undefined || evse === undefined) return measuredA;
  return sample.powerW === undefined ? undefined : sample.powerW / wattsPerAmpMax(site, evse);
}

/** The most loaded phase carries no more: all of the power may be on one, at the lowest voltage. */
export function atMostA(site: Site, sample: MeterSample): number | undefined {
  const measuredA = largestA(sample);
  if (measuredA !== undefined || sample.powerW === undefined) return measuredA;
  return sample.powerW / channelVoltageMinV(site);
}

/** The most that one ampere on each phase of an EVSE can be. */
export function wattsPerAmpMax(site: Site, evse: SiteEvse): number {
  return channelCount(evse) * channelVoltageMaxV(site);
}
