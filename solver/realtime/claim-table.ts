/** Claims as columns, one entry per EVSE of the problem: what the allocator's stages read. */
import { pilotAtLeast, pilotAtMost } from '../pilots.js';
import type { AllocatorSettings, Claim, Evse, SiteProblem } from '../problem.js';
import { HYSTERESIS_SEC, REACHED_TOLERANCE_A, REFERENCE_MAX_A } from './tolerances.js';

/**
 * Where a claim stands in the queue for its minimum; lower is served first. The values above
 * RESTING are not in the queue.
 */
const HELD_ON = 0;
export const STARVING = 1;
export const WANTING = 2;
/** The plan gives it less than its minimum now. */
const UNPLANNED = 3;
/** Switched off too recently: on again only where there is room for all. */
export const RESTING = 4;
/** It needs nothing now: its minimum, and only of what the others leave. */
export const SATISFIED = 5;
const NO_CLAIM = 6;
/** No pilot of the EVSE reaches the vehicle's minimum. */
export const UNSERVABLE = 7;
/** The plan forbids even the minimum. */
export const FORBIDDEN = 8;
/** Its need is known and by laxity it is not its turn: it takes what the urgent leave. */
export const PATIENT = 9;

/** Not in the queue for minimums, but served from what is left in the end. */
export function takesLeftovers(standing: number): boolean {
  return standing === SATISFIED || standing === PATIENT;
}

export interface ClaimTable {
  readonly standing: Uint8Array;
  /** The smallest pilot at which the vehicle charges; 0 without a claim. */
  readonly minA: Float64Array;
  /** The most that the vehicle takes here. */
  readonly maxA: Float64Array;
  /** The largest pilot that it may be given: where the vehicle takes 31.7 A, 32. */
  readonly topA: Float64Array;
  /** The planner's target within [minA, maxA]; maxA without one. */
  readonly targetA: Float64Array;
  readonly reservedA: Float64Array;
  /** Time that could pass without charging, s; smaller is more urgent. */
  readonly laxitySec: Float64Array;
  /** A per s of the level function, and the level at which it is 0 (see `fillByLevel`). */
  readonly slope: Float64Array;
  readonly zeroSec: Float64Array;
  readonly hasTargets: boolean;
}

/** Columns of a problem. Precondition: `checkProblem` finds nothing. */
export function tabulateClaims(problem: SiteProblem): ClaimTable {
  const count = problem.evses.length;
  const column = (): Float64Array => new Float64Array(count);
  const table = {
    standing: new Uint8Array(count).fill(NO_CLAIM),
    minA: column(),
    maxA: column(),
    topA: column(),
    targetA: column(),
    reservedA: column(),
    laxitySec: column(),
    slope: column(),
    zeroSec: column(),
  };
  let hasTargets = false;
  for (const [index, evse] of problem.evses.entries()) {
    table.reservedA[index] = evse.reservedA;
    if (evse.claim === undefined) continue;
    enterBounds(table, index, evse, evse.claim);
    enterLevel(table, index, problem, evse);
    if (evse.claim.targetA !== undefined) hasTargets = true;
  }
  return { ...table, hasTargets };
}

/** V per ampere of EVSE current: its loaded channels times their voltage. */
function voltagePerAmp(problem: SiteProblem, evse: Evse): number {
  const [first, second, third] = evse.channels;
  const loaded = (first ? 1 : 0) + (second ? 1 : 0) + (third ? 1 : 0);
  const { supply, voltageLineToNeutralV, voltageLineToLineV } = problem;
  return loaded * (supply === 'wye' ? voltageLineToNeutralV : voltageLineToLineV);
}

type Columns = Omit<ClaimTable, 'hasTargets'>;

function enterBounds(table: Columns, index: number, evse: Evse, claim: Claim): void {
  const ceilingA = Math.min(evse.currentMaxA, claim.currentMaxA);
  const minA = pilotAtLeast(evse.pilots, claim.currentMinA);
  if (minA === undefined || minA > evse.currentMaxA + REACHED_TOLERANCE_A) {
    table.standing[index] = UNSERVABLE;
    return;
  }
  const capA = claim.targetIsMax === true ? claim.targetA : undefined;
  if (capA !== undefined && capA + REACHED_TOLERANCE_A < minA) {
    table.standing[index] = FORBIDDEN;
    return;
  }
  const maxA = claim.satisfied ? minA : Math.max(minA, Math.min(ceilingA, capA ?? ceilingA));
  table.minA[index] = minA;
  table.maxA[index] = maxA;
  table.topA[index] = claim.satisfied ? minA : topPilot(evse, minA, maxA, capA);
  table.targetA[index] = Math.min(maxA, Math.max(minA, claim.targetA ?? maxA));
}

/** Rounds the vehicle's maximum up to a pilot where the EVSE and the plan allow it. */
function topPilot(evse: Evse, minA: number, maxA: number, capA: number | undefined): number {
  const allowedA = Math.min(evse.currentMaxA, capA ?? evse.currentMaxA);
  const aboveA = pilotAtLeast(evse.pilots, maxA);
  if (aboveA !== undefined && aboveA <= allowedA + REACHED_TOLERANCE_A) return aboveA;
  return Math.max(minA, pilotAtMost(evse.pilots, allowedA));
}

function enterLevel(table: Columns, index: number, problem: SiteProblem, evse: Evse): void {
  const { claim } = evse;
  if (claim === undefined || (table.minA[index] as number) === 0) return;
  const { nowMs, allocator } = problem;
  const takesA = Math.min(claim.currentMaxA, evse.currentMaxA);
  const laxitySec =
    claim.need === undefined
      ? allocator.laxityAssumedSec
      : laxityOf(claim.need, nowMs, takesA * voltagePerAmp(problem, evse));
  const referenceA = claim.need === undefined ? REFERENCE_MAX_A : takesA;
  table.laxitySec[index] = laxitySec;
  table.slope[index] = referenceA / allocator.laxityStepSec;
  table.zeroSec[index] = laxitySec - allocator.laxityStepSec;
  table.standing[index] = standingOf(claim, nowMs, allocator, table.minA[index] as number);
}

/** Time to departure minus time to charge at full power, s. A departure in the past counts as now. */
function laxityOf(
  need: { readonly energyWh: number; readonly departureAtMs: number },
  nowMs: number,
  powerMaxW: number,
): number {
  const staySec = Math.max(0, need.departureAtMs - nowMs) / 1000;
  return staySec - (need.energyWh * 3600) / powerMaxW;
}

function standingOf(
  claim: Claim,
  nowMs: number,
  settings: AllocatorSettings,
  minA: number,
): number {
  const forSec = (nowMs - claim.sinceMs) / 1000;
  const isOn = claim.lastLimitA > 0;
  const switchedOff = !isOn && claim.sinceMs > claim.pluggedInAtMs;
  if (claim.satisfied) return SATISFIED;
  if (isOn && forSec < settings.onMinSec) return HELD_ON;
  if (claim.targetA !== undefined && claim.targetA + REACHED_TOLERANCE_A < minA) return UNPLANNED;
  if (!isOn && forSec >= settings.offMaxSec) return STARVING;
  if (switchedOff && forSec < settings.offMinSec) return RESTING;
  return WANTING;
}

/** Laxity with the bonus of a session that is on, s. */
export function urgencySec(table: ClaimTable, evse: number, claim: Claim): number {
  return (table.laxitySec[evse] as number) - (claim.lastLimitA > 0 ? HYSTERESIS_SEC : 0);
}
