/**
 * The largest share of its energy that everybody can have alike, from above. How little must stay short
 * of a share is a linear program; its prices say what the vehicles at a bottleneck can have in all, and
 * thereby which shares are out of reach. The share is lowered to the largest one that these prices allow,
 * until nothing stays short: Newton's method (Radzik 1998), which never falls below what can be had and
 * takes a few steps.
 */
import { costBound } from './cost-bound.js';
import type { PlanPrices, PlanProblem, PlanSession, PlanStorage } from './problem.js';

export interface FairShare {
  /** In (0, 1]: up to this share of what each wants is given to all alike. */
  readonly shareMax: number;
  /** In the order of the problem's sessions; undefined: it is owed nothing, because nobody said what it wants. */
  readonly wanted: readonly (Wanted | undefined)[];
}

export interface Wanted {
  readonly deliveredWh: number;
  /** Of all its stay, what was delivered included. */
  readonly totalWh: number;
}

/** Of what a stay allows: slots end a little before departures, rests keep vehicles off. */
const REACHABLE_FRACTION = 0.98;
const STEPS_MAX = 12;
/** Steps become shorter; what is left after one of this length matters to nobody. */
const STEP_MIN = 1e-3;
/** Accuracy of solutions. */
const SHORT_MIN_KWH = 1e-3;
/** Of the share that one row of prices allows; each costs a sum. */
const HALVINGS = 40;

/** What a session is to have of the energy still wanted, at a share of all that it wants. */
export function owedWh(
  { sessions, slotSec }: PlanProblem,
  { wanted: everybody }: FairShare,
  index: number,
  share: number,
): number {
  const wanted = everybody[index];
  if (wanted === undefined) return 0;
  const { energyWh, powerMaxW, firstSlot, endSlot } = sessions[index] as PlanSession;
  let staySec = 0;
  for (let slot = firstSlot; slot < endSlot; slot += 1) staySec += slotSec[slot] ?? 0;
  const reachableWh = Math.min(energyWh, (powerMaxW * staySec) / 3600);
  const shortWh = share * wanted.totalWh - wanted.deliveredWh;
  return REACHABLE_FRACTION * Math.max(0, Math.min(shortWh, reachableWh));
}

/**
 * No larger share is possible; with exact prices this one is. `known` are prices of the problem as it is,
 * which save a step; `pricesOf` solves a problem in which everything may stay unmet.
 */
export function shareCeiling(
  problem: PlanProblem,
  fair: FairShare,
  known: PlanPrices | undefined,
  pricesOf: (problem: PlanProblem) => PlanPrices | undefined,
): number {
  let share = fair.shareMax;
  if (known !== undefined) {
    const owed = owedAlone(problem, fair, share);
    share = lowered(owed, pricesOfOwed(owed, known));
  }
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const owed = owedAlone(problem, fair, share);
    const prices = pricesOf(owed.problem);
    if (prices === undefined) break;
    const before = share;
    share = lowered(owed, prices);
    if (before - share < STEP_MIN) break;
  }
  return share;
}

interface Owed {
  readonly fair: FairShare;
  readonly share: number;
  readonly whole: PlanProblem;
  /** Nothing but what is owed at the share, at no other price than that of leaving it unmet. */
  readonly problem: PlanProblem;
  /** Of its sessions in the whole. */
  readonly indices: readonly number[];
}

function owedAlone(whole: PlanProblem, fair: FairShare, share: number): Owed {
  const indices: number[] = [];
  const sessions = whole.sessions.flatMap((session, index): readonly PlanSession[] => {
    const energyWh = owedWh(whole, fair, index, share);
    if (energyWh <= 0) return [];
    indices.push(index);
    return [owedSession(session, energyWh)];
  });
  const { connection, weights } = whole;
  const free = whole.slotSec.map(() => 0);
  const { storage } = connection;
  const problem: PlanProblem = {
    ...whole,
    sessions,
    connection: {
      ...connection,
      ...(storage === undefined ? {} : { storage: costFree(storage) }),
      orders: [],
      importPricePerKwh: free,
      exportPricePerKwh: free,
      demandChargePerKw: 0,
    },
    weights: { siteLimitPerKwh: 0, orderPerKwh: 0, unmetPerKwh: weights.unmetPerKwh },
  };
  return { fair, share, whole, problem, indices };
}

function costFree(storage: PlanStorage): PlanStorage {
  const { chargeCostPerKwh: _, dischargeCostPerKwh: __, ...rest } = storage;
  return { ...rest, wearCostPerKwh: 0, terminalPricePerKwh: 0 };
}

function owedSession(session: PlanSession, energyWh: number): PlanSession {
  const { costPerKwh: _, unmetMaxWh: __, taper, ...rest } = session;
  const owed = { ...rest, energyWh, priority: 1 };
  if (taper === undefined) return owed;
  // The battery is as full as it would be on the way to all that is wanted.
  const aboveW = taper.wattsPerMissingWh * (session.energyWh - energyWh);
  return { ...owed, taper: { ...taper, powerFullW: taper.powerFullW + aboveW } };
}

/** Of the whole, for the sessions that are owed something; tapers may do without. */
function pricesOfOwed({ indices }: Owed, prices: PlanPrices): PlanPrices {
  const { taper: _, ...others } = prices;
  const energy = Float64Array.from(indices, (index) => prices.energy[index] as number);
  return { ...others, energy };
}

/** The largest share up to the one asked for that these prices allow. */
function lowered({ fair, share, whole, problem, indices }: Owed, prices: PlanPrices): number {
  const { unmetPerKwh } = problem.weights;
  // Any prices bound; within these limits less energy owed never raises what is short.
  const energy = prices.energy.map((price) => Math.max(0, Math.min(unmetPerKwh, price)));
  const shortage = costBound(problem, { ...prices, energy });
  if (!(shortage > SHORT_MIN_KWH * unmetPerKwh)) return share;
  const worth = (at: number): number =>
    indices.reduce(
      (sum, index, own) => sum + ((energy[own] as number) * owedWh(whole, fair, index, at)) / 1000,
      0,
    );
  // At a smaller share the bound is at least this one, less what is owed less.
  const most = worth(share) - shortage;
  let low = 0;
  let high = share;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (worth(middle) > most) high = middle;
    else low = middle;
  }
  return high;
}
