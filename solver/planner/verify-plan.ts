/**
 * Independent check of a plan, from first principles: what it violates, what it costs, and how far
 * from the optimum it can be. Shares no code with the model or the interior point.
 */
import type { Plan, PlanPrices, PlanProblem, PlanSession } from './problem.js';

/** A capacity below this counts as none, kW. */
const NO_CAPACITY_KW = 1e-6;
const NO_PRICES = new Float64Array(0);

export interface PlanCheck {
  /** The worst excess over any limit, kW; energy counts over one hour. Infinite if malformed. */
  readonly violationKw: number;
  /** All terms of the objective, slack included. */
  readonly cost: number;
}

export function checkPlan(problem: PlanProblem, plan: Plan): PlanCheck {
  const site = siteOf(problem);
  const draw = new Float64Array(problem.slotSec.length * problem.phaseCount);
  const perPanel = problem.panels.map(() => new Float64Array(draw.length));
  let violationKw = hasShape(problem, plan) ? 0 : Infinity;
  let cost = 0;
  if (violationKw > 0) return { violationKw, cost: Infinity };
  const note = (excessKw: number): void => {
    if (!(excessKw <= violationKw)) violationKw = Number.isNaN(excessKw) ? Infinity : excessKw;
  };
  for (const [index, session] of problem.sessions.entries()) {
    const powerW = plan.sessionW[index] as Float64Array;
    const own = perPanel[session.panelIndex] as Float64Array;
    let kwh = 0;
    for (let at = 0; at < powerW.length; at += 1) {
      const kw = (powerW[at] as number) / 1000;
      note(-kw);
      note(kw - session.powerMaxW / 1000);
      const slot = session.firstSlot + at;
      const hours = site.hours[slot] as number;
      kwh += kw * hours;
      cost += (session.costPerKwh?.[at] ?? 0) * kw * hours;
      for (const phase of session.phases) {
        own[slot * problem.phaseCount + phase] =
          (own[slot * problem.phaseCount + phase] as number) + kw / session.phases.length;
      }
    }
    const unmetKwh = session.energyWh / 1000 - kwh;
    note(-unmetKwh);
    note(unmetKwh - (session.unmetMaxWh ?? session.energyWh) / 1000);
    cost += problem.weights.unmetPerKwh * session.priority * Math.max(0, unmetKwh);
  }
  for (const [index, own] of perPanel.entries()) {
    for (let at = 0; at < own.length; at += 1) {
      if ((own[at] as number) > 0) note((own[at] as number) - capacityKw(problem, index, at));
      draw[at] = (draw[at] as number) + (own[at] as number);
    }
  }
  checkGroups(problem, perPanel, note);
  cost += checkSite(problem, plan, site, draw, note) + checkStorage(problem, plan, site, note);
  return { violationKw, cost };
}

/** Every cut of every circuit above panels, by what its panels draw. */
function checkGroups(
  { groups = [], slotSec, phaseCount }: PlanProblem,
  perPanel: readonly Float64Array[],
  note: (excessKw: number) => void,
): void {
  for (const { panelIndices, cuts } of groups) {
    for (const { weights, limitW } of cuts) {
      for (let slot = 0; slot < slotSec.length; slot += 1) {
        let kw = 0;
        for (const panel of panelIndices) {
          const own = perPanel[panel] as Float64Array;
          for (const [phase, weight] of weights.entries()) {
            kw += weight * (own[slot * phaseCount + phase] as number);
          }
        }
        note(kw - (limitW[slot] as number) / 1000);
      }
    }
  }
}

function hasShape(problem: PlanProblem, plan: Plan): boolean {
  const slots = problem.slotSec.length;
  const { chargeW, dischargeW, curtailedW, importW, exportW } = plan;
  return (
    [chargeW, dischargeW, curtailedW, importW, exportW].every((it) => it.length === slots) &&
    plan.sessionW.length === problem.sessions.length &&
    problem.sessions.every(
      (it, index) => plan.sessionW[index]?.length === it.endSlot - it.firstSlot,
    )
  );
}

interface Site {
  readonly hours: readonly number[];
  readonly baseKw: readonly number[];
  readonly gridKw: number;
  readonly phaseKw: number;
  readonly orderKw: readonly number[];
  readonly peakKw: number;
}

function siteOf({ slotSec, connection }: PlanProblem): Site {
  return {
    hours: slotSec.map((sec) => sec / 3600),
    baseKw: slotSec.map(
      (_, slot) => ((connection.loadW[slot] as number) - (connection.pvW[slot] as number)) / 1000,
    ),
    gridKw: connection.importMaxW / 1000,
    phaseKw: connection.phaseMaxW / 1000,
    orderKw: slotSec.map((_, slot) => {
      const orders = connection.orders.filter((it) => slot >= it.firstSlot && slot < it.endSlot);
      return Math.min(connection.importMaxW, ...orders.map((it) => it.importMaxW)) / 1000;
    }),
    peakKw: connection.peakSoFarW / 1000,
  };
}

/** `at` is slot * phases + phase. */
function capacityKw(problem: PlanProblem, panelIndex: number, at: number): number {
  const { phaseCount } = problem;
  const panel = problem.panels[panelIndex];
  const phase = at % phaseCount;
  const loadW = panel?.loadW?.[phase]?.[(at - phase) / phaseCount] ?? 0;
  return Math.max(0, ((panel?.limitW[phase] ?? 0) - loadW) / 1000);
}

/** Balance and limits of every slot; returns the cost of energy, peak and slack. */
function checkSite(
  problem: PlanProblem,
  plan: Plan,
  site: Site,
  draw: Float64Array,
  note: (excessKw: number) => void,
): number {
  const { connection, weights, phaseCount: m } = problem;
  let cost = 0;
  let peakKw = site.peakKw;
  for (const [t, hours] of site.hours.entries()) {
    const base = site.baseKw[t] as number;
    const curtailed = (plan.curtailedW[t] as number) / 1000;
    const imported = (plan.importW[t] as number) / 1000;
    const exported = (plan.exportW[t] as number) / 1000;
    const own =
      base + curtailed + ((plan.chargeW[t] as number) - (plan.dischargeW[t] as number)) / 1000;
    let net = own;
    for (let f = 0; f < m; f += 1) {
      net += draw[t * m + f] as number;
      if (m === 1) continue;
      const onPhase = own / 3 + (draw[t * m + f] as number);
      note(onPhase - Math.max(site.phaseKw, base / 3));
      note(-site.phaseKw - onPhase);
      cost += weights.siteLimitPerKwh * hours * Math.max(0, onPhase - site.phaseKw);
    }
    note(Math.abs(net - imported + exported));
    note(-curtailed);
    note(curtailed - (connection.pvW[t] as number) / 1000);
    note(-imported);
    note(imported - Math.max(site.gridKw, base));
    note(-exported);
    note(exported - connection.exportMaxW / 1000);
    const overGrid = Math.max(0, imported - site.gridKw);
    const overOrder = Math.max(0, Math.min(imported, site.gridKw) - (site.orderKw[t] as number));
    cost += hours * (weights.siteLimitPerKwh * overGrid + weights.orderPerKwh * overOrder);
    cost += hours * (connection.importPricePerKwh[t] as number) * imported;
    cost -= hours * (connection.exportPricePerKwh[t] as number) * exported;
    peakKw = Math.max(peakKw, imported);
  }
  return cost + connection.demandChargePerKw * (peakKw - site.peakKw);
}

/** Energy in store after every slot; returns the cost of wear. */
function checkStorage(
  problem: PlanProblem,
  plan: Plan,
  site: Site,
  note: (excessKw: number) => void,
): number {
  const { storage } = problem.connection;
  let kwh = (storage?.energyStartWh ?? 0) / 1000;
  let cost = 0;
  for (const [t, hours] of site.hours.entries()) {
    const charge = (plan.chargeW[t] as number) / 1000;
    const discharge = (plan.dischargeW[t] as number) / 1000;
    note(-charge);
    note(-discharge);
    note(charge - (storage?.chargeMaxW ?? 0) / 1000);
    note(discharge - (storage?.dischargeMaxW ?? 0) / 1000);
    if (storage === undefined) continue;
    const efficiency = storage.oneWayEfficiency;
    kwh += hours * (efficiency * charge - discharge / efficiency);
    note(kwh - storage.energyMaxWh / 1000);
    note(leastKwh(problem, t) - kwh);
    cost += hours * storage.wearCostPerKwh * (charge + discharge);
  }
  return cost;
}

function leastKwh({ connection, slotSec }: PlanProblem, slot: number): number {
  const { storage } = connection;
  if (storage === undefined) return 0;
  const reserve = Math.min(storage.energyReserveWh, storage.energyStartWh);
  const isLast = slot === slotSec.length - 1;
  return (isLast ? Math.max(reserve, storage.energyEndWh) : reserve) / 1000;
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
  for (const [index, session] of problem.sessions.entries()) {
    const above = group.ofPanel[session.panelIndex];
    bound += sessionBound(problem, session, prices.energy[index] as number, (at) => {
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
  priceAt: (at: number) => number,
): number {
  const kwh = session.energyWh / 1000;
  const unmet = problem.weights.unmetPerKwh * session.priority;
  const unmetMaxKwh = Math.min(session.energyWh, session.unmetMaxWh ?? session.energyWh) / 1000;
  let bound = energyPrice * kwh + Math.min(0, unmet - energyPrice) * unmetMaxKwh;
  for (let slot = session.firstSlot; slot < session.endSlot; slot += 1) {
    const costPerKwh = session.costPerKwh?.[slot - session.firstSlot] ?? 0;
    let reduced = ((costPerKwh - energyPrice) * (problem.slotSec[slot] as number)) / 3600;
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
  const wear = storage.wearCostPerKwh * hours;
  const stored = (prices.storage[t] as number) * hours;
  const charge = wear - mean + storage.oneWayEfficiency * stored;
  const discharge = wear + mean - stored / storage.oneWayEfficiency;
  bound += (Math.min(0, charge) * storage.chargeMaxW) / 1000;
  return bound + (Math.min(0, discharge) * storage.dischargeMaxW) / 1000;
}

function storageBound(problem: PlanProblem, prices: PlanPrices, site: Site): number {
  const { storage } = problem.connection;
  if (storage === undefined) return 0;
  let bound = ((prices.storage[0] as number) * storage.energyStartWh) / 1000;
  for (let t = 0; t < site.hours.length; t += 1) {
    const next = t + 1 < site.hours.length ? (prices.storage[t + 1] as number) : 0;
    const value = next - (prices.storage[t] as number);
    bound += value * (value > 0 ? leastKwh(problem, t) : storage.energyMaxWh / 1000);
  }
  return bound;
}
