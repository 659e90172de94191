import type { PlanProblem } from '../problem.js';
import type { PlanColumns } from './columns.js';
import { addTerm, endRow, type LinearModel } from './linear-model.js';
import { storedMinKwh } from './site-variables.js';
import type { SlotLimits } from './slot-limits.js';

/** Each slot: energy in store changes by what is charged and discharged, after losses. */
export function addStorageRows(
  model: LinearModel,
  problem: PlanProblem,
  columns: PlanColumns,
  limits: SlotLimits,
): void {
  const { storage } = problem.connection;
  if (storage === undefined) return;
  const least = storedMinKwh(problem);
  for (const [slot, hours] of limits.hours.entries()) {
    const before = slot === 0 ? storage.energyStartWh / 1000 : (least[slot - 1] as number);
    addTerm(model, columns.stored + slot, 1);
    if (slot > 0) addTerm(model, columns.stored + slot - 1, -1);
    addTerm(model, columns.charge + slot, -storage.oneWayEfficiency * hours);
    addTerm(model, columns.discharge + slot, hours / storage.oneWayEfficiency);
    endRow(model, before - (least[slot] as number), before - (least[slot] as number));
  }
}
