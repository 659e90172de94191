import type { PlanProblem } from '../problem.js';
import type { PlanColumns } from './columns.js';
import { addTerm, endRow, type LinearModel } from './linear-model.js';
import type { SlotLimits } from './slot-limits.js';

/** Vehicles present in each slot, as [session, column] pairs. */
function presentBySlot(problem: PlanProblem, columns: PlanColumns): readonly number[][] {
  const present = problem.slotSec.map((): number[] => []);
  for (const [index, it] of problem.sessions.entries()) {
    const first = columns.session[index] as number;
    for (let slot = it.firstSlot; slot < it.endSlot; slot += 1) {
      present[slot]?.push(index, first + slot - it.firstSlot);
    }
  }
  return present;
}

/** Each slot and phase: net import within +-the phase limit, but for slack; three phases only. */
export function addPhaseRows(
  model: LinearModel,
  problem: PlanProblem,
  columns: PlanColumns,
  limits: SlotLimits,
): void {
  if (problem.phaseCount === 1) return;
  const limitKw = problem.connection.phaseMaxW / 1000;
  for (const [slot, present] of presentBySlot(problem, columns).entries()) {
    const baseKw = (limits.baseKw[slot] as number) / 3;
    for (let phase = 0; phase < 3; phase += 1) {
      for (let at = 0; at < present.length; at += 2) {
        const phases = problem.sessions[present[at] as number]?.phases ?? [];
        if (phases.includes(phase)) addTerm(model, present[at + 1] as number, 1 / phases.length);
      }
      addTerm(model, columns.charge + slot, 1 / 3);
      addTerm(model, columns.discharge + slot, -1 / 3);
      addTerm(model, columns.curtailed + slot, 1 / 3);
      addTerm(model, columns.phaseSlack + 3 * slot + phase, -1);
      endRow(model, -limitKw - baseKw, limitKw - baseKw);
    }
  }
}

/** Each slot: vehicles, building and storage draw what is imported, produced and not exported. */
export function addBalanceRows(
  model: LinearModel,
  problem: PlanProblem,
  columns: PlanColumns,
  limits: SlotLimits,
): void {
  for (const [slot, present] of presentBySlot(problem, columns).entries()) {
    for (let at = 1; at < present.length; at += 2) addTerm(model, present[at] as number, 1);
    addTerm(model, columns.charge + slot, 1);
    addTerm(model, columns.discharge + slot, -1);
    addTerm(model, columns.curtailed + slot, 1);
    addTerm(model, columns.imported + slot, -1);
    addTerm(model, columns.orderSlack + slot, -1);
    addTerm(model, columns.siteSlack + slot, -1);
    addTerm(model, columns.exported + slot, 1);
    endRow(model, -(limits.baseKw[slot] as number), -(limits.baseKw[slot] as number));
  }
}

/** Each slot: import stays below the peak that the demand charge is paid for. */
export function addPeakRows(model: LinearModel, problem: PlanProblem, columns: PlanColumns): void {
  for (let slot = 0; slot < problem.slotSec.length; slot += 1) {
    addTerm(model, columns.imported + slot, 1);
    addTerm(model, columns.orderSlack + slot, 1);
    addTerm(model, columns.siteSlack + slot, 1);
    addTerm(model, columns.peak, -1);
    endRow(model, -Infinity, problem.connection.peakSoFarW / 1000);
  }
}
