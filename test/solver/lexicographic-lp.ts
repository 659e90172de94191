/**
 * Lexicographic max-min by linear programs: raise the lowest level as far as it goes, hold those that
 * can go no further, and go on with the others. For wye sites, whose limits are linear.
 */
import { loadHighs } from '../../solver/backends/highs.js';
import type { SiteProblem } from '../../solver/index.js';
import type { Rising } from './slow-filling.js';

type Highs = Awaited<ReturnType<typeof loadHighs>>;

interface Row {
  readonly terms: readonly (readonly [column: number, coefficient: number])[];
  readonly lower: number;
  readonly upper: number;
}

/** Two levels are one within this distance, s; a level that was reached is asked for a bit lower. */
const SAME_SEC = 1e-2;
const BELOW_SEC = 1e-4;

/** The currents of the fairest filling, A; levels are x / slope + zero. */
export function fillByPrograms(highs: Highs, problem: SiteProblem, rising: Rising): number[] {
  const count = problem.evses.length;
  const circuits = circuitRows(problem, rising);
  const held = new Map<number, number>();
  const open = new Set<number>();
  for (let at = 0; at < count; at += 1) {
    if (of(rising.highA, at) > of(rising.lowA, at)) open.add(at);
  }
  let currentA: readonly number[] = rising.lowA;
  while (open.size > 0) {
    const all = [...open];
    const common = all.map((at) => levelRow(rising, at, count));
    const holding = [...held].map(([at, levelSec]) => atLeast(rising, at, levelSec));
    const lowest = maximise(highs, rising, count, [...circuits, ...common, ...holding]);
    const levelSec = lowest.objective;
    const kept = [...all.map((at) => atLeast(rising, at, levelSec - BELOW_SEC)), ...holding];
    for (const at of all) {
      const best = maximise(highs, rising, at, [...circuits, ...kept]);
      currentA = best.x;
      const bestSec = best.objective / of(rising.slope, at) + of(rising.zeroSec, at);
      if (bestSec > levelSec + SAME_SEC) continue;
      held.set(at, Math.min(levelSec, bestSec) - BELOW_SEC);
      open.delete(at);
    }
  }
  return [...currentA].slice(0, count);
}

/** x / slope + zero - level >= 0, with the common level as the last column. */
function levelRow(rising: Rising, at: number, level: number): Row {
  const zeroSec = of(rising.zeroSec, at);
  return {
    terms: [
      [at, 1 / of(rising.slope, at)],
      [level, -1],
    ],
    lower: -zeroSec,
    upper: Infinity,
  };
}

function atLeast(rising: Rising, at: number, levelSec: number): Row {
  const lineA = of(rising.slope, at) * (levelSec - of(rising.zeroSec, at));
  return { terms: [[at, 1]], lower: Math.min(lineA, of(rising.highA, at)), upper: Infinity };
}

function circuitRows(problem: SiteProblem, rising: Rising): Row[] {
  const parents = new Map(problem.circuits.map((it) => [it.id, it.parentId]));
  const isBelow = (from: string, circuit: string): boolean => {
    let here: string | undefined = from;
    while (here !== undefined && here !== circuit) here = parents.get(here as never);
    return here !== undefined;
  };
  return problem.circuits.flatMap((circuit) =>
    circuit.limits.flatMap((limit): Row[] => {
      if (limit.kind !== 'wye' && limit.kind !== 'power') throw new Error('the site is wye');
      const below = problem.evses.map((evse) => isBelow(evse.circuitId, circuit.id));
      const phases = ([0, 1, 2] as const).map((phase) =>
        problem.evses.map((evse, at) => (below[at] === true && evse.channels[phase] ? 1 : 0)),
      );
      const base = circuit.baseLoadA;
      if (limit.kind === 'wye') {
        return phases.map((uses, phase) =>
          carried(rising, uses, (limit.limitA[phase] ?? 0) - (base[phase] ?? 0)),
        );
      }
      const all = problem.evses.map((_, at) => phases.reduce((sum, uses) => sum + of(uses, at), 0));
      const capacityA = limit.limitW / limit.voltageV - base[0] - base[1] - base[2];
      return [carried(rising, all, capacityA)];
    }),
  );
}

/** Reserved current and minimums may exceed a capacity; nothing else may then rise on it. */
function carried(rising: Rising, uses: readonly number[], capacityA: number): Row {
  const sum = (column: readonly number[]): number =>
    column.reduce((total, a, at) => total + a * of(uses, at), 0);
  const reservedA = sum(rising.reservedA);
  const upper = Math.max(0, capacityA, reservedA + sum(rising.lowA)) - reservedA;
  const terms = uses.flatMap((use, at) => (use === 0 ? [] : [[at, use] as const]));
  return { terms, lower: -Infinity, upper };
}

function maximise(
  highs: Highs,
  rising: Rising,
  column: number,
  rows: readonly Row[],
): { readonly objective: number; readonly x: readonly number[] } {
  const count = rising.lowA.length;
  const starts = [0];
  for (const row of rows) starts.push((starts.at(-1) ?? 0) + row.terms.length);
  const model = highs.createModel({
    numCols: count + 1,
    numRows: rows.length,
    sense: highs.constants.objectiveSense.maximize,
    colCost: Float64Array.from({ length: count + 1 }, (_, at) => (at === column ? 1 : 0)),
    colLower: Float64Array.from([...rising.lowA, -1e7]),
    colUpper: Float64Array.from([...rising.highA, 1e7]),
    rowLower: Float64Array.from(rows, (row) => row.lower),
    rowUpper: Float64Array.from(rows, (row) => row.upper),
    matrix: {
      format: 'csr',
      numRows: rows.length,
      numCols: count + 1,
      starts: Int32Array.from(starts),
      indices: Int32Array.from(rows.flatMap((row) => row.terms.map(([at]) => at))),
      values: Float64Array.from(rows.flatMap((row) => row.terms.map(([, value]) => value))),
    },
  });
  try {
    model.options.set({ output_flag: false, primal_feasibility_tolerance: 1e-9 });
    model.run();
    if (model.getModelStatus() !== highs.constants.modelStatus.optimal) {
      throw new Error('the program has an optimum');
    }
    const x = [...model.getSolution().colValue];
    return { objective: x[column] ?? Number.NaN, x };
  } finally {
    model.dispose();
  }
}

function of(values: readonly number[], at: number): number {
  const value = values[at];
  if (value === undefined) throw new RangeError(`no entry ${at}`);
  return value;
}
