import type { PlanProblem } from '../problem.js';
import type { PlanColumns } from './columns.js';
import { addTerm, endRow, type LinearModel } from './linear-model.js';
import type { SlotLimits } from './slot-limits.js';
import { unmetPartCount } from './unmet.js';

/** Each session: what is charged and what stays unmet is the energy wanted, kWh. */
export function addEnergyRows(
  model: LinearModel,
  problem: PlanProblem,
  columns: PlanColumns,
  limits: SlotLimits,
): void {
  const parts = unmetPartCount(problem);
  for (const [index, it] of problem.sessions.entries()) {
    const first = columns.session[index] as number;
    for (let slot = it.firstSlot; slot < it.endSlot; slot += 1) {
      addTerm(model, first + slot - it.firstSlot, limits.hours[slot] as number);
    }
    for (let part = 0; part < parts; part += 1)
      addTerm(model, columns.unmet + part * problem.sessions.length + index, 1);
    endRow(model, it.energyWh / 1000, it.energyWh / 1000);
  }
}
