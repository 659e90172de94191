/** The variables of a plan as columns of a linear program, kW and kWh. */
import type { PlanProblem } from '../problem.js';
import { groupsOf } from './groups.js';
import { addColumn, type LinearModel } from './linear-model.js';
import { type SiteKind, SITE_KINDS, siteVariables } from './site-variables.js';
import type { SlotLimits } from './slot-limits.js';
import { unmetPartCount, unmetPricePerKwh } from './unmet.js';

/** First column of each kind; kinds that have one column a slot are contiguous over slots. */
export interface PlanColumns extends Readonly<Record<SiteKind, number>> {
  /** Per session: its first slot's charging power; the others of its window follow. */
  readonly session: Int32Array;
  /** `[part * sessions + session]` */
  readonly unmet: number;
  /** Slot-major, one a phase; with three phases only. */
  readonly phaseSlack: number;
  /** Peak above the peak so far. */
  readonly peak: number;
  /** What vehicles below a group draw: `[(group * slots + slot) * phases + phase]`. */
  readonly group: number;
}

export function addColumns(
  model: LinearModel,
  problem: PlanProblem,
  limits: SlotLimits,
): PlanColumns {
  const { connection } = problem;
  const session = addSessions(model, problem, limits);
  const unmet = model.cost.length;
  const parts = unmetPartCount(problem);
  for (let part = 0; part < parts; part += 1) {
    for (const it of problem.sessions) {
      const unmetMaxWh = Math.min(it.energyWh, it.unmetMaxWh ?? it.energyWh);
      addColumn(model, unmetPricePerKwh(problem, it, part), unmetMaxWh / 1000 / parts);
    }
  }
  const site = siteVariables(problem, limits);
  const first = Object.fromEntries(
    SITE_KINDS.map((kind) => {
      const column = model.cost.length;
      const { cost, upper } = site[kind];
      for (const [slot, most] of upper.entries()) addColumn(model, cost[slot] as number, most);
      return [kind, column];
    }),
  ) as Record<SiteKind, number>;
  const phaseSlack = addPhaseSlack(model, problem, limits);
  const peakRiseMaxKw = limits.peakMaxKw - connection.peakSoFarW / 1000;
  const peak = addColumn(model, connection.demandChargePerKw, peakRiseMaxKw);
  const group = model.cost.length;
  const groupColumns = groupsOf(problem).length * problem.slotSec.length * problem.phaseCount;
  for (let at = 0; at < groupColumns; at += 1) addColumn(model, 0, Infinity);
  return { ...first, session, unmet, phaseSlack, peak, group };
}

function addSessions(model: LinearModel, problem: PlanProblem, { hours }: SlotLimits): Int32Array {
  const first = new Int32Array(problem.sessions.length);
  for (const [index, it] of problem.sessions.entries()) {
    first[index] = model.cost.length;
    for (let slot = it.firstSlot; slot < it.endSlot; slot += 1) {
      const costPerKwh = it.costPerKwh?.[slot - it.firstSlot] ?? 0;
      addColumn(model, costPerKwh * (hours[slot] as number), it.powerMaxW / 1000);
    }
  }
  return first;
}

function addPhaseSlack(model: LinearModel, problem: PlanProblem, limits: SlotLimits): number {
  const first = model.cost.length;
  if (problem.phaseCount === 1) return first;
  for (const [slot, hours] of limits.hours.entries()) {
    for (let phase = 0; phase < 3; phase += 1) {
      const cost = problem.weights.siteLimitPerKwh * hours;
      addColumn(model, cost, limits.phaseSlackKw[slot] as number);
    }
  }
  return first;
}
