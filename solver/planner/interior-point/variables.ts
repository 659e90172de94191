/**
 * All variables of the program in flat arrays, and what an iteration does to each by itself.
 *
 * x in [0, upper] with room = upper - x, and the prices lowerDual of x >= 0 and upperDual of
 * room >= 0. The first `boundedCount` have both, the others only x >= 0.
 */
import {
  type ArrayName,
  ARRAYS,
  DUAL,
  fitsPasses,
  openSimdPasses,
  type PassName,
  PRIMAL,
  PRODUCT_HIGH,
  PRODUCT_LOW,
  type SimdPasses,
  TARGET,
} from './simd-passes.js';

export interface Variables {
  readonly count: number;
  readonly boundedCount: number;
  /** The arrays stand in its memory. */
  readonly simd: SimdPasses | undefined;
  readonly x: Float64Array;
  readonly room: Float64Array;
  readonly lowerDual: Float64Array;
  readonly upperDual: Float64Array;
  readonly cost: Float64Array;
  readonly upper: Float64Array;
  /** Proximal weight: keeps theta bounded where neither bound is near; 0 where there is only one. */
  readonly proximal: Float64Array;
  /** 1 / x and 1 / room, of the iteration's start. */
  readonly perX: Float64Array;
  readonly perRoom: Float64Array;
  /** 1 / (lowerDual / x + upperDual / room + proximal) */
  readonly theta: Float64Array;
  /** theta, and of what fills a row alone what the row may give as well: what is factored. */
  readonly softened: Float64Array;
  /** theta times the constant part of the step; the step is it plus theta times the price. */
  readonly push: Float64Array;
  /** What the row prices of a step say to each variable. */
  readonly price: Float64Array;
  readonly predictor: Float64Array;
  readonly step: Float64Array;
  /** Constant parts of the duals' steps: lowerDual moves by lowPush - lowerDual / x * step. */
  readonly lowPush: Float64Array;
  readonly highPush: Float64Array;
  /** What a centrality corrector adds to them, and the step with it. */
  readonly lowExtra: Float64Array;
  readonly highExtra: Float64Array;
  readonly tried: Float64Array;
}

/** One memory for all programs, used by the one that was created last. */
const passes = openSimdPasses();

export function createVariables(count: number, boundedCount: number): Variables {
  const simd = fitsPasses(count) ? passes : undefined;
  const arrays = Object.fromEntries(
    ARRAYS.map((name) => [name, simd?.array(name, count) ?? new Float64Array(count)]),
  ) as Record<ArrayName, Float64Array>;
  return { count, boundedCount, simd, ...arrays };
}

/** Runs a pass on pairs of bounded variables; how many are done, none without SIMD. */
function runPairs({ simd, boundedCount }: Variables, pass: PassName): number {
  const pairs = boundedCount >> 1;
  if (simd === undefined || pairs === 0) return 0;
  simd.run(pass, pairs);
  return 2 * pairs;
}

function setNumber({ simd }: Variables, index: number, value: number): void {
  if (simd !== undefined) simd.numbers[index] = value;
}

const sumOf = ({ simd }: Variables, index: number): number => simd?.sum(index) ?? 0;
const largestOf = ({ simd }: Variables, index: number): number => simd?.largest(index) ?? 0;

/** How far a point is from the optimum, once its rows hold. */
export interface Distance {
  /** Sum of x lowerDual + room upperDual. */
  complementarity: number;
  /** The gap that the prices of the rows prove: of two bounds, only the one that counts is priced. */
  proven: number;
}

export function distance(v: Variables, to: Distance): void {
  const { x, room, lowerDual, upperDual } = v;
  const first = runPairs(v, 'distance');
  let sum = first > 0 ? sumOf(v, 0) : 0;
  let proven = first > 0 ? sumOf(v, 1) : 0;
  for (let j = first; j < v.boundedCount; j += 1) {
    const low = lowerDual[j] as number;
    const high = upperDual[j] as number;
    const own = x[j] as number;
    const left = room[j] as number;
    sum += own * low + left * high;
    const reduced = low - high;
    proven += reduced > 0 ? own * reduced : -left * reduced;
  }
  let single = 0;
  for (let j = v.boundedCount; j < v.count; j += 1)
    single += (x[j] as number) * (lowerDual[j] as number);
  to.complementarity = sum + single;
  to.proven = proven + single;
}

/** Cost of all variables; those before `from` cost nothing. */
export function objective(v: Variables, from: number): number {
  let sum = 0;
  for (let j = from; j < v.count; j += 1) sum += (v.cost[j] as number) * (v.x[j] as number);
  return sum;
}

/** Inverses, theta, and the push of the predictor: straight at complementarity 0. */
export function pushPredictor(v: Variables): void {
  const { x, room, lowerDual, upperDual, proximal, perX, perRoom, theta, push } = v;
  for (let j = runPairs(v, 'pushPredictor'); j < v.boundedCount; j += 1) {
    const low = lowerDual[j] as number;
    const high = upperDual[j] as number;
    const own = x[j] as number;
    const left = room[j] as number;
    const per = 1 / (own * left);
    perX[j] = left * per;
    perRoom[j] = own * per;
    const weight = 1 / ((low * left + high * own) * per + (proximal[j] as number));
    theta[j] = weight;
    push[j] = weight * (high - low);
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const low = lowerDual[j] as number;
    const per = 1 / (x[j] as number);
    perX[j] = per;
    const weight = 1 / (low * per);
    theta[j] = weight;
    push[j] = -weight * low;
  }
}

export interface PredictorLength {
  primal: number;
  dual: number;
  /** Complementarity after a step of these lengths. */
  after: number;
}

/** The predictor step from its prices, how far it may go, and what is left then. */
export function stepPredictor(v: Variables, length: PredictorLength): void {
  const { x, room, lowerDual, upperDual, perX, perRoom, theta, push, price, predictor } = v;
  const first = runPairs(v, 'stepPredictor');
  let primal = first > 0 ? Math.max(1, largestOf(v, 0)) : 1;
  let dual = first > 0 ? Math.max(1, largestOf(v, 1)) : 1;
  let sum = first > 0 ? sumOf(v, 2) : 0;
  let sum1 = first > 0 ? sumOf(v, 3) : 0;
  let sum2 = first > 0 ? sumOf(v, 4) : 0;
  for (let j = first; j < v.boundedCount; j += 1) {
    const step = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    predictor[j] = step;
    const r = step * (perX[j] as number);
    const q = -step * (perRoom[j] as number);
    if (-r > primal) primal = -r;
    if (-q > primal) primal = -q;
    if (1 + r > dual) dual = 1 + r;
    if (1 + q > dual) dual = 1 + q;
    const low = (x[j] as number) * (lowerDual[j] as number);
    const high = (room[j] as number) * (upperDual[j] as number);
    sum += low + high;
    const lowStep = low * r;
    const highStep = high * q;
    sum1 += lowStep + highStep;
    sum2 += lowStep * r + highStep * q;
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const step = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    predictor[j] = step;
    const r = step * (perX[j] as number);
    if (-r > primal) primal = -r;
    if (1 + r > dual) dual = 1 + r;
    const low = (x[j] as number) * (lowerDual[j] as number);
    sum += low;
    sum1 += low * r;
    sum2 += low * r * r;
  }
  const p = 1 / primal;
  const d = 1 / dual;
  length.primal = p;
  length.dual = d;
  length.after = sum + p * sum1 - d * (sum + sum1) - p * d * (sum1 + sum2);
}

/** The push of the corrector: to complementarity `target` each, with second-order terms. */
export function pushCorrector(v: Variables, target: number): void {
  const { lowerDual, upperDual, perX, perRoom, theta, push, predictor, lowPush, highPush } = v;
  setNumber(v, TARGET, target);
  for (let j = runPairs(v, 'pushCorrector'); j < v.boundedCount; j += 1) {
    const r = (predictor[j] as number) * (perX[j] as number);
    const q = -(predictor[j] as number) * (perRoom[j] as number);
    const low = target * (perX[j] as number) + (lowerDual[j] as number) * (r * (1 + r) - 1);
    const high = target * (perRoom[j] as number) + (upperDual[j] as number) * (q * (1 + q) - 1);
    lowPush[j] = low;
    highPush[j] = high;
    push[j] = (theta[j] as number) * (low - high);
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const r = (predictor[j] as number) * (perX[j] as number);
    const low = target * (perX[j] as number) + (lowerDual[j] as number) * (r * (1 + r) - 1);
    lowPush[j] = low;
    push[j] = (theta[j] as number) * low;
  }
}

export interface StepLength {
  primal: number;
  dual: number;
}

/**
 * The combined step from its prices; how far x and how far the duals may go to their bounds. Only
 * where a dual would end the step earlier than all before it, its ratio is divided out.
 */
export function stepCorrector(v: Variables, length: StepLength): void {
  const { lowerDual, upperDual, perX, perRoom, theta, push, price, step, lowPush, highPush } = v;
  const first = runPairs(v, 'stepCorrector');
  let primal = first > 0 ? largestOf(v, 0) : 0;
  let dual = first > 0 ? largestOf(v, 1) : 0;
  for (let j = first; j < v.boundedCount; j += 1) {
    const dx = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    step[j] = dx;
    const r = dx * (perX[j] as number);
    const q = dx * (perRoom[j] as number);
    if (-r > primal) primal = -r;
    if (q > primal) primal = q;
    const low = lowerDual[j] as number;
    const lowFall = low * r - (lowPush[j] as number);
    if (lowFall > dual * low) dual = lowFall / low;
    const high = upperDual[j] as number;
    const highFall = -high * q - (highPush[j] as number);
    if (highFall > dual * high) dual = highFall / high;
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const dx = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    step[j] = dx;
    const r = dx * (perX[j] as number);
    if (-r > primal) primal = -r;
    const low = lowerDual[j] as number;
    const fall = low * r - (lowPush[j] as number);
    if (fall > dual * low) dual = fall / low;
  }
  length.primal = 1 / primal;
  length.dual = 1 / dual;
}

/** Products of a trial point are brought into these multiples of the target. */
const PRODUCT_MIN = 0.1;
const PRODUCT_MAX = 10;

/** How far a product at a trial point is from the wanted range (Gondzio 1996, section 3). */
function correction(product: number, target: number): number {
  if (product < PRODUCT_MIN * target) return PRODUCT_MIN * target - product;
  if (product <= PRODUCT_MAX * target) return 0;
  return Math.max(PRODUCT_MAX * target - product, -PRODUCT_MAX * target);
}

/** The push of a centrality corrector, for products as they would be after `trial` lengths. */
export function pushCentrality(v: Variables, target: number, trial: StepLength): void {
  const { x, room, lowerDual, upperDual, perX, perRoom, theta, push, step, lowPush, highPush } = v;
  const { lowExtra, highExtra } = v;
  const { primal, dual } = trial;
  setNumber(v, PRIMAL, primal);
  setNumber(v, DUAL, dual);
  setNumber(v, PRODUCT_LOW, PRODUCT_MIN * target);
  setNumber(v, PRODUCT_HIGH, PRODUCT_MAX * target);
  for (let j = runPairs(v, 'pushCentrality'); j < v.boundedCount; j += 1) {
    const dx = step[j] as number;
    const low = lowerDual[j] as number;
    const high = upperDual[j] as number;
    const lowAfter = low + dual * ((lowPush[j] as number) - low * (perX[j] as number) * dx);
    const highAfter = high + dual * ((highPush[j] as number) + high * (perRoom[j] as number) * dx);
    const xMore = correction(((x[j] as number) + primal * dx) * lowAfter, target);
    const roomMore = correction(((room[j] as number) - primal * dx) * highAfter, target);
    const lowMore = xMore * (perX[j] as number);
    const highMore = roomMore * (perRoom[j] as number);
    lowExtra[j] = lowMore;
    highExtra[j] = highMore;
    push[j] = (theta[j] as number) * (lowMore - highMore);
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const dx = step[j] as number;
    const low = lowerDual[j] as number;
    const after = low + dual * ((lowPush[j] as number) - low * (perX[j] as number) * dx);
    const more = correction(((x[j] as number) + primal * dx) * after, target) * (perX[j] as number);
    lowExtra[j] = more;
    push[j] = (theta[j] as number) * more;
  }
}

/** The step with the centrality corrector, and how far it may go. */
export function stepCentrality(v: Variables, length: StepLength): void {
  const { lowerDual, upperDual, perX, perRoom, theta, push, price, step, lowPush, highPush } = v;
  const { lowExtra, highExtra, tried } = v;
  const first = runPairs(v, 'stepCentrality');
  let primal = first > 0 ? largestOf(v, 0) : 0;
  let dual = first > 0 ? largestOf(v, 1) : 0;
  for (let j = first; j < v.boundedCount; j += 1) {
    const more = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    const dx = (step[j] as number) + more;
    tried[j] = dx;
    const r = dx * (perX[j] as number);
    const q = dx * (perRoom[j] as number);
    if (-r > primal) primal = -r;
    if (q > primal) primal = q;
    const low = lowerDual[j] as number;
    const lowFall = low * r - (lowPush[j] as number) - (lowExtra[j] as number);
    if (lowFall > dual * low) dual = lowFall / low;
    const high = upperDual[j] as number;
    const highFall = -high * q - (highPush[j] as number) - (highExtra[j] as number);
    if (highFall > dual * high) dual = highFall / high;
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const more = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    const dx = (step[j] as number) + more;
    tried[j] = dx;
    const r = dx * (perX[j] as number);
    if (-r > primal) primal = -r;
    const low = lowerDual[j] as number;
    const fall = low * r - (lowPush[j] as number) - (lowExtra[j] as number);
    if (fall > dual * low) dual = fall / low;
  }
  length.primal = 1 / primal;
  length.dual = 1 / dual;
}

/** Takes over the step that was tried. */
export function acceptCentrality(v: Variables): void {
  const { step, tried, lowPush, highPush, lowExtra, highExtra } = v;
  for (let j = runPairs(v, 'acceptCentrality'); j < v.boundedCount; j += 1) {
    step[j] = tried[j] as number;
    lowPush[j] = (lowPush[j] as number) + (lowExtra[j] as number);
    highPush[j] = (highPush[j] as number) + (highExtra[j] as number);
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    step[j] = tried[j] as number;
    lowPush[j] = (lowPush[j] as number) + (lowExtra[j] as number);
  }
}

/**
 * Moves x and the duals by the combined step. What the proximal term has taken of a step's price is
 * put on the dual that it makes larger: the prices of both bounds stay what the rows leave over.
 */
export function moveVariables(v: Variables, { primal, dual }: StepLength): void {
  const { x, room, lowerDual, upperDual, perX, perRoom, step, lowPush, highPush, proximal } = v;
  setNumber(v, PRIMAL, primal);
  setNumber(v, DUAL, dual);
  for (let j = runPairs(v, 'moveVariables'); j < v.boundedCount; j += 1) {
    const dx = step[j] as number;
    const low = lowerDual[j] as number;
    const high = upperDual[j] as number;
    const drift = dual * (proximal[j] as number) * dx;
    const lowNext = low + dual * ((lowPush[j] as number) - low * (perX[j] as number) * dx);
    const highNext = high + dual * ((highPush[j] as number) + high * (perRoom[j] as number) * dx);
    lowerDual[j] = drift < 0 ? lowNext - drift : lowNext;
    upperDual[j] = drift > 0 ? highNext + drift : highNext;
    x[j] = (x[j] as number) + primal * dx;
    room[j] = (room[j] as number) - primal * dx;
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const dx = step[j] as number;
    const low = lowerDual[j] as number;
    lowerDual[j] = low + dual * ((lowPush[j] as number) - low * (perX[j] as number) * dx);
    x[j] = (x[j] as number) + primal * dx;
  }
}
