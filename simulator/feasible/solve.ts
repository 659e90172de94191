/** Solves the bound with HiGHS; round conductors get tangents where the solution breaks them. */
import highsLoader from 'highs';
import { componentsOf } from '../conductors.js';
import { type LinearModel, type RoundLimit, type Row, addRow } from './linear-model.js';

/** A conductor may look this much too strong: the bound stays an outer one. */
const VIOLATION_MAX_FRACTION = 0.001;
const ROUNDS_MAX = 40;
/** Tangents that every round limit starts with: outer error of at most 1 / cos(pi / 6) - 1. */
const FIRST_ANGLES = [-150, -90, -30, 30, 90, 150].map((degrees) => (degrees * Math.PI) / 180);

/**
 * The package's types describe its CommonJS form; under Node's ESM the default export is the
 * loader.
 */
const loadHighs = highsLoader as unknown as typeof highsLoader.default;

/** The optimum in Wh, or undefined when HiGHS does not prove one. */
export async function solveModel(model: LinearModel): Promise<number | undefined> {
  if (model.variables.length === 0) return 0;
  const highs = await loadHighs();
  const rows: Row[] = [...model.rows];
  for (const round of model.rounds) {
    for (const angle of FIRST_ANGLES) addRow(rows, model.variables, { ...round, angle });
  }
  const engine = highs.createModel({
    numCols: model.variables.length,
    numRows: rows.length,
    sense: highs.constants.objectiveSense.maximize,
    colCost: model.energyWh,
    colLower: model.variables.map(() => 0),
    colUpper: model.maxA,
    rowLower: rows.map(() => -highs.infinity),
    rowUpper: rows.map((row) => row.upper),
    matrix: rowMatrix(rows, model.variables.length),
  });
  try {
    engine.options.set({ output_flag: false });
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      engine.run();
      if (engine.getModelStatus() !== highs.constants.modelStatus.optimal) return undefined;
      const cuts = violatedCuts(model, engine.getSolution().colValue);
      if (cuts.length === 0) break;
      engine.addRows({
        lower: Float64Array.from(cuts, () => -highs.infinity),
        upper: Float64Array.from(cuts, (cut) => cut.upper),
        matrix: rowMatrix(cuts, model.variables.length),
      });
    }
    return engine.getObjectiveValue();
  } finally {
    engine.dispose();
  }
}

function violatedCuts(model: LinearModel, currentsA: Float64Array): readonly Row[] {
  const cuts: Row[] = [];
  for (const round of model.rounds) {
    const { re, im } = phasorOf(model, round, currentsA);
    if (Math.hypot(re, im) <= Math.max(0, round.limit) * (1 + VIOLATION_MAX_FRACTION)) continue;
    addRow(cuts, model.variables, { ...round, angle: Math.atan2(im, re) });
  }
  return cuts;
}

function phasorOf(
  model: LinearModel,
  round: RoundLimit,
  currentsA: Float64Array,
): { readonly re: number; readonly im: number } {
  const parts = componentsOf(round.conductor);
  let re = 0;
  let im = 0;
  for (const index of round.variables) {
    const currentA = currentsA[index] ?? 0;
    for (const channel of model.variables[index]?.load.channels ?? []) {
      re += (parts[channel]?.re ?? 0) * currentA;
      im += (parts[channel]?.im ?? 0) * currentA;
    }
  }
  return { re, im };
}

function rowMatrix(rows: readonly Row[], numCols: number) {
  const starts = new Int32Array(rows.length + 1);
  for (const [index, row] of rows.entries()) {
    starts[index + 1] = (starts[index] ?? 0) + row.indices.length;
  }
  const size = starts[rows.length] ?? 0;
  const indices = new Int32Array(size);
  const values = new Float64Array(size);
  for (const [index, row] of rows.entries()) {
    indices.set(row.indices, starts[index]);
    values.set(row.values, starts[index]);
  }
  return { format: 'csr' as const, numRows: rows.length, numCols, starts, indices, values };
}
