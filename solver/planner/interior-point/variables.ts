/**
 * All variables of the program in flat arrays, and what an iteration does to each by itself.
 *
 * x in [0, upper] with room = upper - x, and the prices lowerDual of x >= 0 and upperDual of
 * room >= 0. The first `boundedCount` have both, the others only x >= 0.
 */
export interface Variables {
  readonly count: number;
  readonly boundedCount: number;
  readonly x: Float64Array;
  readonly room: Float64Array;
  readonly lowerDual: Float64Array;
  readonly upperDual: Float64Array;
  readonly cost: Float64Array;
  readonly upper: Float64Array;
  /** Proximal weight: keeps theta bounded where neither bound is near. */
  readonly proximal: Float64Array;
  /** 1 / (lowerDual / x + upperDual / room + proximal) */
  readonly theta: Float64Array;
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

export function createVariables(count: number, boundedCount: number): Variables {
  const array = () => new Float64Array(count);
  return {
    count,
    boundedCount,
    x: array(),
    room: array(),
    lowerDual: array(),
    upperDual: array(),
    cost: array(),
    upper: array(),
    proximal: array(),
    theta: array(),
    push: array(),
    price: array(),
    predictor: array(),
    step: array(),
    lowPush: array(),
    highPush: array(),
    lowExtra: array(),
    highExtra: array(),
    tried: array(),
  };
}

/** Sum of x lowerDual + room upperDual: the gap between primal and dual, once both are feasible. */
export function complementarity(v: Variables): number {
  const { x, room, lowerDual, upperDual } = v;
  let sum = 0;
  for (let j = 0; j < v.boundedCount; j += 1) {
    sum +=
      (x[j] as number) * (lowerDual[j] as number) + (room[j] as number) * (upperDual[j] as number);
  }
  for (let j = v.boundedCount; j < v.count; j += 1)
    sum += (x[j] as number) * (lowerDual[j] as number);
  return sum;
}

export function objective(v: Variables): number {
  let sum = 0;
  for (let j = 0; j < v.count; j += 1) sum += (v.cost[j] as number) * (v.x[j] as number);
  return sum;
}

/** theta, and the push of the predictor: straight at complementarity 0. */
export function pushPredictor(v: Variables): void {
  const { x, room, lowerDual, upperDual, proximal, theta, push } = v;
  for (let j = 0; j < v.boundedCount; j += 1) {
    const low = lowerDual[j] as number;
    const high = upperDual[j] as number;
    const weight =
      1 / (low / (x[j] as number) + high / (room[j] as number) + (proximal[j] as number));
    theta[j] = weight;
    push[j] = weight * (high - low);
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const low = lowerDual[j] as number;
    const weight = 1 / (low / (x[j] as number) + (proximal[j] as number));
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
  const { x, room, lowerDual, upperDual, theta, push, price, predictor } = v;
  let primal = 1;
  let dual = 1;
  let sum = 0;
  let sum1 = 0;
  let sum2 = 0;
  for (let j = 0; j < v.boundedCount; j += 1) {
    const step = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    predictor[j] = step;
    const r = step / (x[j] as number);
    const q = -step / (room[j] as number);
    primal = Math.max(primal, -r, -q);
    dual = Math.max(dual, 1 + r, 1 + q);
    const low = (x[j] as number) * (lowerDual[j] as number);
    const high = (room[j] as number) * (upperDual[j] as number);
    sum += low + high;
    sum1 += low * r + high * q;
    sum2 += low * r * r + high * q * q;
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const step = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    predictor[j] = step;
    const r = step / (x[j] as number);
    primal = Math.max(primal, -r);
    dual = Math.max(dual, 1 + r);
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
  const { x, room, lowerDual, upperDual, theta, push, predictor, lowPush, highPush } = v;
  for (let j = 0; j < v.boundedCount; j += 1) {
    const perX = 1 / (x[j] as number);
    const perRoom = 1 / (room[j] as number);
    const r = (predictor[j] as number) * perX;
    const q = -(predictor[j] as number) * perRoom;
    const low = target * perX + (lowerDual[j] as number) * (r * (1 + r) - 1);
    const high = target * perRoom + (upperDual[j] as number) * (q * (1 + q) - 1);
    lowPush[j] = low;
    highPush[j] = high;
    push[j] = (theta[j] as number) * (low - high);
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const perX = 1 / (x[j] as number);
    const r = (predictor[j] as number) * perX;
    const low = target * perX + (lowerDual[j] as number) * (r * (1 + r) - 1);
    lowPush[j] = low;
    push[j] = (theta[j] as number) * low;
  }
}

export interface StepLength {
  primal: number;
  dual: number;
}

/** The combined step from its prices; how far x and how far the duals may go to their bounds. */
export function stepCorrector(v: Variables, length: StepLength): void {
  const { x, room, lowerDual, upperDual, theta, push, price, step, lowPush, highPush } = v;
  let primal = 0;
  let dual = 0;
  for (let j = 0; j < v.boundedCount; j += 1) {
    const dx = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    step[j] = dx;
    const r = dx / (x[j] as number);
    const q = dx / (room[j] as number);
    primal = Math.max(primal, -r, q);
    dual = Math.max(
      dual,
      r - (lowPush[j] as number) / (lowerDual[j] as number),
      -q - (highPush[j] as number) / (upperDual[j] as number),
    );
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const dx = (theta[j] as number) * (price[j] as number) + (push[j] as number);
    step[j] = dx;
    const r = dx / (x[j] as number);
    primal = Math.max(primal, -r);
    dual = Math.max(dual, r - (lowPush[j] as number) / (lowerDual[j] as number));
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
  const { x, room, lowerDual, upperDual, theta, push, step, lowPush, highPush } = v;
  const { lowExtra, highExtra } = v;
  const { primal, dual } = trial;
  for (let j = 0; j < v.boundedCount; j += 1) {
    const dx = step[j] as number;
    const perX = 1 / (x[j] as number);
    const perRoom = 1 / (room[j] as number);
    const low = lowerDual[j] as number;
    const high = upperDual[j] as number;
    const lowAfter = low + dual * ((lowPush[j] as number) - low * perX * dx);
    const highAfter = high + dual * ((highPush[j] as number) + high * perRoom * dx);
    const lowMore = correction(((x[j] as number) + primal * dx) * lowAfter, target) * perX;
    const highMore = correction(((room[j] as number) - primal * dx) * highAfter, target) * perRoom;
    lowExtra[j] = lowMore;
    highExtra[j] = highMore;
    push[j] = (theta[j] as number) * (lowMore - highMore);
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const perX = 1 / (x[j] as number);
    const low = lowerDual[j] as number;
    const after = low + dual * ((lowPush[j] as number) - low * perX * (step[j] as number));
    const more =
      correction(((x[j] as number) + primal * (step[j] as number)) * after, target) * perX;
    lowExtra[j] = more;
    push[j] = (theta[j] as number) * more;
  }
}

/** The step with the centrality corrector, and how far it may go. */
export function stepCentrality(v: Variables, length: StepLength): void {
  const { x, room, lowerDual, upperDual, theta, push, price, step, lowPush, highPush } = v;
  const { lowExtra, highExtra, tried } = v;
  let primal = 0;
  let dual = 0;
  for (let j = 0; j < v.boundedCount; j += 1) {
    const dx =
      (step[j] as number) + (theta[j] as number) * (price[j] as number) + (push[j] as number);
    tried[j] = dx;
    const r = dx / (x[j] as number);
    const q = dx / (room[j] as number);
    const low = ((lowPush[j] as number) + (lowExtra[j] as number)) / (lowerDual[j] as number);
    const high = ((highPush[j] as number) + (highExtra[j] as number)) / (upperDual[j] as number);
    primal = Math.max(primal, -r, q);
    dual = Math.max(dual, r - low, -q - high);
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const dx =
      (step[j] as number) + (theta[j] as number) * (price[j] as number) + (push[j] as number);
    tried[j] = dx;
    const r = dx / (x[j] as number);
    primal = Math.max(primal, -r);
    dual = Math.max(
      dual,
      r - ((lowPush[j] as number) + (lowExtra[j] as number)) / (lowerDual[j] as number),
    );
  }
  length.primal = 1 / primal;
  length.dual = 1 / dual;
}

/** Takes over the step that was tried. */
export function acceptCentrality(v: Variables): void {
  const { lowPush, highPush, lowExtra, highExtra } = v;
  v.step.set(v.tried);
  for (let j = 0; j < v.boundedCount; j += 1) {
    lowPush[j] = (lowPush[j] as number) + (lowExtra[j] as number);
    highPush[j] = (highPush[j] as number) + (highExtra[j] as number);
  }
  for (let j = v.boundedCount; j < v.count; j += 1)
    lowPush[j] = (lowPush[j] as number) + (lowExtra[j] as number);
}

/** Moves x and the duals by the combined step. */
export function moveVariables(v: Variables, { primal, dual }: StepLength): void {
  const { x, room, lowerDual, upperDual, step, lowPush, highPush } = v;
  for (let j = 0; j < v.boundedCount; j += 1) {
    const dx = step[j] as number;
    const low = lowerDual[j] as number;
    const high = upperDual[j] as number;
    lowerDual[j] = low + dual * ((lowPush[j] as number) - (low / (x[j] as number)) * dx);
    upperDual[j] = high + dual * ((highPush[j] as number) + (high / (room[j] as number)) * dx);
    x[j] = (x[j] as number) + primal * dx;
    room[j] = (room[j] as number) - primal * dx;
  }
  for (let j = v.boundedCount; j < v.count; j += 1) {
    const dx = step[j] as number;
    const low = lowerDual[j] as number;
    lowerDual[j] = low + dual * ((lowPush[j] as number) - (low / (x[j] as number)) * dx);
    x[j] = (x[j] as number) + primal * dx;
  }
}
