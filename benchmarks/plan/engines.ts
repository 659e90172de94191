/** The engines that plan, behind one door: a problem in, a plan and the iterations out. */
import {
  type Highs,
  type HighsMode,
  loadHighs,
  openHighsPlan,
  solveWithHighs,
} from '../../solver/backends/highs.js';
import { solveWithJavascriptLp } from '../../solver/backends/javascript-lp-solver.js';
import {
  createPlanner,
  type Plan,
  type PlanAnswer,
  type PlanPrices,
  type PlanProblem,
  solvePlan,
} from '../../solver/index.js';
import type { ChangedProblem } from './changes.js';

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

/** A change of a plan's problem, and what the engine that planned `before` does with it. */
export interface Engine {
  readonly name: EngineName;
  readonly mode: string;
  /** Plans `before`, if there is one, off the clock; what it returns is timed. */
  readonly prepare: (problem: PlanProblem, changed?: ChangedProblem) => () => EngineAnswer;
}

const HIGHS_MODES: readonly HighsMode[] = ['simplex', 'ipm'];

export const SETTINGS = {
  gapMax: GAP_MAX,
  violationMaxKw: VIOLATION_MAX_KW,
  iterationsMax: ITERATIONS_MAX,
};

export interface EngineOptions {
  readonly names: readonly EngineName[];
  /** Engines re-plan from what they planned before; HiGHS in its cold modes as well. */
  readonly isWarm: boolean;
}

/** An engine for each mode that it has. */
export async function openEngines({ names, isWarm }: EngineOptions): Promise<readonly Engine[]> {
  const engines: Engine[] = [];
  if (names.includes('structured')) engines.push(isWarm ? warmStructured : coldStructured);
  if (names.includes('highs')) {
    const highs = await loadHighs();
    for (const mode of HIGHS_MODES) {
      const prepare: Engine['prepare'] = (problem) => () =>
        solveWithHighs(highs, problem, { mode, gapMax: GAP_MAX });
      engines.push({ name: 'highs', mode, prepare });
    }
    if (isWarm) engines.push(warmHighs(highs));
  }
  if (names.includes('javascript-lp-solver')) {
    const prepare: Engine['prepare'] = (problem) => () => ({
      ...solveWithJavascriptLp(problem),
      iterations: 0,
    });
    engines.push({ name: 'javascript-lp-solver', mode: 'simplex', prepare });
  }
  return engines;
}

/** Its own check of the plan is part of its time. */
const coldStructured: Engine = {
  name: 'structured',
  mode: 'cold',
  prepare: (problem) => () => answerOf(solvePlan(problem, SETTINGS)),
};

const warmStructured: Engine = {
  name: 'structured',
  mode: 'warm',
  prepare: (problem, changed) => {
    const planner = createPlanner();
    if (changed !== undefined) planner.plan(changed.before, SETTINGS);
    return () => answerOf(planner.plan(problem, SETTINGS));
  },
};

/**
 * HiGHS with a model that lives on: bounds and costs are changed in place and the dual simplex goes
 * on from its last basis. A session to come has its columns already; the build is not timed.
 */
function warmHighs(highs: Highs): Engine {
  return {
    name: 'highs',
    mode: 'warm simplex',
    prepare: (problem, changed) => {
      const model = openHighsPlan(highs, changed?.reserved ?? problem);
      model.solve();
      const change = model.prepareChange(problem);
      return () => {
        change();
        try {
          return model.solve();
        } finally {
          model.dispose();
        }
      };
    },
  };
}

function answerOf({ plan, prices, iterations, status }: PlanAnswer): EngineAnswer {
  return { plan: status === 'accepted' ? plan : undefined, prices, iterations };
}
