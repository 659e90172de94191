/** The largest share that all can have alike as a variable of one linear program, solved by HiGHS. */
import { loadHighs } from '../../../solver/backends/highs.js';
import type { PlanProblem } from '../../../solver/index.js';
import { buildPlanModel } from '../../../solver/planner/model/build.js';
import { addColumn, addTerm, endRow } from '../../../solver/planner/model/linear-model.js';
import type { Wanted } from '../../../solver/planner/share-ceiling.js';

type Highs = Awaited<ReturnType<typeof loadHighs>>;

/**
 * In [0, 1]; of what is wanted `fraction` counts as all of it. Where every session is there long enough
 * for the energy that it still wants: a stay that is too short would bend what it is owed.
 */
export function fairestShare(
  highs: Highs,
  problem: PlanProblem,
  wanted: readonly Wanted[],
  fraction: number,
): number {
  const { model, columns } = buildPlanModel(problem);
  model.cost.fill(0);
  const share = addColumn(model, -1, 1);
  for (const [index, { energyWh }] of problem.sessions.entries()) {
    const { deliveredWh, totalWh } = wanted[index] as Wanted;
    // What stays unmet is at most the energy, less the share, but for what was delivered.
    addTerm(model, columns.unmet + index, 1);
    addTerm(model, share, (fraction * totalWh) / 1000);
    endRow(model, -Infinity, (energyWh + fraction * deliveredWh) / 1000);
  }
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
    engine.options.set({ output_flag: false, solver: 'simplex' });
    engine.run();
    if (engine.getModelStatus() !== highs.constants.modelStatus.optimal) {
      throw new Error('HiGHS proves no optimum');
    }
    return engine.getSolution().colValue[share] as number;
  } finally {
    engine.dispose();
  }
}
