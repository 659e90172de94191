/** The answer of a virtual station to GetCompositeSchedule, for an EVSE or for the whole station. */
import {
  allowedA,
  type Composite,
  compositeAt,
  type CompositeInput,
  eachPhase,
  evseLimits,
  type EvseHardware,
  leastOf,
  limitIn,
  lowestOf,
  onePhaseOf,
  stationLimits,
  untilOf,
} from './composite.js';
import type { Limit, RateUnit } from './profile.js';

export interface SchedulePeriod {
  readonly startSec: number;
  readonly limit: number;
  /** Of a station that goes by it. */
  readonly numberPhases?: number;
  readonly phaseToUse?: number;
}

export interface Asked {
  readonly fromMs: number;
  readonly durationSec: number;
  readonly unit: RateUnit;
  /** Whether the station goes by the number of phases, and by the one that is named. */
  readonly switchesPhases?: 'first' | 'named';
}

/** Limits of one EVSE from `fromMs`, never above its hardware, rounded down to 0.1. */
export function compositeSchedule(
  input: CompositeInput,
  hardware: EvseHardware,
  asked: Asked,
): readonly SchedulePeriod[] {
  const perAmpere = asked.unit === 'A' ? 1 : hardware.voltageV * hardware.phaseCount;
  return sweep(asked, (atMs) => {
    const composite = compositeAt(input, atMs);
    const limit = roundDown(allowedA(composite, hardware) * perAmpere);
    return { untilMs: composite.untilMs, said: { limit, ...switchedBy(composite, asked) } };
  });
}

function switchedBy(
  composite: Composite,
  { switchesPhases }: Asked,
): Pick<SchedulePeriod, 'numberPhases' | 'phaseToUse'> {
  const one = onePhaseOf(composite, switchesPhases);
  if (one === undefined) return {};
  return { numberPhases: 1, ...(switchesPhases === 'named' ? { phaseToUse: one + 1 } : {}) };
}

/** One period of what follows from the profiles alone. */
export interface FollowedPeriod {
  readonly startSec: number;
  readonly limit: Limit;
  readonly numberPhases?: number;
}

/** Where no profile limits an EVSE, and what the units of a sum are converted with. */
export interface Followed extends Asked {
  readonly defaultLimit: number;
}

/** What one EVSE follows, whatever its hardware; not rounded. */
export function followedByEvse(input: CompositeInput, asked: Followed): readonly FollowedPeriod[] {
  return sweep(asked, (atMs) => {
    const composite = compositeAt(input, atMs);
    const limit = limitIn(asked.unit, composite, input) ?? asked.defaultLimit;
    return { untilMs: composite.untilMs, said: { limit, ...phasesOf(composite) } };
  });
}

/** The sum of what the EVSEs follow, each without a limit at its default, under the station's own. */
export function followedByStation(
  inputs: readonly CompositeInput[],
  asked: Followed,
): readonly FollowedPeriod[] {
  const [first] = inputs;
  if (first === undefined) return [];
  const station: CompositeInput = { ...first, evseNumber: 0 };
  return sweep(asked, (atMs) => {
    const each = inputs.map((input) => evseLimits(input, atMs));
    const counts = each.flatMap(({ numberPhases }) => numberPhases ?? []);
    const sum = each
      .map((limits, index) => limitIn(asked.unit, limits, inputs[index] ?? station))
      .reduce<Limit>(
        (total, one) => eachPhase(total, one ?? asked.defaultLimit, (a, b) => a + b),
        0,
      );
    const summed = {
      ...(asked.unit === 'A' ? { limitA: sum } : { limitW: sum }),
      ...(counts.length === 0 ? {} : { numberPhases: Math.max(...counts) }),
    };
    const capped = lowestOf([summed, stationLimits(station, atMs)], station);
    const limit = limitIn(asked.unit, capped, station) ?? asked.defaultLimit;
    const untilMs = Math.min(...inputs.map((input) => untilOf(input, atMs)));
    return { untilMs, said: { limit, ...phasesOf(capped) } };
  });
}

/** The whole station as it answers: its EVSEs within their hardware, under its own limits. */
export function stationSchedule(
  evses: readonly { readonly input: CompositeInput; readonly hardware: EvseHardware }[],
  asked: Asked,
): readonly SchedulePeriod[] {
  const [first] = evses;
  if (first === undefined) return [];
  const station: CompositeInput = {
    ...first.input,
    evseNumber: 0,
    phaseCount: first.hardware.phaseCount,
    voltageV: first.hardware.voltageV,
  };
  return sweep(asked, (atMs) => {
    let sum = 0;
    for (const { input, hardware } of evses) {
      const perAmpere = asked.unit === 'A' ? 1 : hardware.voltageV * hardware.phaseCount;
      sum += allowedA(evseLimits(input, atMs), hardware) * perAmpere;
    }
    const cap = limitIn(asked.unit, stationLimits(station, atMs), station);
    const limit = roundDown(cap === undefined ? sum : Math.min(sum, leastOf(cap)));
    const untilMs = Math.min(...evses.map(({ input }) => untilOf(input, atMs)));
    return { untilMs, said: { limit } };
  });
}

/** Goes from change to change; equal neighbours are one period. */
function sweep<T extends { readonly limit: Limit; readonly numberPhases?: number }>(
  { fromMs, durationSec }: Asked,
  at: (atMs: number) => { readonly untilMs: number; readonly said: T },
): readonly (T & { readonly startSec: number })[] {
  const periods: (T & { readonly startSec: number })[] = [];
  const toMs = fromMs + durationSec * 1000;
  let atMs = fromMs;
  do {
    const { said, untilMs } = at(atMs);
    const startSec = Math.round((atMs - fromMs) / 1000);
    const last = periods.at(-1);
    if (last?.startSec === startSec) periods[periods.length - 1] = { ...said, startSec };
    else if (last === undefined || !isSame(last, said)) periods.push({ ...said, startSec });
    atMs = untilMs;
  } while (atMs < toMs);
  return periods;
}

const isSame = (
  a: { readonly limit: Limit; readonly numberPhases?: number },
  b: { readonly limit: Limit; readonly numberPhases?: number },
): boolean => String(a.limit) === String(b.limit) && a.numberPhases === b.numberPhases;

const phasesOf = ({
  numberPhases,
}: Pick<Composite, 'numberPhases'>): { readonly numberPhases?: number } =>
  numberPhases === undefined ? {} : { numberPhases };

/** OCPP limits have one decimal; the slack keeps 16.0 from becoming 15.9. */
const roundDown = (value: number): number => Math.floor(value * 10 + 1e-6) / 10;
