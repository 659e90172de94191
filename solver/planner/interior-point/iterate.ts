/**
 * Mehrotra's predictor-corrector method (Mehrotra 1992) on a plan whose normal equations are
 * eliminated along its structure. Duals start feasible and stay so, because every variable has
 * an upper bound whose price takes up the difference.
 */
import { factorSystem, solveSystem, subtractProduct } from './newton.js';
import type { Program } from './program.js';
import { addRows, copyRows, type Rows } from './rows.js';
import {
  complementarity,
  moveVariables,
  objective,
  type PredictorLength,
  pushCorrector,
  pushPredictor,
  type StepLength,
  stepCorrector,
  stepPredictor,
} from './variables.js';

/** A step stops this far before the first bound. */
const STEP_FRACTION = 0.995;

export interface Progress {
  /** Complementarity over the objective. */
  gap: number;
  /** Largest residual of a row, kW or kWh. */
  residual: number;
}

/** One iteration; the last moves are in the program, how far it is comes back. */
export function iterate(program: Program): void {
  const { variables: v, y, dy } = program;
  const before = complementarity(v);
  const pairCount = v.count + v.boundedCount;
  pushPredictor(v);
  factorSystem(program);
  solveSystem(program);
  const predicted: PredictorLength = { primal: 0, dual: 0, after: 0 };
  stepPredictor(v, predicted);
  const left = predicted.after / before;
  const target = (left * left * left * before) / pairCount;
  pushCorrector(v, target);
  solveSystem(program);
  const length: StepLength = { primal: 0, dual: 0 };
  stepCorrector(v, target, length);
  length.primal = Math.min(1, STEP_FRACTION * length.primal);
  length.dual = Math.min(1, STEP_FRACTION * length.dual);
  moveVariables(v, target, length);
  addRows(y, length.dual, dy);
}

/** Residuals anew, from x itself: what one iteration's rounding left, the next one corrects. */
export function measure(program: Program, progress: Progress): void {
  const { residual, rhs, variables } = program;
  copyRows(residual, rhs);
  subtractProduct(program, variables.x, residual);
  progress.residual = largest(residual);
  progress.gap = complementarity(variables) / Math.max(1, Math.abs(objective(variables)));
}

function largest(rows: Rows): number {
  let most = 0;
  for (const values of Object.values(rows) as Float64Array[]) {
    for (let at = 0; at < values.length; at += 1)
      most = Math.max(most, Math.abs(values[at] as number));
  }
  return most;
}
