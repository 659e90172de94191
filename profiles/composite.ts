/**
 * The oracle: what a station will do with a set of profiles. Follows OCPP 1.6 section 3.13 and use
 * cases K01, K08 of 2.x, and where these are silent the behaviour of stations in the field: a gap
 * in a TxProfile falls back to the TxDefaultProfile, a moment without any profile to the station's
 * default, and a recurrence reaches back before its startSchedule.
 *
 * Does not model: randomizedDelay (counted as 0), a state of charge that rises within the window,
 * modes whose rate is decided outside the profile (they limit nothing but what they say).
 */
import type { CompositeSchedule, SchedulePeriod } from './charging-profile.js';
import type { CompositeRequest, StationFacts } from './composite/facts.js';
import type { Value } from './composite/layer.js';
import { evseOutcome, stationOutcome, type Outcome } from './composite/moment.js';
import type { InstalledProfile } from './installed-profile.js';

/** A period of the answer. Values for L2 and L3 are given where phases differ in law (2.1). */
export interface CompositePeriod extends SchedulePeriod {
  readonly limitL2?: number;
  readonly limitL3?: number;
  readonly setpoint?: number;
  readonly setpointL2?: number;
  readonly setpointL3?: number;
  readonly dischargeLimit?: number;
  readonly dischargeLimitL2?: number;
  readonly dischargeLimitL3?: number;
  readonly phaseToUse?: number;
}

/** What the station is expected to answer to GetCompositeSchedule. */
export interface PredictedSchedule extends CompositeSchedule {
  readonly periods: readonly CompositePeriod[];
}

/** Fractional period starts may round onto themselves; the sweep still moves on. */
const PROGRESS_MIN_MS = 1;

/**
 * Predicts the composite schedule of an EVSE, or of the whole station for EVSE 0.
 *
 * Precondition: the profiles are those that the station accepted (`checkProfile`).
 * Postcondition: the first period starts at 0, starts increase strictly, equal neighbours are one.
 */
export function predictComposite(
  profiles: readonly InstalledProfile[],
  station: StationFacts,
  request: CompositeRequest,
): PredictedSchedule {
  const periods: CompositePeriod[] = [];
  let atMs = request.fromMs;
  do {
    const moment = { profiles, station, atMs, windowFromMs: request.fromMs };
    const outcome =
      request.evseNumber === 0
        ? stationOutcome(moment, request.unit)
        : evseOutcome(moment, request.evseNumber, request.unit);
    const period = periodOf(outcome, (atMs - request.fromMs) / 1000);
    const last = periods.at(-1);
    if (!last || !saysTheSame(last, period)) periods.push(period);
    atMs = Math.max(outcome.untilMs, atMs + PROGRESS_MIN_MS);
  } while (atMs < request.toMs);
  return {
    evseNumber: request.evseNumber,
    startAtMs: request.fromMs,
    durationSec: (request.toMs - request.fromMs) / 1000,
    unit: request.unit,
    periods,
  };
}

function periodOf(outcome: Outcome, startSec: number): CompositePeriod {
  const { limit, setpoint, dischargeLimit } = outcome.bounds;
  return {
    startSec,
    limit: typeof limit === 'object' ? limit[0] : limit,
    ...named(limit, ['limit', 'limitL2', 'limitL3']),
    ...named(setpoint, ['setpoint', 'setpointL2', 'setpointL3']),
    ...named(dischargeLimit, ['dischargeLimit', 'dischargeLimitL2', 'dischargeLimitL3']),
    ...(outcome.numberPhases === undefined ? {} : { numberPhases: outcome.numberPhases }),
    ...(outcome.phaseToUse === undefined ? {} : { phaseToUse: outcome.phaseToUse }),
  };
}

function named(
  value: Value | undefined,
  [l1, l2, l3]: readonly [string, string, string],
): Record<string, number> {
  if (value === undefined) return {};
  if (typeof value === 'number') return { [l1]: value };
  return { [l1]: value[0], [l2]: value[1], [l3]: value[2] };
}

function saysTheSame(a: CompositePeriod, b: CompositePeriod): boolean {
  const names = new Set<keyof CompositePeriod>([...keysOf(a), ...keysOf(b)]);
  names.delete('startSec');
  return [...names].every((name) => a[name] === b[name]);
}

function keysOf(period: CompositePeriod): (keyof CompositePeriod)[] {
  return Object.keys(period) as (keyof CompositePeriod)[];
}
