/** The plan solved by HiGHS (WebAssembly): the reference, and the second try where ours fails. */
import highsLoader from 'highs';
import { buildPlanModel } from '../planner/model/build.js';
import { readPlan, readPrices } from '../planner/model/read-plan.js';
import type { Plan, PlanPrices, PlanProblem } from '../planner/problem.js';

/** `ipm` runs without crossover: it stops at the accuracy asked for. */
export type HighsMode = 'simplex' | 'ipm';

export interface HighsAnswer {
  /** Undefined where HiGHS proves no optimum. */
  readonly plan?: Plan;
  /** With the plan: prices that bound the cost of every plan. */
  readonly prices?: PlanPrices;
  readonly iterations: number;
}

export type Highs = Awaited<ReturnType<typeof loadHighs>>;

/**
 * The package's types describe its CommonJS form; under Node's ESM the default export is the
 * loader.
 */
export const loadHighs = highsLoader as unknown as typeof highsLoader.default;

/** Builds the model anew and solves it; `gapMax` is the relative accuracy of `ipm`. */
export function solveWithHighs(
  highs: Highs,
  problem: PlanProblem,
  { mode, gapMax }: { readonly mode: HighsMode; readonly gapMax: number },
): HighsAnswer {
  const built = buildPlanModel(problem);
  const { model } = built;
  const numCols = model.cost.length;
  const numRows = model.rowLower.length;
  const engine = highs.createModel({
    numCols,
    numRows,
    sense: highs.constants.objectiveSense.minimize,
    colCost: Float64Array.from(model.cost),
    colLower: new Float64Array(numCols),
    colUpper: Float64Array.from(model.upper),
    rowLower: Float64Array.from(model.rowLower),
    rowUpper: Float64Array.from(model.rowUpper),
    matrix: {
      format: 'csr',
      numRows,
      numCols,
      starts: Int32Array.from(model.rowStarts),
      indices: Int32Array.from(model.indices),
      values: Float64Array.from(model.values),
    },
  });
  try {
    engine.options.set({ output_flag: false, solver: mode });
    if (mode === 'ipm') {
      engine.options.set({ run_crossover: 'off', ipm_optimality_tolerance: gapMax });
    }
    engine.run();
    const iterations = iterationsOf(engine, mode);
    if (engine.getModelStatus() !== highs.constants.modelStatus.optimal) return { iterations };
    const { colValue, rowDual } = engine.getSolution();
    const plan = readPlan(problem, built, colValue);
    return { plan, prices: readPrices(problem, built, rowDual), iterations };
  } finally {
    engine.dispose();
  }
}

function iterationsOf(engine: ReturnType<Highs['createModel']>, mode: HighsMode): number {
  const name = mode === 'ipm' ? 'ipm_iteration_count' : 'simplex_iteration_count';
  return Number(engine.info.get(name));
}
