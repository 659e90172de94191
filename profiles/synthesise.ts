/**
 * Makes charging profiles: a lease from a grant of the ledger, and the fallback for unknown
 * sessions.
 */
import type { Amps, Violation, Volts } from '../solver/index.js';
import type {
  ChargingProfile,
  ProfilePurpose,
  RateUnit,
  SchedulePeriod,
  SmartChargingCapability,
} from './charging-profile.js';
import { EVSE_NUMBER_MAX, profileIdOf, STACK_LEVEL } from './profile-id.js';
import { roundDownToStep, roundDownToTenth } from './round-down.js';

/**
 * What one EVSE may draw: `limitA`, less from each step on, and from the boundary on `tailA` (F1) without
 * end.
 */
export interface LeaseGrant {
  readonly evseNumber: number;
  /** What carries it; absent: a TxProfile. */
  readonly purpose?: ProfilePurpose;
  /** Relative: it holds for the whole transaction, so that grant and tail must be equal. */
  readonly kind?: 'relative';
  /** Written on a TxProfile only. */
  readonly transactionId: string;
  /** A per phase; 0 pauses. */
  readonly limitA: Amps;
  /** Lower limits from then on, each a whole second, ascending, before the boundary. */
  readonly steps?: readonly { readonly fromMs: number; readonly currentA: Amps }[];
  /** The ledger's boundary, epoch ms, a whole second: OCPP periods start on whole seconds. */
  readonly boundaryAtMs: number;
  readonly tailA: Amps;
}

/** What the station must do for sessions that we do not know of (F0). */
export interface FallbackGrant {
  readonly evseNumber: number;
  /** What carries it; absent: a TxDefaultProfile. */
  readonly purpose?: 'tx-default' | 'station-max';
  readonly kind?: 'relative';
  readonly limitA: Amps;
}

export interface SynthesisOptions {
  /**
   * Lowest voltage line to neutral that the supply may have, V. Used only where the station takes
   * W: the vehicle's current is P / V, so a watt limit keeps a current limit only at the lowest
   * voltage.
   */
  readonly voltageMinV: Volts;
  /**
   * Over how many phases the station *certainly* splits its power. 1 is always safe: a vehicle that
   * charges on one phase may put the whole of a watt limit on it.
   */
  readonly phaseCount: 1 | 2 | 3;
  /**
   * Written as `numberPhases` of every period when present. Absent for DC, where it has no meaning,
   * and where the station must not be tempted to switch phases (absent means 3 to an AC station).
   */
  readonly numberPhases?: 1 | 2 | 3;
  /** Written beside one phase where the station declares that it can be told (K01.FR.19, K01.FR.20). */
  readonly phaseToUse?: 1 | 2 | 3;
}

/**
 * A schedule starts this long before now, so that it holds at once on a station whose clock is
 * slow.
 */
export const START_BACKDATE_SEC = 60;

/**
 * The fallback starts on 2010-01-02T00:00:00Z: past for every replay of old sessions and for every
 * station whose clock was ever set, and always the same profile. Not earlier: MicroOcpp takes a start
 * before 2010-01-01T00:00:01Z for none, and a schedule without one limits nothing in the second in which
 * a transaction starts, nor after it until something else changes.
 */
export const FALLBACK_START_AT_MS = 1_262_390_400_000;

const ID_INT_MAX = 2 ** 31 - 1;

/**
 * The TxProfile of a lease. Kind Absolute, periods [0: grant; steps; boundary: tail], no duration: what
 * holds after the lease is written in the profile and not left to the station. One period when tail
 * and grant are equal once rounded. Limits are rounded down to the station's step and to 0.1.
 *
 * @returns the profile, or why this station cannot be told this grant
 */
export function synthesise(
  grant: LeaseGrant,
  capability: SmartChargingCapability,
  options: SynthesisOptions & { readonly nowMs: number },
): ChargingProfile | Violation[] {
  const violations = [
    ...evseViolations(grant.evseNumber),
    ...limitViolations('/limitA', grant.limitA),
    ...limitViolations('/tailA', grant.tailA),
    ...stepViolations(grant, options.nowMs),
    ...boundaryViolations(grant.boundaryAtMs, options.nowMs),
    ...transactionViolations(grant.transactionId),
    ...capabilityViolations(capability),
  ];
  if (violations.length > 0) return violations;

  const startAtMs = Math.floor(options.nowMs / 1000 - START_BACKDATE_SEC) * 1000;
  const encoder = encoderOf(capability, options);
  const at = (atMs: number, limitA: number) => encoder.period((atMs - startAtMs) / 1000, limitA);
  const all = [
    encoder.period(0, grant.limitA),
    ...(grant.steps ?? []).map(({ fromMs, currentA }) => at(fromMs, currentA)),
    at(grant.boundaryAtMs, grant.tailA),
  ];
  const periods = all.filter(({ limit }, index) => limit !== all[index - 1]?.limit);
  if (periods.length > capability.periodsMax) {
    return [violation('periods-max', '/periods', `${periods.length} > ${capability.periodsMax}`)];
  }
  if (grant.kind === 'relative' && periods.length > 1) {
    return [violation('relative-endless', '/kind', 'nobody knows when a Relative lease ends')];
  }
  const { purpose = 'tx', kind } = grant;
  return {
    ...placeOf(purpose, grant.evseNumber, capability),
    ...(purpose === 'tx' ? { transactionId: grant.transactionId } : {}),
    startAtMs,
    ...(kind === undefined ? {} : { kind }),
    unit: encoder.unit,
    periods,
  };
}

/**
 * The TxDefaultProfile F0: one open period from a fixed instant of the past, the same at every
 * call.
 */
export function synthesiseFallback(
  grant: FallbackGrant,
  capability: SmartChargingCapability,
  options: SynthesisOptions,
): ChargingProfile | Violation[] {
  const violations = [
    ...evseViolations(grant.evseNumber),
    ...limitViolations('/limitA', grant.limitA),
    ...capabilityViolations(capability),
  ];
  if (violations.length > 0) return violations;
  const encoder = encoderOf(capability, options);
  const { purpose = 'tx-default', kind } = grant;
  return {
    ...placeOf(purpose, grant.evseNumber, capability),
    startAtMs: FALLBACK_START_AT_MS,
    ...(kind === undefined ? {} : { kind }),
    unit: encoder.unit,
    periods: [encoder.period(0, grant.limitA)],
  };
}

/** Fixed ids and places; the maximum of a station belongs to no EVSE. */
function placeOf(
  purpose: ProfilePurpose,
  number: number,
  { externalIdMax }: SmartChargingCapability,
): Pick<ChargingProfile, 'id' | 'stackLevel' | 'purpose' | 'evseNumber'> {
  const evseNumber = purpose === 'station-max' ? 0 : number;
  const id = profileIdOf(purpose, evseNumber, externalIdMax);
  return { id, stackLevel: STACK_LEVEL, purpose, evseNumber };
}

/**
 * Writes current limits in the station's unit: A where it takes A, else W at the lowest voltage.
 */
function encoderOf(capability: SmartChargingCapability, options: SynthesisOptions) {
  const unit: RateUnit = capability.units.includes('A') ? 'A' : 'W';
  const period = (startSec: number, limitA: number): SchedulePeriod => {
    const stepA = roundDownToStep(limitA, capability.stepA);
    const limit =
      unit === 'A' ? stepA : roundDownToTenth(stepA * options.voltageMinV * options.phaseCount);
    const { numberPhases, phaseToUse } = options;
    if (numberPhases === undefined) return { startSec, limit };
    const isNamed = numberPhases === 1 && phaseToUse !== undefined;
    return { startSec, limit, numberPhases, ...(isNamed ? { phaseToUse } : {}) };
  };
  return { unit, period };
}

function evseViolations(evseNumber: number): Violation[] {
  if (Number.isInteger(evseNumber) && evseNumber >= 1 && evseNumber <= EVSE_NUMBER_MAX) return [];
  return [
    violation('evse-number', '/evseNumber', `${evseNumber} is not within 1..${EVSE_NUMBER_MAX}`),
  ];
}

function limitViolations(field: string, limitA: number): Violation[] {
  if (Number.isFinite(limitA) && limitA >= 0) return [];
  return [violation('limit-not-negative', field, `${limitA} A is not a limit`)];
}

function boundaryViolations(boundaryAtMs: number, nowMs: number): Violation[] {
  if (!Number.isInteger(boundaryAtMs / 1000)) {
    return [
      violation('boundary-whole-second', '/boundaryAtMs', `${boundaryAtMs} ms splits a second`),
    ];
  }
  const aheadSec = (boundaryAtMs - nowMs) / 1000;
  if (aheadSec > 0 && aheadSec < ID_INT_MAX - START_BACKDATE_SEC) return [];
  return [violation('boundary-ahead', '/boundaryAtMs', `boundary is ${aheadSec} s ahead`)];
}

function stepViolations(
  { limitA, steps = [], boundaryAtMs }: LeaseGrant,
  nowMs: number,
): Violation[] {
  return steps.flatMap(({ fromMs, currentA }, index) => {
    const field = `/steps/${index}`;
    const before = steps[index - 1] ?? { fromMs: nowMs, currentA: limitA };
    const isBetween = fromMs > before.fromMs && fromMs < boundaryAtMs && fromMs % 1000 === 0;
    if (isBetween && currentA <= before.currentA) return limitViolations(field, currentA);
    return [
      violation('steps-descend', field, `${currentA} A from ${fromMs} ms on is no step down`),
    ];
  });
}

function transactionViolations(transactionId: string): Violation[] {
  if (transactionId.length >= 1 && transactionId.length <= 36) return [];
  return [
    violation(
      'transaction-id-length',
      '/transactionId',
      `${transactionId.length} of 1..36 characters`,
    ),
  ];
}

function capabilityViolations(capability: SmartChargingCapability): Violation[] {
  const found: Violation[] = [];
  if (capability.units.length === 0) {
    found.push(violation('unit-supported', '/unit', 'the station takes neither A nor W'));
  }
  if (!(capability.stepA > 0)) {
    found.push(violation('step-positive', '/stepA', `${capability.stepA} A is not a step`));
  }
  if (capability.stackLevelMax < STACK_LEVEL) {
    found.push(
      violation(
        'stack-level-supported',
        '/stackLevel',
        `${STACK_LEVEL} > ${capability.stackLevelMax}`,
      ),
    );
  }
  if (capability.periodsMax < 1) {
    found.push(violation('periods-max', '/periods', `1 > ${capability.periodsMax}`));
  }
  return found;
}

function violation(rule: string, field: string, message: string): Violation {
  return { rule, field, message };
}
