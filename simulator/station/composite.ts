/**
 * What a virtual station makes of its profiles at an instant. Written from the rules of the
 * standard for the station alone, so that a mistake of the CPMS about composite schedules shows
 * here.
 */
import type { Limit, Period, Profile, Purpose, RateUnit } from './profile.js';
import { type Circumstances, instantOf } from './profile-instant.js';

/** The profiles and the transaction that decide for one EVSE. */
export interface CompositeInput extends Circumstances {
  readonly profiles: readonly Profile[];
  readonly evseNumber: number;
  /** 1.6: a TxDefault of the connector goes before those of connector 0. 2.x: both are one stack. */
  readonly ownDefaultReplaces: boolean;
  /** Absent without a transaction: then the defaults say what a new one would get. */
  readonly transaction?: {
    readonly id: string | undefined;
    readonly startedAtMs: number;
    /** Only assumed: every TxProfile counts. */
    readonly isAssumed?: boolean;
    readonly hasPriority?: boolean;
    readonly socPercent?: number;
  };
  /** Without a transaction defaults count for nothing: the answer is about now. */
  readonly idleIsFree?: boolean;
  /** What an absent numberPhases stands for (2.x, AC); absent: for nothing. */
  readonly missingPhaseCount?: number;
  /** Phases by which watts are divided where nobody names a number; absent: 3. */
  readonly phaseCount?: number;
  readonly voltageV?: number;
}

/** The lowest limit in each unit; absent where nothing limits. */
export interface Limits {
  readonly limitA?: Limit;
  readonly limitW?: Limit;
  readonly numberPhases?: number;
  /** 2.x: the one that is to be used, where it is one. */
  readonly phaseToUse?: number;
}

/** Constant until `untilMs`. */
export interface Composite extends Limits {
  readonly untilMs: number;
}

const FOREVER_MS = Number.POSITIVE_INFINITY;
const SPLIT_PHASES = 3;
const GRID_PURPOSES: readonly Purpose[] = [
  'station-max',
  'external-constraints',
  'local-generation',
];

/** The composite of one EVSE at `atMs`: its transaction, what others constrain, the maximum. */
export function compositeAt(input: CompositeInput, atMs: number): Composite {
  const { evseNumber } = input;
  const grid = gridLimits(input, [0, evseNumber], ['external-constraints', 'station-max'], atMs);
  const merged = lowestOf([transactionLimits(input, atMs), grid], input);
  return { ...merged, untilMs: untilOf(input, atMs) };
}

/** What the transaction alone is held to, and what others constrain the EVSE to. */
export function evseLimits(input: CompositeInput, atMs: number): Limits {
  const grid = gridLimits(input, [0, input.evseNumber], ['external-constraints'], atMs);
  return lowestOf([transactionLimits(input, atMs), grid], input);
}

/** What holds for the station as a whole. */
export function stationLimits(input: CompositeInput, atMs: number): Limits {
  return gridLimits(input, [0], ['external-constraints', 'station-max'], atMs);
}

/** The first instant after `atMs` at which some profile may say something else. */
export function untilOf(input: CompositeInput, atMs: number): number {
  return input.profiles.reduce(
    (untilMs, profile) => Math.min(untilMs, instantOf(profile, input, atMs).untilMs),
    FOREVER_MS,
  );
}

/** Priority where it is on; the TxProfile; at each moment without one, the default. */
function transactionLimits(input: CompositeInput, atMs: number): Limits | undefined {
  const { evseNumber, transaction } = input;
  const both = [0, evseNumber];
  if (transaction?.hasPriority === true) {
    const first = lead(input, 'priority-charging', both, atMs);
    if (first !== undefined) return first;
  }
  if (transaction !== undefined) {
    const own = lead(input, 'tx', [evseNumber], atMs);
    if (own !== undefined) return own;
  } else if (input.idleIsFree === true) return undefined;
  if (!input.ownDefaultReplaces) return lead(input, 'tx-default', both, atMs);
  return lead(input, 'tx-default', [evseNumber], atMs) ?? lead(input, 'tx-default', [0], atMs);
}

/** The lowest of the grid's limits; what is generated here comes on top. */
function gridLimits(
  input: CompositeInput,
  evseNumbers: readonly number[],
  purposes: readonly Purpose[],
  atMs: number,
): Limits {
  const limits = purposes.map((purpose) =>
    lead(input, purpose, purpose === 'station-max' ? [0] : evseNumbers, atMs),
  );
  const merged = lowestOf(limits, input);
  const extra = lead(input, 'local-generation', evseNumbers, atMs);
  if (extra === undefined) return merged;
  const extraA = limitIn('A', extra, input) ?? 0;
  const totalW = limitIn('W', extra, input) ?? 0;
  const overPhases = extra.numberPhases ?? input.phaseCount ?? SPLIT_PHASES;
  const extraW = isEach(merged.limitW) ? spread(totalW, overPhases) : totalW;
  return {
    ...merged,
    ...(merged.limitA === undefined ? {} : { limitA: eachPhase(merged.limitA, extraA, add) }),
    ...(merged.limitW === undefined ? {} : { limitW: eachPhase(merged.limitW, extraW, add) }),
  };
}

/** The highest stack level that has a limit at this moment. */
function lead(
  input: CompositeInput,
  purpose: Purpose,
  evseNumbers: readonly number[],
  atMs: number,
): Limits | undefined {
  let best: { readonly profile: Profile; readonly period: Period } | undefined;
  for (const profile of input.profiles) {
    if (profile.purpose !== purpose || !evseNumbers.includes(profile.evseNumber)) continue;
    if (purpose === 'tx' && !isOfTransaction(profile, input)) continue;
    const { period } = instantOf(profile, input, atMs);
    if (period === undefined) continue;
    if (best === undefined || profile.stackLevel > best.profile.stackLevel) {
      best = { profile, period };
    }
  }
  return best === undefined ? undefined : limitsOf(best.profile, best.period, input);
}

function isOfTransaction(profile: Profile, { transaction }: CompositeInput): boolean {
  if (transaction === undefined) return false;
  if (transaction.isAssumed === true || profile.transactionId === undefined) return true;
  return profile.transactionId === transaction.id;
}

function limitsOf(profile: Profile, period: Period, input: CompositeInput): Limits {
  const numberPhases = period.numberPhases ?? input.missingPhaseCount;
  const { phaseToUse } = period;
  const phases = {
    ...(numberPhases === undefined ? {} : { numberPhases }),
    ...(phaseToUse === undefined ? {} : { phaseToUse }),
  };
  const inUnit = (limit: Limit): Limits =>
    profile.unit === 'A' ? { limitA: limit, ...phases } : { limitW: limit, ...phases };
  const said = inUnit(period.limit);
  const { limitAtSoc } = profile;
  // A state of charge is that of a vehicle: it says nothing about what the grid allows.
  const soc = GRID_PURPOSES.includes(profile.purpose) ? undefined : input.transaction?.socPercent;
  if (limitAtSoc === undefined || soc === undefined || soc < limitAtSoc.percent) return said;
  return lowestOf([said, inUnit(limitAtSoc.limit)], input);
}

/** Amperes and watts are kept apart; they meet only when somebody asks for one unit. */
export function lowestOf(all: readonly (Limits | undefined)[], input: CompositeInput): Limits {
  const given = all.filter((limits) => limits !== undefined);
  const isSplit = given.some((it) => isEach(it.limitA) || isEach(it.limitW));
  let limitA: Limit | undefined;
  let limitW: Limit | undefined;
  let numberPhases: number | undefined;
  const phaseToUse = given.find((it) => it.phaseToUse !== undefined)?.phaseToUse;
  for (const it of given) {
    const overPhases = it.numberPhases ?? input.phaseCount ?? SPLIT_PHASES;
    if (it.limitA !== undefined) limitA = lower(limitA, isSplit ? spread(it.limitA, 1) : it.limitA);
    if (it.limitW !== undefined) {
      limitW = lower(limitW, isSplit ? spread(it.limitW, overPhases) : it.limitW);
    }
    if (it.numberPhases !== undefined) {
      numberPhases = Math.min(numberPhases ?? it.numberPhases, it.numberPhases);
    }
  }
  return {
    ...(limitA === undefined ? {} : { limitA }),
    ...(limitW === undefined ? {} : { limitW }),
    ...(numberPhases === undefined ? {} : { numberPhases }),
    ...(phaseToUse === undefined ? {} : { phaseToUse }),
  };
}

/** Both units as one, the lower of the two; a single phase takes the lowest of three. */
export function limitIn(unit: RateUnit, limits: Limits, input: CompositeInput): Limit | undefined {
  const { voltageV = 230, phaseCount = SPLIT_PHASES } = input;
  const wattsPerAmpere = voltageV * (limits.numberPhases ?? phaseCount);
  const other = unit === 'A' ? limits.limitW : limits.limitA;
  const convert = (limit: Limit): Limit => {
    const factor = typeof limit === 'number' ? wattsPerAmpere : voltageV;
    return eachPhase(limit, unit === 'A' ? 1 / factor : factor, (a, b) => a * b);
  };
  const own = unit === 'A' ? limits.limitA : limits.limitW;
  const limit = other === undefined ? own : lower(own, convert(other));
  return limits.numberPhases === 1 && limit !== undefined ? leastOf(limit) : limit;
}

export const leastOf = (limit: Limit): number =>
  typeof limit === 'number' ? limit : Math.min(...limit);

const isEach = (limit: Limit | undefined): boolean =>
  limit !== undefined && typeof limit !== 'number';

const add = (a: number, b: number): number => a + b;

const lower = (a: Limit | undefined, b: Limit): Limit =>
  a === undefined ? b : eachPhase(a, b, Math.min);

function spread(limit: Limit, overPhases: number): Limit {
  if (typeof limit !== 'number') return limit;
  const one = limit / overPhases;
  return [one, one, one];
}

export function eachPhase(a: Limit, b: Limit, pick: (a: number, b: number) => number): Limit {
  if (typeof a === 'number' && typeof b === 'number') return pick(a, b);
  const at = (limit: Limit, index: 0 | 1 | 2): number =>
    typeof limit === 'number' ? limit : limit[index];
  return [pick(at(a, 0), at(b, 0)), pick(at(a, 1), at(b, 1)), pick(at(a, 2), at(b, 2))];
}

/** What the EVSE itself is: its hardware maximum holds where no profile limits. */
export interface EvseHardware {
  readonly currentMaxA: number;
  readonly phaseCount: number;
  readonly voltageV: number;
}

/**
 * The one of its phases that hardware closes which goes by a number of phases, from 0; undefined: all. It
 * hears the name of one only where it is `named`.
 */
export function onePhaseOf(
  { numberPhases, phaseToUse = 1 }: Limits,
  switches: 'first' | 'named' | undefined,
): number | undefined {
  if (switches === undefined || numberPhases !== 1) return undefined;
  return switches === 'named' ? phaseToUse - 1 : 0;
}

/** The current on each phase in use that a composite allows. */
export function allowedA({ limitA, limitW }: Limits, hardware: EvseHardware): number {
  const perPhaseW = hardware.voltageV * (isEach(limitW) ? 1 : hardware.phaseCount);
  return Math.min(
    hardware.currentMaxA,
    limitA === undefined ? FOREVER_MS : leastOf(limitA),
    limitW === undefined ? FOREVER_MS : leastOf(limitW) / perPhaseW,
  );
}
