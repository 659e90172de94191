/** The plan as a linear program for any engine: the table of its variables and constraints. */
import type { PlanProblem } from '../problem.js';
import { addColumns, type PlanColumns } from './columns.js';
import { addEnergyRows } from './energy.js';
import { addGroupRows } from './groups.js';
import { emptyModel, type LinearModel } from './linear-model.js';
import { addPanelRows } from './panels.js';
import { addBalanceRows, addPeakRows, addPhaseRows } from './site-rows.js';
import { slotLimits } from './slot-limits.js';
import { addStorageRows } from './storage.js';

export interface PlanModel {
  readonly model: LinearModel;
  readonly columns: PlanColumns;
}

export function buildPlanModel(problem: PlanProblem): PlanModel {
  const model = emptyModel();
  const limits = slotLimits(problem);
  const columns = addColumns(model, problem, limits);
  addEnergyRows(model, problem, columns, limits);
  addPanelRows(model, problem, columns);
  addGroupRows(model, problem, columns);
  addPhaseRows(model, problem, columns, limits);
  addBalanceRows(model, problem, columns, limits);
  addPeakRows(model, problem, columns);
  addStorageRows(model, problem, columns, limits);
  return { model, columns };
}
