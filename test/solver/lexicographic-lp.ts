/**
 * Lexicographic max-min by linear programs: raise the lowest level as far as it goes, hold those that
 * can go no further, and go on with the others. Limits on phasors are no polyhedra: each program is
 * solved again with a tangent at what its answer overloads, until that is nothing. Tangents cut off
 * nothing that fits, so that the programs bound the fairest filling from above, and closely.
 */
import { loadHighs } from '../../solver/backends/highs.js';
import type { SiteProblem } from '../../solver/index.js';
import { type PhasorRow, phasorRows, tangentAt, usesOf } from './phasor-tangents.js';
import type { Rising } from './slow-filling.js';
import { baseOfPower } from './power-base.js';

type Highs = Awaited<ReturnType<typeof loadHighs>>;

export interface Row {
  readonly terms: readonly (readonly [column: number, coefficient: number])[];
  readonly lower: number;
  readonly upper: number;
}

/** Two levels are one within this distance, s; a level that was reached is asked for a bit lower. */
const SAME_SEC = 1e-2;
const BELOW_SEC = 1e-4;
const ROUNDS_MAX = 200;

/** The currents of the fairest filling, A; levels are x / slope + zero. */
export function fillByPrograms(highs: Highs, problem: SiteProblem, rising: Rising): number[] {
  const count = problem.evses.length;
  const circuits = { rows: circuitRows(problem, rising), phasors: phasorRows(problem, rising) };
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
    const lowest = maximise(highs, rising, count, circuits, [...common, ...holding]);
    const levelSec = lowest.objective;
    const kept = [...all.map((at) => atLeast(rising, at, levelSec - BELOW_SEC)), ...holding];
    for (const at of all) {
      const best = maximise(highs, rising, at, circuits, kept);
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

/** What is linear in the sums of channels. */
function circuitRows(problem: SiteProblem, rising: Rising): Row[] {
  return problem.circuits.flatMap((circuit) =>
    circuit.limits.flatMap((limit): Row[] => {
      const channels = usesOf(problem, circuit.id);
      const base = circuit.baseLoadA;
      switch (limit.kind) {
        case 'wye':
          return channels.map((uses, phase) =>
            carried(rising, uses, (limit.limitA[phase] ?? 0) - (base[phase] ?? 0)),
          );
        case 'pair-sum': {
          const { pair, limitA } = limit;
          return [carried(rising, channels[pair], limitA - base[pair])];
        }
        case 'power': {
          const all = problem.evses.map((_, at) =>
            channels.reduce((sum, uses) => sum + of(uses, at), 0),
          );
          const capacityA = limit.limitW / limit.voltageV - baseOfPower(circuit);
          return [carried(rising, all, capacityA)];
        }
        case 'line':
        case 'delta-primary':
          return [];
      }
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

interface Optimum {
  readonly objective: number;
  readonly x: readonly number[];
}

/** Adds to the circuits' rows the tangents that it needs: they hold in every later program. */
function maximise(
  highs: Highs,
  rising: Rising,
  column: number,
  circuits: { readonly rows: Row[]; readonly phasors: readonly PhasorRow[] },
  more: readonly Row[],
): Optimum {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const found = solve(highs, rising, column, [...circuits.rows, ...more]);
    const tangents = circuits.phasors.flatMap((row) => tangentAt(row, found.x) ?? []);
    if (tangents.length === 0) return found;
    circuits.rows.push(...tangents);
  }
  throw new Error('tangents close in on what fits');
}

function solve(highs: Highs, rising: Rising, column: number, rows: readonly Row[]): Optimum {
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
