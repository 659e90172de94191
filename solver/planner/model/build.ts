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
import { addTaperRows } from './tapers.js';

/** First row of each kind; rows of a kind are contiguous. */
export interface PlanRows {
  readonly energy: number;
  /** `[(panel * slots + slot) * phases + phase]` */
  readonly panel: number;
  readonly phase: number;
  readonly balance: number;
  readonly peak: number;
  readonly storage: number;
  /** Per group and slot: the sums of its phases, then its cuts. */
  readonly group: number;
  /** Per session with a taper and slot of its window. */
  readonly taper: number;
}

export interface PlanModel {
  readonly model: LinearModel;
  readonly columns: PlanColumns;
  readonly rows: PlanRows;
}

export function buildPlanModel(problem: PlanProblem): PlanModel {
  const model = emptyModel();
  const limits = slotLimits(problem);
  const columns = addColumns(model, problem, limits);
  const next = () => model.rowLower.length;
  const energy = next();
  addEnergyRows(model, problem, columns, limits);
  const panel = next();
  addPanelRows(model, problem, columns);
  const phase = next();
  addPhaseRows(model, problem, columns, limits);
  const balance = next();
  addBalanceRows(model, problem, columns, limits);
  const peak = next();
  addPeakRows(model, problem, columns);
  const storage = next();
  addStorageRows(model, problem, columns, limits);
  const group = next();
  addGroupRows(model, problem, columns);
  const taper = next();
  addTaperRows(model, problem, columns, limits);
  return { model, columns, rows: { energy, panel, phase, balance, peak, storage, group, taper } };
}
