/** From ledger amperes to what a station is told, and back: units, voltages, profiles (SAFETY R2, R12). */
import type { LeaseStep } from '../../ledger/types.js';
import {
  type ChargingProfile,
  type RateUnit,
  type SchedulePeriod,
  type SmartChargingCapability,
  synthesise,
  synthesiseFallback,
} from '../../profiles/index.js';
import { type Amps, amps, assert, type Violation, type Volts, volts } from '../../solver/index.js';
import type { Site, SiteEvse } from '../sites/site.js';
import { fallbackCarrierOf, hasTaken, leaseCarrierOf, unitOf } from './form.js';
import { offlineGuardSec } from './offline-guard.js';
import type { StationState } from './state.js';

/** Supply voltage stays within 10 % of nominal (EN 50160). */
const VOLTAGE_TOLERANCE_FRACTION = 0.1;

/** Voltage over one channel: line to neutral on wye, line to line on delta. */
export function channelVoltageV(site: Site): Volts {
  return site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
}

/** Rounding of products that are whole by hand: 6 A x 3 at 253 V for 207 V is 22 A. */
const ROUNDING_A = 1e-6;

/** An OCPP limit has one decimal. */
export const LIMIT_TOLERANCE_A = 0.05;

/** A limit in W is written in tenths. */
const FULL_TOLERANCE_A = 1e-3;

/** A kW limit holds at the highest voltage (R12: kW limits convert with V_max). */
export function channelVoltageMaxV(site: Site): Volts {
  return volts(channelVoltageV(site) * (1 + VOLTAGE_TOLERANCE_FRACTION));
}

export function channelVoltageMinV(site: Site): Volts {
  return volts(channelVoltageV(site) * (1 - VOLTAGE_TOLERANCE_FRACTION));
}

/**
 * W that an EVSE is told for each ampere of a channel, where its station takes W. An AC vehicle may put all of
 * them on one phase at the lowest voltage (R12); a rectifier draws on all channels alike, and what it is told
 * is what it gives.
 */
export function limitVoltageV(site: Site, evse: SiteEvse): Volts {
  const voltageMinV = channelVoltageMinV(site);
  if (evse.dc === undefined) return voltageMinV;
  return volts(voltageMinV * channelCount(evse) * evse.dc.efficiencyMin);
}

export function channelCount(evse: SiteEvse): 1 | 2 | 3 {
  const count = evse.channels.filter(Boolean).length;
  assert(count === 1 || count === 2 || count === 3, `${evse.id} loads a conductor`);
  return count;
}

/** Amperes of a direct current say nothing of what is taken from the supply. */
export function unitFor(station: StationState, evse: Pick<SiteEvse, 'dc'>): RateUnit {
  return evse.dc === undefined ? unitOf(station) : 'W';
}

export function takesAmps(station: StationState, evse: Pick<SiteEvse, 'dc'>): boolean {
  return unitFor(station, evse) === 'A';
}

/** In W the vehicle decides on which phases it takes them (R12). */
export function isOnAnyPhase(station: StationState, evse: Pick<SiteEvse, 'dc'>): boolean {
  return evse.dc === undefined && !takesAmps(station, evse);
}

/**
 * The least grant at which a vehicle on this EVSE charges. A watt limit counts P / V_min on each
 * phase, since a single-phase vehicle may use all of it on one (R12); three-phase vehicles then need
 * three times the minimum, and more where the voltage is high.
 */
export function grantMinA(
  site: Site,
  evse: SiteEvse,
  station: StationState,
  pilotMinA: number,
): Amps {
  if (!isOnAnyPhase(station, evse)) return amps(pilotMinA);
  const perPhaseA = (pilotMinA * channelVoltageMaxV(site)) / channelVoltageMinV(site);
  const neededA = Math.ceil(perPhaseA * channelCount(evse) - ROUNDING_A);
  return amps(Math.min(neededA, evse.currentMaxA));
}

/** F0 on this EVSE. Station level 0..max as the station takes it. */
export function fallbackProfile(
  site: Site,
  evse: SiteEvse,
  station: StationState,
): ChargingProfile {
  const profile = synthesiseFallback(
    {
      evseNumber: evse.evseNumber,
      purpose: fallbackCarrierOf(station),
      ...kindOfForm(station),
      limitA: site.settings.fallbackIdleA,
    },
    takenBy(station, evse),
    { voltageMinV: limitVoltageV(site, evse), phaseCount: 1 },
  );
  assert(!Array.isArray(profile), `a fallback can be written for ${evse.id}`);
  return { ...(profile as ChargingProfile), stackLevel: station.stackLevel };
}

/** What the station was found to take, of what it declares. */
function takenBy(station: StationState, evse: SiteEvse): SmartChargingCapability {
  const stackLevelMax = Math.max(station.stackLevel, 0);
  return { ...station.capability, stackLevelMax, units: [unitFor(station, evse)] };
}

function kindOfForm(station: StationState): { readonly kind?: 'relative' } {
  return hasTaken(station, 'relative') ? { kind: 'relative' } : {};
}

/** A lease in one period only has no end: what it grants, it grants for ever. */
export function isEndless(station: StationState): boolean {
  return station.capability.periodsMax < 2 || hasTaken(station, 'relative');
}

/** The profile of a grant, or why this station cannot be told it. */
export function grantProfile(options: {
  readonly site: Site;
  readonly evse: SiteEvse;
  readonly station: StationState;
  readonly transactionId: string;
  readonly limitA: Amps;
  readonly steps: readonly LeaseStep[];
  readonly tailA: Amps;
  readonly boundaryAtMs: number;
  readonly nowMs: number;
  /** Named where the station is told of phases; absent: others must not be tempted to switch. */
  readonly phases?: 1 | 3 | undefined;
  readonly phaseToUse?: 1 | 2 | 3 | undefined;
}): ChargingProfile | readonly Violation[] {
  const { site, evse, station } = options;
  // What it keeps by itself, on all phases at once; also for ever, where its lease has no end.
  const levels = [options.limitA, ...options.steps.map(({ currentA }) => currentA), options.tailA];
  const full = levels.every((it) => it === 0 || it >= evse.currentMaxA);
  const profile = synthesise(
    {
      evseNumber: evse.evseNumber,
      purpose: leaseCarrierOf(station, evse.id),
      ...kindOfForm(station),
      transactionId: options.transactionId,
      limitA: options.limitA,
      steps: options.steps,
      tailA: options.tailA,
      boundaryAtMs: options.boundaryAtMs,
    },
    takenBy(station, evse),
    {
      voltageMinV: limitVoltageV(site, evse),
      phaseCount: full && evse.dc === undefined ? channelCount(evse) : 1,
      ...(options.phases === undefined ? {} : { numberPhases: options.phases }),
      ...(options.phaseToUse === undefined ? {} : { phaseToUse: options.phaseToUse }),
      nowMs: options.nowMs,
    },
  );
  if (Array.isArray(profile)) return profile;
  const maxOfflineSec = offlineGuardSec(options);
  return {
    ...unthrottled(site, evse, profile as ChargingProfile),
    stackLevel: station.stackLevel,
    ...(maxOfflineSec === undefined ? {} : { maxOfflineSec }),
  };
}

/**
 * A rectifier that may take its hardware maximum is told no less than that at any voltage: what it is sure to
 * keep by itself it need not be held below, by the most that it may lose.
 */
function unthrottled(site: Site, evse: SiteEvse, profile: ChargingProfile): ChargingProfile {
  if (evse.dc === undefined) return profile;
  const fullW = Math.floor(evse.currentMaxA * channelCount(evse) * channelVoltageMaxV(site));
  const periods = profile.periods.map((it) =>
    ampsOfComposite(site, evse, 'W', it) < evse.currentMaxA - FULL_TOLERANCE_A
      ? it
      : { ...it, limit: fullW },
  );
  return { ...profile, periods };
}

/** The worst current per phase of a period that a station said it will follow. */
export function ampsOfComposite(
  site: Site,
  evse: SiteEvse,
  unit: RateUnit,
  period: SchedulePeriod,
): number {
  if (unit === 'A') return period.limit;
  return Math.min(period.limit / limitVoltageV(site, evse), evse.currentMaxA);
}
