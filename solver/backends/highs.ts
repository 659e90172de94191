/** The plan solved by HiGHS (WebAssembly): the reference, and the second try where ours fails. */
import highsLoader from 'highs';
import { buildPlanModel, type PlanModel } from '../planner/model/build.js';
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
type Engine = ReturnType<Highs['createModel']>;

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
  const engine = createEngine(highs, built);
  try {
    engine.options.set({ output_flag: false, solver: mode });
    if (mode === 'ipm') {
      engine.options.set({ run_crossover: 'off', ipm_optimality_tolerance: gapMax });
    }
    return solve(highs, engine, problem, built, mode);
  } finally {
    engine.dispose();
  }
}

/** A plan's model that lives on in HiGHS, to be changed in place and solved again. */
export interface HighsPlan {
  /** From the last basis, if there is one. */
  readonly solve: () => HighsAnswer;
  /**
   * What makes the model that of `problem`, found out now and done when called. The problem has the
   * sessions, windows, phases, panels and slots of the first one; bounds and costs may differ.
   */
  readonly prepareChange: (problem: PlanProblem) => () => void;
  readonly dispose: () => void;
}

export function openHighsPlan(highs: Highs, first: PlanProblem): HighsPlan {
  let problem = first;
  let built = buildPlanModel(first);
  const engine = createEngine(highs, built);
  engine.options.set({ output_flag: false, solver: 'simplex' });
  return {
    solve: () => solve(highs, engine, problem, built, 'simplex'),
    prepareChange: (next) => {
      const { model } = built;
      problem = next;
      built = buildPlanModel(next);
      const { model: to } = built;
      const costs = differing(to.cost, (at) => model.cost[at] !== to.cost[at]);
      const uppers = differing(to.upper, (at) => model.upper[at] !== to.upper[at]);
      const isMoved = (at: number): boolean =>
        model.rowLower[at] !== to.rowLower[at] || model.rowUpper[at] !== to.rowUpper[at];
      const rows = differing(to.rowLower, isMoved);
      const zeros = new Float64Array(uppers.length);
      const pick = (values: readonly number[], at: Int32Array): Float64Array =>
        Float64Array.from(at, (index) => values[index] as number);
      return () => {
        if (costs.length > 0) engine.changeColsCost(setOf(costs), pick(to.cost, costs));
        if (uppers.length > 0)
          engine.changeColsBounds(setOf(uppers), zeros, pick(to.upper, uppers));
        if (rows.length === 0) return;
        engine.changeRowsBounds(setOf(rows), pick(to.rowLower, rows), pick(to.rowUpper, rows));
      };
    },
    dispose: () => engine.dispose(),
  };
}

const setOf = (indices: Int32Array<ArrayBuffer>) => ({ kind: 'set', indices }) as const;

function differing(
  values: readonly number[],
  isOther: (at: number) => boolean,
): Int32Array<ArrayBuffer> {
  return Int32Array.from(values.keys()).filter(isOther);
}

function createEngine(highs: Highs, { model }: PlanModel): Engine {
  const numCols = model.cost.length;
  const numRows = model.rowLower.length;
  return highs.createModel({
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
}

function solve(
  highs: Highs,
  engine: Engine,
  problem: PlanProblem,
  built: PlanModel,
  mode: HighsMode,
): HighsAnswer {
  engine.run();
  const name = mode === 'ipm' ? 'ipm_iteration_count' : 'simplex_iteration_count';
  const iterations = Number(engine.info.get(name));
  if (engine.getModelStatus() !== highs.constants.modelStatus.optimal) return { iterations };
  const { colValue, rowDual } = engine.getSolution();
  const plan = readPlan(problem, built, colValue);
  return { plan, prices: readPrices(problem, built, rowDual), iterations };
}
