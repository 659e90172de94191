/**
 * Mehrotra's predictor-corrector method (Mehrotra 1992) on a plan whose normal equations are
 * eliminated along its structure. Duals start feasible and stay so, because every variable has
 * an upper bound whose price takes up the difference.
 */
import { gapScale } from '../cost-bound.js';
import { factorSystem, solveSystem, subtractProduct } from './newton.js';
import type { Program } from './program.js';
import { addRows, clearRows, copyRows, type Rows } from './rows.js';
import { EXPORTED, ORDER_SLACK, PHASE_SLACK } from './site-columns.js';
import {
  acceptCentrality,
  type Distance,
  distance,
  moveVariables,
  objective,
  type PredictorLength,
  pushCentrality,
  pushCorrector,
  pushPredictor,
  type StepLength,
  stepCentrality,
  stepCorrector,
  stepPredictor,
} from './variables.js';

/** A step stops this far before the first bound. */
const STEP_FRACTION = 0.995;
/** Products aim at this power of what the predictor would leave of them. Found by trial. */
const CENTRING_POWER = 4;
/** Centrality correctors an iteration at most: each costs one solve and no factor. */
const CORRECTORS_MAX = 1;
/** Steps of this length need none: the iterations that it saves then cost less than it. */
const LONG_ENOUGH = 0.6;
/** Among cuts of groups, products that drift apart may end in no plan. */
const LONG_ENOUGH_WITH_CUTS = 0.9;
/** A corrector aims at this much longer steps, and stays if it reaches this part of that. */
const LONGER = 0.5;
const LONGER_WORTH = 0.06;

/** Where rows gave more than this, kW, and this part of what they lacked, their prices have far to go. */
const GIVEN_KW = 2e-5;
const GIVEN_FRACTION = 0.5;
const GIVE_LESS_FACTOR = 0.1;

export interface Progress extends Distance {
  /** The proven gap over the objective. */
  gap: number;
  /** Likewise over what it has of money: near what the check will find. */
  moneyGap: number;
  /** Largest residual of a row, kW or kWh. */
  residual: number;
}

/** One iteration from where `measure` was: predictor, corrector, centrality correctors, move. */
export function iterate(program: Program, before: Progress): void {
  const { variables: v, y, dy, residual } = program;
  const pairCount = v.count + v.boundedCount;
  pushPredictor(v);
  factorSystem(program);
  copyRows(dy, residual);
  solveSystem(program, dy);
  const predicted: PredictorLength = { primal: 0, dual: 0, after: 0 };
  stepPredictor(v, predicted);
  const left = predicted.after / before.complementarity;
  const target = (left ** CENTRING_POWER * before.complementarity) / pairCount;
  pushCorrector(v, target);
  copyRows(dy, residual);
  solveSystem(program, dy);
  const length: StepLength = { primal: 0, dual: 0 };
  stepCorrector(v, length);
  for (let count = 0; count < CORRECTORS_MAX; count += 1) {
    if (!lengthen(program, target, length)) break;
  }
  length.primal = Math.min(1, STEP_FRACTION * length.primal);
  length.dual = Math.min(1, STEP_FRACTION * length.dual);
  moveVariables(v, length);
  addRows(y, length.dual, dy);
  giveLess(program, before.residual);
}

function giveLess(program: Program, residual: number): void {
  const { panel, energy, cut, balance } = program.dy;
  const price = Math.max(...[panel, energy, cut, balance].map(largestOf));
  const given = program.give * price;
  if (given > Math.max(GIVEN_KW, GIVEN_FRACTION * residual)) program.give *= GIVE_LESS_FACTOR;
}

/**
 * A centrality corrector (Gondzio 1996): products that a longer step would leave too small or too
 * large are corrected. Whether the steps became longer by enough to try another one.
 */
function lengthen(program: Program, target: number, length: StepLength): boolean {
  const { variables: v, dy, extra, layout } = program;
  const primal = Math.min(1, length.primal);
  const dual = Math.min(1, length.dual);
  const enough = layout.tree.cutKey.length > 0 ? LONG_ENOUGH_WITH_CUTS : LONG_ENOUGH;
  if (primal > enough && dual > enough) return false;
  const trial = { primal: Math.min(1, primal + LONGER), dual: Math.min(1, dual + LONGER) };
  pushCentrality(v, target, trial);
  clearRows(extra);
  solveSystem(program, extra);
  const tried: StepLength = { primal: 0, dual: 0 };
  stepCentrality(v, tried);
  const gained = Math.min(1, tried.primal) + Math.min(1, tried.dual) - primal - dual;
  if (gained < LONGER_WORTH * LONGER) return false;
  acceptCentrality(v);
  addRows(dy, 1, extra);
  length.primal = tried.primal;
  length.dual = tried.dual;
  return true;
}

/** Residuals anew, from x itself: what one iteration's rounding left, the next one corrects. */
export function measure(program: Program, progress: Progress): void {
  const { residual, rhs, variables } = program;
  copyRows(residual, rhs);
  subtractProduct(program, variables.x, residual);
  progress.residual = largest(residual);
  distance(variables, progress);
  const cost = objective(variables, program.starts.unmet);
  progress.gap = progress.proven / Math.max(1, Math.abs(cost));
  const penalty = penaltyOf(program);
  progress.moneyGap = progress.proven / gapScale(program.layout.problem, { cost, penalty });
}

/** Of unmet energy and slack, with the little that imports cost in the latter. */
function penaltyOf({ variables: v, starts, columns }: Program): number {
  const { keys, slotCount: n } = columns;
  let sum = 0;
  for (let j = starts.unmet; j < starts.siteStart; j += 1)
    sum += (v.cost[j] as number) * (v.x[j] as number);
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] as number;
    const isSlack =
      (key >= ORDER_SLACK * n && key < EXPORTED * n) ||
      (key >= PHASE_SLACK * n && key < columns.peakKey);
    const j = starts.siteStart + at;
    if (isSlack) sum += (v.cost[j] as number) * (v.x[j] as number);
  }
  return sum;
}

/**
 * Every plan costs at least this, because the duals are feasible; it grows beyond all bounds where
 * there is none.
 */
export function dualObjective({ rhs, y, variables: v, layout }: Program): number {
  let sum = dotProduct(rhs.panel, y.panel) + dotProduct(rhs.energy, y.energy);
  const sitePhases = layout.slotCount * layout.phaseCount;
  sum += dotProduct(rhs.phase.subarray(0, sitePhases), y.phase);
  sum += dotProduct(rhs.balance, y.balance) + dotProduct(rhs.peak, y.peak);
  sum += dotProduct(rhs.storage, y.storage) + dotProduct(rhs.cut, y.cut);
  for (let j = 0; j < v.boundedCount; j += 1)
    sum -= (v.upper[j] as number) * (v.upperDual[j] as number);
  return sum;
}

/** No plan costs more than this. */
export function costMax({ variables: v }: Program): number {
  let sum = 0;
  for (let j = 0; j < v.boundedCount; j += 1)
    sum += Math.max(0, v.cost[j] as number) * (v.upper[j] as number);
  return sum;
}

function dotProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

function largest(rows: Rows): number {
  let most = 0;
  for (const values of Object.values(rows) as Float64Array[])
    most = Math.max(most, largestOf(values));
  return most;
}

function largestOf(values: Float64Array): number {
  let most = 0;
  for (let at = 0; at < values.length; at += 1) {
    const size = Math.abs(values[at] as number);
    if (size > most) most = size;
  }
  return most;
}
