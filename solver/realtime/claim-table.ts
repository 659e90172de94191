/** Claims as columns, one entry per place of the site: what the allocator's stages read. */
import type { Topology } from '../electrical/topology.js';
import { pilotAtLeast, pilotAtMost } from '../pilots.js';
import type { AllocatorSettings, Claim, Evse, PilotSet, SiteProblem } from '../problem.js';
import { HYSTERESIS_SEC, REACHED_TOLERANCE_A, REFERENCE_MAX_A } from './tolerances.js';

/**
 * Where a claim stands in the queue for its minimum; lower is served first. The values above
 * RESTING are not in the queue.
 */
/** On, and would not charge again after a pause: it stays on to its end. */
const LASTING = 0;
const HELD_ON = 1;
export const STARVING = 2;
export const WANTING = 3;
/** Paused, and does not charge again by itself: only into what turns leave, and to its end. */
const BEHIND_TURNS = 4;
/** Switched off too recently: on again only where there is room for all. */
export const RESTING = 5;
/** It needs nothing now: its minimum, and only of what the others leave. */
export const SATISFIED = 6;
const NO_CLAIM = 7;
/** No pilot of the EVSE reaches the vehicle's minimum. */
export const UNSERVABLE = 8;
/** The plan forbids even the minimum. */
export const FORBIDDEN = 9;
/** Its need is known and by laxity it is not its turn: it takes what the urgent leave. */
export const PATIENT = 10;
/** The plan gives it less than its minimum now: it takes what the planned leave. */
export const UNPLANNED = 11;

const ALL_CHANNELS = 7;

/** Not in the queue for minimums, but served from what is left in the end. */
export function takesLeftovers(standing: number): boolean {
  return standing === SATISFIED || canWait(standing);
}

export const canWait = (standing: number): boolean =>
  standing === PATIENT || standing === UNPLANNED;

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
  /** The same with the bonus of a session that is on. */
  readonly urgencySec: Float64Array;
  /** A per s of the level function, and the level at which it is 0 (see `fillByLevel`). */
  readonly slope: Float64Array;
  readonly zeroSec: Float64Array;
  /** See `Claim.creditAs`; 0 without one. */
  readonly creditAs: Float64Array;
  readonly lastLimitA: Float64Array;
  readonly priority: Float64Array;
  readonly pluggedInAtMs: Float64Array;
  readonly sinceMs: Float64Array;
  readonly isOn: Uint8Array;
  readonly isNeedKnown: Uint8Array;
  /** The planner, not laxity, says whose turn it is. */
  readonly isPlanned: Uint8Array;
  readonly pilots: PilotSet[];
  hasTargets: boolean;
  hasCredits: boolean;
  nowMs: number;
  offMaxMs: number;
}

export function startClaimTable(count: number): ClaimTable {
  const column = (): Float64Array => new Float64Array(count);
  return {
    standing: new Uint8Array(count),
    minA: column(),
    maxA: column(),
    topA: column(),
    targetA: column(),
    reservedA: column(),
    laxitySec: column(),
    urgencySec: column(),
    slope: column(),
    zeroSec: column(),
    creditAs: column(),
    lastLimitA: column(),
    priority: column(),
    pluggedInAtMs: column(),
    sinceMs: column(),
    isOn: new Uint8Array(count),
    isNeedKnown: new Uint8Array(count),
    isPlanned: new Uint8Array(count),
    pilots: [],
    hasTargets: false,
    hasCredits: false,
    nowMs: 0,
    offMaxMs: 0,
  };
}

/** What the columns are made from besides the problem. */
interface Places {
  readonly topology: Topology;
  readonly evseAt: Int32Array;
  readonly table: ClaimTable;
}

/** Writes the columns of a problem. Precondition: `checkProblem` finds nothing. */
export function tabulateClaims(places: Places, problem: SiteProblem): void {
  const { evseAt, table } = places;
  const { channelMask } = places.topology;
  const voltageV =
    problem.supply === 'wye' ? problem.voltageLineToNeutralV : problem.voltageLineToLineV;
  table.hasTargets = false;
  table.hasCredits = false;
  table.nowMs = problem.nowMs;
  table.offMaxMs = problem.allocator.offMaxSec * 1000;
  for (let place = 0; place < evseAt.length; place += 1) {
    const evse = problem.evses[evseAt[place] as number] as Evse;
    table.reservedA[place] = evse.reservedA;
    table.pilots[place] = evse.pilots;
    table.minA[place] = 0;
    table.maxA[place] = 0;
    table.topA[place] = 0;
    table.targetA[place] = 0;
    table.slope[place] = 0;
    table.zeroSec[place] = 0;
    table.standing[place] = NO_CLAIM;
    table.isNeedKnown[place] = 0;
    table.isPlanned[place] = 0;
    const { claim } = evse;
    if (claim === undefined || !enterBounds(table, place, evse, claim)) continue;
    const mask = (channelMask[place] as number) & maskOf(claim.usedChannels);
    const loaded = (mask & 1) + ((mask >> 1) & 1) + (mask >> 2);
    enterLevel(table, place, problem, claim, {
      takesA: Math.min(claim.currentMaxA, evse.currentMaxA),
      wattsPerAmp: loaded * voltageV,
    });
    if (claim.targetA === undefined) continue;
    table.hasTargets = true;
    table.isPlanned[place] = claim.targetIsMax === true ? 0 : 1;
  }
}

function maskOf(channels: Claim['usedChannels']): number {
  if (channels === undefined) return ALL_CHANNELS;
  return (channels[0] ? 1 : 0) + (channels[1] ? 2 : 0) + (channels[2] ? 4 : 0);
}

/** False where the claim cannot be served at all. */
function enterBounds(table: ClaimTable, place: number, evse: Evse, claim: Claim): boolean {
  const ceilingA = Math.min(evse.currentMaxA, claim.currentMaxA);
  const minA = pilotAtLeast(evse.pilots, claim.currentMinA);
  if (minA === undefined || minA > evse.currentMaxA + REACHED_TOLERANCE_A) {
    table.standing[place] = UNSERVABLE;
    return false;
  }
  const capA = claim.targetIsMax === true ? claim.targetA : undefined;
  if (capA !== undefined && capA + REACHED_TOLERANCE_A < minA) {
    table.standing[place] = FORBIDDEN;
    return false;
  }
  const maxA = claim.satisfied ? minA : Math.max(minA, Math.min(ceilingA, capA ?? ceilingA));
  table.minA[place] = minA;
  table.maxA[place] = maxA;
  table.topA[place] = claim.satisfied ? minA : topPilot(evse, minA, maxA, capA);
  table.targetA[place] = Math.min(maxA, Math.max(minA, claim.targetA ?? maxA));
  return true;
}

/** Rounds the vehicle's maximum up to a pilot where the EVSE and the plan allow it. */
function topPilot(evse: Evse, minA: number, maxA: number, capA: number | undefined): number {
  const allowedA = Math.min(evse.currentMaxA, capA ?? evse.currentMaxA);
  const aboveA = pilotAtLeast(evse.pilots, maxA);
  if (aboveA !== undefined && aboveA <= allowedA + REACHED_TOLERANCE_A) return aboveA;
  return Math.max(minA, pilotAtMost(evse.pilots, allowedA));
}

function enterLevel(
  table: ClaimTable,
  place: number,
  { nowMs, allocator }: SiteProblem,
  claim: Claim,
  { takesA, wattsPerAmp }: { readonly takesA: number; readonly wattsPerAmp: number },
): void {
  const { need } = claim;
  const isOn = claim.lastLimitA > 0;
  const laxitySec =
    need === undefined ? allocator.laxityAssumedSec : laxityOf(need, nowMs, takesA * wattsPerAmp);
  table.laxitySec[place] = laxitySec;
  table.urgencySec[place] = isOn ? laxitySec - HYSTERESIS_SEC : laxitySec;
  table.slope[place] = (need === undefined ? REFERENCE_MAX_A : takesA) / allocator.laxityStepSec;
  table.zeroSec[place] = laxitySec - allocator.laxityStepSec;
  table.standing[place] = standingOf(claim, nowMs, allocator, table.minA[place] as number);
  table.creditAs[place] = claim.creditAs ?? 0;
  if (claim.creditAs !== undefined) table.hasCredits = true;
  table.lastLimitA[place] = claim.lastLimitA;
  table.priority[place] = claim.priority;
  table.pluggedInAtMs[place] = claim.pluggedInAtMs;
  table.sinceMs[place] = claim.sinceMs;
  table.isOn[place] = isOn ? 1 : 0;
  table.isNeedKnown[place] = need === undefined ? 0 : 1;
}

/** Time to departure minus time to charge at full power, s. A departure in the past counts as now. */
export function laxityOf(
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
  if (isOn && claim.resumes === false) return LASTING;
  if (isOn && forSec < settings.onMinSec) return HELD_ON;
  if (claim.targetA !== undefined && claim.targetA + REACHED_TOLERANCE_A < minA) return UNPLANNED;
  if (claim.resumes === false && switchedOff) return BEHIND_TURNS;
  if (!isOn && forSec >= settings.offMaxSec) return STARVING;
  if (switchedOff && forSec < settings.offMinSec) return RESTING;
  return WANTING;
}
