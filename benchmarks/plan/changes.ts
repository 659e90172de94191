/** What happens between one plan and the next, on a canonical problem: before and after. */
import { mulberry32 } from '../../simulator/random.js';
import type { PlanProblem } from '../../solver/index.js';
import { type CanonicalSize, canonicalPlanProblem } from './canonical.js';

export const CHANGES = ['arrival', 'limit', 'price', 'noise'] as const;
/**
 * `arrival`: the last session was not there before. `limit`: the connection falls by a tenth.
 * `price`: new import prices. `noise`: loads, PV and prices move by up to a hundredth.
 */
export type Change = (typeof CHANGES)[number];

export interface ChangedProblem {
  readonly before: PlanProblem;
  readonly after: PlanProblem;
  /** `before` with the sessions of `after`: those that are not there yet ask for nothing. */
  readonly reserved: PlanProblem;
}

export function changedProblem(size: CanonicalSize, change: Change): ChangedProblem {
  const problem = canonicalPlanProblem(size);
  if (change !== 'arrival') {
    return { before: problem, after: changed(problem, change, size.seed), reserved: problem };
  }
  const { sessions } = problem;
  const last = sessions.length - 1;
  return {
    before: { ...problem, sessions: sessions.slice(0, last) },
    after: problem,
    reserved: {
      ...problem,
      sessions: sessions.map((it, index) =>
        index === last ? { ...it, energyWh: 0, powerMaxW: 0 } : it,
      ),
    },
  };
}

function changed(problem: PlanProblem, change: Change, seed: number): PlanProblem {
  const { connection } = problem;
  const random = mulberry32(seed + 1);
  const around = (values: readonly number[], fraction: number) =>
    values.map((value) => value * (1 + fraction * (2 * random() - 1)));
  if (change === 'limit') {
    const importMaxW = 0.9 * connection.importMaxW;
    return { ...problem, connection: { ...connection, importMaxW } };
  }
  if (change === 'price') {
    const prices = around(connection.importPricePerKwh, 0.15);
    const importPricePerKwh = prices.map((price) => Math.max(0.04, price));
    return { ...problem, connection: { ...connection, importPricePerKwh } };
  }
  return {
    ...problem,
    connection: {
      ...connection,
      loadW: around(connection.loadW, 0.01),
      pvW: around(connection.pvW, 0.01),
      importPricePerKwh: around(connection.importPricePerKwh, 0.01).map((it) => Math.max(0.04, it)),
    },
  };
}
