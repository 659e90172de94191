/**
 * Independent check of a plan, from first principles: what it violates and what it costs. Shares no
 * code with the model or the interior point.
 */
import type { Plan, PlanProblem, PlanSession } from './problem.js';

export interface PlanCheck {
  /** The worst excess over any limit, kW; energy counts over one hour. Infinite if malformed. */
  readonly violationKw: number;
  /** All terms of the objective, slack included. */
  readonly cost: number;
  /** Of the cost: what weights put on unmet energy, orders and limits, and not money. */
  readonly penalty: number;
}

export function checkPlan(problem: PlanProblem, plan: Plan): PlanCheck {
  const site = siteOf(problem);
  const draw = new Float64Array(problem.slotSec.length * problem.phaseCount);
  const perPanel = problem.panels.map(() => new Float64Array(draw.length));
  let violationKw = hasShape(problem, plan) ? 0 : Infinity;
  let cost = 0;
  let penalty = 0;
  if (violationKw > 0) return { violationKw, cost: Infinity, penalty: 0 };
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
      note(kw - taperKw(session, kwh));
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
    penalty += unmetCost(problem, session, Math.max(0, unmetKwh));
  }
  for (const [index, own] of perPanel.entries()) {
    for (let at = 0; at < own.length; at += 1) {
      if ((own[at] as number) > 0) note((own[at] as number) - capacityKw(problem, index, at));
      draw[at] = (draw[at] as number) + (own[at] as number);
    }
  }
  checkGroups(problem, perPanel, note);
  const own = checkSite(problem, plan, site, draw, note);
  penalty += own.penalty;
  cost += own.money + checkStorage(problem, plan, site, note);
  return { violationKw, cost: cost + penalty, penalty };
}

/** With a weight on equal shares each third of what may stay unmet costs more. */
function unmetCost({ weights }: PlanProblem, session: PlanSession, unmetKwh: number): number {
  const { energyWh, unmetMaxWh = energyWh, priority } = session;
  const thirdKwh = Math.min(energyWh, unmetMaxWh) / 3000;
  const beyond = Math.max(0, unmetKwh - thirdKwh) + Math.max(0, unmetKwh - 2 * thirdKwh);
  const unequal = ((weights.equalSharePerKwh ?? 0) / 2) * beyond;
  return weights.unmetPerKwh * priority * unmetKwh + unequal;
}

/** What the battery takes at most once it has charged `kwh`. */
function taperKw({ taper, energyWh }: PlanSession, kwh: number): number {
  if (taper === undefined) return Infinity;
  return taper.powerFullW / 1000 + taper.wattsPerMissingWh * (energyWh / 1000 - kwh);
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

export interface Site {
  readonly hours: readonly number[];
  readonly baseKw: readonly number[];
  readonly gridKw: number;
  readonly phaseKw: number;
  readonly orderKw: readonly number[];
  readonly peakKw: number;
}

export function siteOf({ slotSec, connection }: PlanProblem): Site {
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
export function capacityKw(problem: PlanProblem, panelIndex: number, at: number): number {
  const { phaseCount } = problem;
  const panel = problem.panels[panelIndex];
  const phase = at % phaseCount;
  const loadW = panel?.loadW?.[phase]?.[(at - phase) / phaseCount] ?? 0;
  return Math.max(0, ((panel?.limitW[phase] ?? 0) - loadW) / 1000);
}

/** Balance and limits of every slot; returns the cost of energy and peak, and that of slack. */
function checkSite(
  problem: PlanProblem,
  plan: Plan,
  site: Site,
  draw: Float64Array,
  note: (excessKw: number) => void,
): { readonly money: number; readonly penalty: number } {
  const { connection, weights, phaseCount: m } = problem;
  let money = 0;
  let penalty = 0;
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
      penalty += weights.siteLimitPerKwh * hours * Math.max(0, onPhase - site.phaseKw);
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
    penalty += hours * (weights.siteLimitPerKwh * overGrid + weights.orderPerKwh * overOrder);
    money += hours * (connection.importPricePerKwh[t] as number) * imported;
    money -= hours * (connection.exportPricePerKwh[t] as number) * exported;
    peakKw = Math.max(peakKw, imported);
  }
  money += connection.demandChargePerKw * (peakKw - site.peakKw);
  return { money, penalty };
}

/** Energy in store after every slot; returns what moving it costs less what is left at the end. */
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
    cost += hours * (storage.chargeCostPerKwh?.[t] ?? 0) * charge;
    cost += hours * (storage.dischargeCostPerKwh?.[t] ?? 0) * discharge;
  }
  const leftKwh = kwh - leastKwh(problem, site.hours.length - 1);
  return cost - (storage?.terminalPricePerKwh ?? 0) * leftKwh;
}

export function leastKwh({ connection, slotSec }: PlanProblem, slot: number): number {
  const { storage } = connection;
  if (storage === undefined) return 0;
  const reserve = Math.min(storage.energyReserveWh, storage.energyStartWh);
  const isLast = slot === slotSec.length - 1;
  return (isLast ? Math.max(reserve, storage.energyEndWh) : reserve) / 1000;
}
