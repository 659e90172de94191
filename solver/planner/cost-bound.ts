/**
 * How far from the optimum a plan can be, from prices of the constraints. Like the check of a plan it
 * shares no code with the model or the interior point.
 */
import type { PlanPrices, PlanProblem, PlanSession } from './problem.js';
import { capacityKw, leastKwh, type PlanCheck, type Site, siteOf } from './verify-plan.js';

/** A capacity below this counts as none, kW. */
const NO_CAPACITY_KW = 1e-6;
const NO_PRICES = new Float64Array(0);
/** Unmet energy that weighs as much as the money of a plan at least: accuracy ends at a part of it. */
const UNMET_KWH = 10;

/**
 * How far a plan is from the best one at most, relative to the money that it costs. Penalties are left
 * out, because energy that no plan could have met would drown all that plans differ in; never relative
 * to more than max(1, |cost|).
 */
export function gapOf(
  problem: PlanProblem,
  check: Pick<PlanCheck, 'cost' | 'penalty'>,
  bound: number,
): number {
  return (check.cost - bound) / gapScale(problem, check);
}

/** What a gap is relative to. */
export function gapScale(
  { weights }: PlanProblem,
  { cost, penalty }: Pick<PlanCheck, 'cost' | 'penalty'>,
): number {
  const money = Math.max(Math.abs(cost - penalty), UNMET_KWH * weights.unmetPerKwh);
  return Math.max(1, Math.min(Math.abs(cost), money));
}

/**
 * What every plan costs at least, by the prices of the constraints: each vehicle and each part of
 * the site answers the prices in the way that is best for it (Lagrangian duality). Prices of the
 * wrong sign count as 0, and prices of cuts that are absent too.
 */
export function costBound(problem: PlanProblem, prices: PlanPrices): number {
  const site = siteOf(problem);
  const draw = drawPrices(problem, prices);
  const { phaseCount: m } = problem;
  let bound = 0;
  for (let panel = 0; panel < problem.panels.length; panel += 1) {
    for (let at = 0; at < draw.length; at += 1) {
      const price = Math.min(0, prices.panel[panel * draw.length + at] as number);
      if (price < 0) bound += price * capacityKw(problem, panel, at);
    }
  }
  const group = groupPrices(problem, prices.cut);
  bound += group.bound;
  let firstTaper = 0;
  for (const [index, session] of problem.sessions.entries()) {
    const above = group.ofPanel[session.panelIndex];
    const taper = taperPrices(problem, session, prices.taper, firstTaper);
    if (session.taper !== undefined) firstTaper += session.endSlot - session.firstSlot;
    bound += taper.bound;
    bound += sessionBound(problem, session, prices.energy[index] as number, taper.ofSlot, (at) => {
      const panel = Math.min(0, prices.panel[session.panelIndex * draw.length + at] as number);
      return panel + (draw[at] as number) + (above?.[at] ?? 0);
    });
  }
  for (let t = 0; t < site.hours.length; t += 1) {
    let mean = 0;
    for (let f = 0; f < m; f += 1) mean += (draw[t * m + f] as number) / m;
    bound += slotBound(problem, site, prices, t, mean);
  }
  const peakSum = prices.peak.reduce((sum, price) => sum + Math.min(0, price), 0);
  const rise = problem.connection.demandChargePerKw + peakSum;
  const most = Math.max(site.gridKw, site.peakKw, ...site.baseKw) - site.peakKw;
  return bound + Math.min(0, rise) * most + storageBound(problem, prices, site);
}

/** What the limits of groups bring, and what a kW of each panel pays at them, `[slot * phases + phase]`. */
function groupPrices(
  { groups = [], panels, slotSec, phaseCount: m }: PlanProblem,
  cut: Float64Array = NO_PRICES,
) {
  const ofPanel: (Float64Array | undefined)[] = panels.map(() => undefined);
  let bound = 0;
  let first = 0;
  for (const { panelIndices, cuts } of groups) {
    const own = new Float64Array(slotSec.length * m);
    for (const { weights, limitW } of cuts) {
      for (let slot = 0; slot < slotSec.length; slot += 1) {
        const price = Math.min(0, cut[first + slot] ?? 0);
        if (price === 0) continue;
        bound += (price * (limitW[slot] as number)) / 1000;
        for (const [phase, weight] of weights.entries())
          own[slot * m + phase] = (own[slot * m + phase] as number) + price * weight;
      }
      first += slotSec.length;
    }
    for (const panel of panelIndices) {
      const sum = ofPanel[panel];
      ofPanel[panel] = own.map((price, at) => price + (sum?.[at] ?? 0));
    }
  }
  return { bound, ofPanel };
}

/** What a session's taper brings, and what a kW of each slot pays at it: now, and in all slots after. */
function taperPrices(
  { slotSec }: PlanProblem,
  { taper, firstSlot, endSlot, energyWh }: PlanSession,
  prices: Float64Array = NO_PRICES,
  first: number,
) {
  if (taper === undefined) return { bound: 0, ofSlot: [] };
  const ofSlot: number[] = [];
  let after = 0;
  for (let slot = endSlot - 1; slot >= firstSlot; slot -= 1) {
    const price = Math.min(0, prices[first + slot - firstSlot] ?? 0);
    const perKw = (taper.wattsPerMissingWh * (slotSec[slot] as number)) / 3600;
    ofSlot.unshift(price + perKw * after);
    after += price;
  }
  const fullKw = (taper.powerFullW + taper.wattsPerMissingWh * energyWh) / 1000;
  return { bound: after * fullKw, ofSlot };
}

/** Price of one kW drawn on each phase at the site. */
function drawPrices({ phaseCount: m, slotSec }: PlanProblem, prices: PlanPrices): Float64Array {
  const draw = new Float64Array(slotSec.length * m);
  for (let at = 0; at < draw.length; at += 1) {
    const balance = prices.balance[Math.floor(at / m)] as number;
    draw[at] = m === 1 ? balance : balance + (prices.phase[at] as number);
  }
  return draw;
}

function sessionBound(
  problem: PlanProblem,
  session: PlanSession,
  energyPrice: number,
  taper: readonly number[],
  priceAt: (at: number) => number,
): number {
  const kwh = session.energyWh / 1000;
  const unmet = problem.weights.unmetPerKwh * session.priority;
  const unmetMaxKwh = Math.min(session.energyWh, session.unmetMaxWh ?? session.energyWh) / 1000;
  let bound = energyPrice * kwh;
  for (const half of [0, 1, 2]) {
    const price = unmet + (half * (problem.weights.equalSharePerKwh ?? 0)) / 2;
    bound += (Math.min(0, price - energyPrice) * unmetMaxKwh) / 3;
  }
  for (let slot = session.firstSlot; slot < session.endSlot; slot += 1) {
    const costPerKwh = session.costPerKwh?.[slot - session.firstSlot] ?? 0;
    let reduced = ((costPerKwh - energyPrice) * (problem.slotSec[slot] as number)) / 3600;
    reduced -= taper[slot - session.firstSlot] ?? 0;
    for (const phase of session.phases) {
      reduced -= priceAt(slot * problem.phaseCount + phase) / session.phases.length;
    }
    if (reduced < 0) bound += reduced * mostKw(problem, session, slot);
  }
  return bound;
}

function mostKw(problem: PlanProblem, session: PlanSession, slot: number): number {
  // Nothing charges faster than all it wants within the slot.
  const fastestKw = (3.6 * session.energyWh) / (problem.slotSec[slot] as number);
  let kw = Math.min(session.powerMaxW / 1000, fastestKw);
  for (const phase of session.phases) {
    const capacity = capacityKw(problem, session.panelIndex, slot * problem.phaseCount + phase);
    kw = Math.min(kw, capacity * session.phases.length);
  }
  for (const { panelIndices, cuts } of problem.groups ?? []) {
    if (!panelIndices.includes(session.panelIndex)) continue;
    for (const { weights, limitW } of cuts)
      kw = Math.min(kw, aloneKw(session, weights, limitW[slot]));
  }
  return kw <= NO_CAPACITY_KW ? 0 : kw;
}

/** What a cut leaves to one session where no phase makes room for another. */
function aloneKw({ phases }: PlanSession, weights: readonly number[], limitW = 0): number {
  if (weights.some((weight) => weight < 0)) return Infinity;
  const share = phases.reduce((sum, phase) => sum + (weights[phase] ?? 0), 0) / phases.length;
  return share > 0 ? limitW / 1000 / share : Infinity;
}

function slotBound(
  problem: PlanProblem,
  site: Site,
  prices: PlanPrices,
  t: number,
  mean: number,
): number {
  const { connection, weights } = problem;
  const hours = site.hours[t] as number;
  const base = site.baseKw[t] as number;
  const balance = prices.balance[t] as number;
  const peak = Math.min(0, prices.peak[t] as number);
  const imported = (connection.importPricePerKwh[t] as number) * hours + balance - peak;
  const exported = -(connection.exportPricePerKwh[t] as number) * hours - balance;
  const order = site.orderKw[t] as number;
  let bound = peak * site.peakKw - balance * base;
  bound += Math.min(0, -mean) * ((connection.pvW[t] as number) / 1000);
  bound += Math.min(0, imported) * order;
  bound += Math.min(0, imported + hours * weights.orderPerKwh) * (site.gridKw - order);
  if (base > site.gridKw) {
    bound += Math.min(0, imported + hours * weights.siteLimitPerKwh) * (base - site.gridKw);
  }
  bound += Math.min(0, exported) * (connection.exportMaxW / 1000);
  for (let f = 0; problem.phaseCount === 3 && f < 3; f += 1) {
    const price = prices.phase[3 * t + f] as number;
    bound += price * (site.phaseKw - base / 3) - Math.max(0, price) * 2 * site.phaseKw;
    if (base / 3 > site.phaseKw) {
      bound += Math.min(0, hours * weights.siteLimitPerKwh + price) * (base / 3 - site.phaseKw);
    }
  }
  if (connection.storage === undefined) return bound;
  const { storage } = connection;
  const { wearCostPerKwh: wear, chargeCostPerKwh: more, dischargeCostPerKwh: less } = storage;
  const stored = (prices.storage[t] as number) * hours;
  const charge = (wear + (more?.[t] ?? 0)) * hours - mean + storage.oneWayEfficiency * stored;
  const discharge = (wear + (less?.[t] ?? 0)) * hours + mean - stored / storage.oneWayEfficiency;
  bound += (Math.min(0, charge) * storage.chargeMaxW) / 1000;
  return bound + (Math.min(0, discharge) * storage.dischargeMaxW) / 1000;
}

function storageBound(problem: PlanProblem, prices: PlanPrices, site: Site): number {
  const { storage } = problem.connection;
  if (storage === undefined) return 0;
  const terminal = storage.terminalPricePerKwh ?? 0;
  let bound = ((prices.storage[0] as number) * storage.energyStartWh) / 1000;
  bound += terminal * leastKwh(problem, site.hours.length - 1);
  for (let t = 0; t < site.hours.length; t += 1) {
    const next = t + 1 < site.hours.length ? (prices.storage[t + 1] as number) : -terminal;
    const value = next - (prices.storage[t] as number);
    bound += value * (value > 0 ? leastKwh(problem, t) : storage.energyMaxWh / 1000);
  }
  return bound;
}
