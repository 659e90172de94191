/** The engines that plan, behind one door: a problem in, a plan and the iterations out. */
import { type HighsMode, loadHighs, solveWithHighs } from '../../solver/backends/highs.js';
import { solveWithJavascriptLp } from '../../solver/backends/javascript-lp-solver.js';
import { type Plan, type PlanPrices, type PlanProblem, solvePlan } from '../../solver/index.js';

export const ENGINES = ['structured', 'highs', 'javascript-lp-solver'] as const;
export type EngineName = (typeof ENGINES)[number];

/** What every engine is asked for. */
export const GAP_MAX = 1e-4;
export const VIOLATION_MAX_KW = 1e-3;
const ITERATIONS_MAX = 100;

export interface EngineAnswer {
  readonly plan?: Plan | undefined;
  readonly prices?: PlanPrices;
  readonly iterations: number;
}

export interface Engine {
  readonly name: EngineName;
  readonly mode: string;
  readonly solve: (problem: PlanProblem) => EngineAnswer;
}

const HIGHS_MODES: readonly HighsMode[] = ['simplex', 'ipm'];

/** An engine for each mode that it has. */
export async function openEngines(names: readonly EngineName[]): Promise<readonly Engine[]> {
  const engines: Engine[] = [];
  if (names.includes('structured')) {
    engines.push({ name: 'structured', mode: 'cold', solve: solveStructured });
  }
  if (names.includes('highs')) {
    const highs = await loadHighs();
    for (const mode of HIGHS_MODES) {
      const solve = (problem: PlanProblem) =>
        solveWithHighs(highs, problem, { mode, gapMax: GAP_MAX });
      engines.push({ name: 'highs', mode, solve });
    }
  }
  if (names.includes('javascript-lp-solver')) {
    const solve = (problem: PlanProblem) => ({ ...solveWithJavascriptLp(problem), iterations: 0 });
    engines.push({ name: 'javascript-lp-solver', mode: 'simplex', solve });
  }
  return engines;
}

/** Its own check of the plan is part of its time. */
function solveStructured(problem: PlanProblem): EngineAnswer {
  const { plan, prices, iterations, status } = solvePlan(problem, {
    gapMax: GAP_MAX,
    violationMaxKw: VIOLATION_MAX_KW,
    iterationsMax: ITERATIONS_MAX,
  });
  return { plan: status === 'accepted' ? plan : undefined, prices, iterations };
}
