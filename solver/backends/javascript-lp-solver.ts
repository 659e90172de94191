/**
 * The plan solved by javascript-lp-solver, a dense simplex in plain JavaScript: a third opinion for
 * small sites and the baseline of the benchmark. It knows no bounds of variables but x >= 0, so that
 * upper bounds become constraints, and no prices: the chain proves its plans by those of the structured one.
 */
import solverModule from 'javascript-lp-solver';
import { buildPlanModel } from '../planner/model/build.js';
import type { LinearModel } from '../planner/model/linear-model.js';
import { readPlan } from '../planner/model/read-plan.js';
import type { Plan, PlanProblem } from '../planner/problem.js';

export interface JavascriptLpAnswer {
  /** Undefined where it finds no optimum. */
  readonly plan?: Plan;
}

/** As with HiGHS, the package's types describe its CommonJS form. */
const solver = solverModule as unknown as typeof solverModule.default;

/** What it answers: flags of the outcome, and each variable that is not 0 by its name. */
interface Outcome {
  readonly feasible: boolean;
  readonly bounded?: boolean;
  readonly [name: string]: unknown;
}

const COST = 'cost';

/** Builds the model anew and solves it to the optimum; a minute at fifty vehicles. */
export function solveWithJavascriptLp(problem: PlanProblem): JavascriptLpAnswer {
  const built = buildPlanModel(problem);
  const outcome = solver.Solve(modelOf(built.model)) as unknown as Outcome;
  if (!outcome.feasible || outcome.bounded === false) return {};
  const kw = Float64Array.from(built.model.cost, (_, column) => {
    const value = outcome[`x${column}`];
    return typeof value === 'number' ? value : 0;
  });
  return { plan: readPlan(problem, built, kw) };
}

function modelOf(model: LinearModel) {
  const variables: Record<string, number>[] = model.cost.map((cost) => ({ [COST]: cost }));
  const constraints: Record<string, { min?: number; max?: number; equal?: number }> = {};
  for (const [row, lower] of model.rowLower.entries()) {
    const upper = model.rowUpper[row] as number;
    const name = `r${row}`;
    let terms = 0;
    for (
      let at = model.rowStarts[row] as number;
      at < (model.rowStarts[row + 1] as number);
      at += 1
    ) {
      const column = model.indices[at] as number;
      if ((model.upper[column] as number) === 0) continue;
      (variables[column] as Record<string, number>)[name] = model.values[at] as number;
      terms += 1;
    }
    if (terms === 0) continue;
    if (lower === upper) constraints[name] = { equal: lower };
    else {
      constraints[name] = {
        ...(lower === -Infinity ? {} : { min: lower }),
        ...(upper === Infinity ? {} : { max: upper }),
      };
    }
  }
  const named: Record<string, Record<string, number>> = {};
  for (const [column, coefficients] of variables.entries()) {
    const upper = model.upper[column] as number;
    // A variable that can only be 0 is left out.
    if (upper === 0) continue;
    if (upper < Infinity) {
      coefficients[`u${column}`] = 1;
      constraints[`u${column}`] = { max: upper };
    }
    named[`x${column}`] = coefficients;
  }
  return { optimize: COST, opType: 'min' as const, constraints, variables: named };
}
