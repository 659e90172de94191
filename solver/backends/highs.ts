/** The plan solved by HiGHS (WebAssembly): the reference, and the second try where ours fails. */
import highsLoader from 'highs';
import { buildPlanModel, type PlanModel } from '../planner/model/build.js';
import type { Plan, PlanProblem } from '../planner/problem.js';

/** `ipm` runs without crossover: it stops at the accuracy asked for. */
export type HighsMode = 'simplex' | 'ipm';

export interface HighsAnswer {
  /** Undefined where HiGHS proves no optimum. */
  readonly plan?: Plan;
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
    return { plan: planOf(problem, built, engine.getSolution().colValue), iterations };
  } finally {
    engine.dispose();
  }
}

function iterationsOf(engine: ReturnType<Highs['createModel']>, mode: HighsMode): number {
  const name = mode === 'ipm' ? 'ipm_iteration_count' : 'simplex_iteration_count';
  return Number(engine.info.get(name));
}

function planOf(problem: PlanProblem, { columns }: PlanModel, kw: Float64Array): Plan {
  const slotCount = problem.slotSec.length;
  const perSlot = (first: number): Float64Array =>
    kw.subarray(first, first + slotCount).map((power) => 1000 * power);
  const orderW = perSlot(columns.orderSlack);
  const siteW = perSlot(columns.siteSlack);
  return {
    sessionW: problem.sessions.map((it, index) => {
      const first = columns.session[index] as number;
      const window = kw.subarray(first, first + it.endSlot - it.firstSlot);
      return window.map((power) => 1000 * power);
    }),
    chargeW: perSlot(columns.charge),
    dischargeW: perSlot(columns.discharge),
    curtailedW: perSlot(columns.curtailed),
    importW: perSlot(columns.imported).map(
      (power, slot) => power + (orderW[slot] as number) + (siteW[slot] as number),
    ),
    exportW: perSlot(columns.exported),
  };
}
