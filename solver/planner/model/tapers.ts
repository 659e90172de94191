import type { PlanProblem } from '../problem.js';
import type { PlanColumns } from './columns.js';
import { addTerm, endRow, type LinearModel } from './linear-model.js';
import type { SlotLimits } from './slot-limits.js';

/** Each session with a taper and slot: its power and what it charged before, within its taper. */
export function addTaperRows(
  model: LinearModel,
  { sessions }: PlanProblem,
  columns: PlanColumns,
  { hours }: SlotLimits,
): void {
  for (const [index, { taper, firstSlot, endSlot, energyWh }] of sessions.entries()) {
    if (taper === undefined) continue;
    const first = columns.session[index] as number;
    const fullKw = (taper.powerFullW + taper.wattsPerMissingWh * energyWh) / 1000;
    for (let slot = firstSlot; slot < endSlot; slot += 1) {
      for (let before = firstSlot; before < slot; before += 1) {
        const perKw = taper.wattsPerMissingWh * (hours[before] as number);
        addTerm(model, first + before - firstSlot, perKw);
      }
      addTerm(model, first + slot - firstSlot, 1);
      endRow(model, -Infinity, fullKw);
    }
  }
}

/** Rows of all tapers. */
export function taperRowCount({ sessions }: PlanProblem): number {
  return sessions.reduce(
    (sum, it) => sum + (it.taper === undefined ? 0 : it.endSlot - it.firstSlot),
    0,
  );
}
