/**
 * The passes over bounded variables on pairs of doubles (WebAssembly SIMD): the same formulas as in
 * `variables.ts`, which does what is left over and everything where there is no SIMD.
 *
 * Arrays stand STRIDE bytes apart in one memory, so that one pointer reaches them all. It belongs to
 * the program that was created last.
 */
import {
  add,
  ALIGN,
  type Code,
  constant,
  countDown,
  END,
  F64X2_ADD,
  F64X2_DIV,
  F64X2_MUL,
  F64X2_NEG,
  F64X2_PMAX,
  F64X2_PMIN,
  F64X2_SUB,
  functionOf,
  get,
  HEADER,
  I32,
  leb,
  load,
  LOOP,
  name,
  section,
  set,
  V128,
  V128_LOAD64_SPLAT,
  V128_STORE,
  V128_ZERO,
} from '../../linear/wasm-code.js';
import { openModule } from '../../linear/wasm-port.js';

export const ARRAYS = [
  'x',
  'room',
  'lowerDual',
  'upperDual',
  'cost',
  'upper',
  'proximal',
  'perX',
  'perRoom',
  'theta',
  'softened',
  'push',
  'price',
  'predictor',
  'step',
  'lowPush',
  'highPush',
  'lowExtra',
  'highExtra',
  'tried',
] as const;
export type ArrayName = (typeof ARRAYS)[number];

/** More variables are left to plain loops. */
const CAPACITY = 65_536;
const BYTES = 8;
/** Not a multiple of a page: arrays would compete for the same lines of the cache. */
const STRIDE = CAPACITY * BYTES + 832;
/** Memory begins with numbers in, in pairs of lanes numbers out, and then the arrays. */
const OUT = 64;
const DATA = 256;
const PAGE_BYTES = 65_536;
const PAGES = Math.ceil((DATA + ARRAYS.length * STRIDE) / PAGE_BYTES);

/** Names of locals in a pass under construction. */
interface Pass {
  readonly load: (array: ArrayName) => Code;
  readonly store: (array: ArrayName, value: Code) => void;
  /** Computes a value once. */
  readonly keep: (value: Code) => Code;
  /** A number that the pass is called with. */
  readonly number: (index: number) => Code;
  /** out[index] grows by it, or becomes the larger of both, in each of two lanes. */
  readonly sum: (index: number, value: Code) => void;
  readonly largest: (index: number, value: Code) => void;
}

const plus = (a: Code, b: Code): Code => [...a, ...b, ...F64X2_ADD];
const minus = (a: Code, b: Code): Code => [...a, ...b, ...F64X2_SUB];
const times = (a: Code, b: Code): Code => [...a, ...b, ...F64X2_MUL];
const over = (a: Code, b: Code): Code => [...a, ...b, ...F64X2_DIV];
const negative = (a: Code): Code => [...a, ...F64X2_NEG];
const larger = (a: Code, b: Code): Code => [...a, ...b, ...F64X2_PMAX];
const smaller = (a: Code, b: Code): Code => [...a, ...b, ...F64X2_PMIN];
const ZERO: Code = V128_ZERO;

/** Numbers in, by every pass. */
const ONE = 0;
export const TARGET = 1;
export const PRIMAL = 2;
export const DUAL = 3;
export const PRODUCT_LOW = 4;
export const PRODUCT_HIGH = 5;

type Build = (pass: Pass) => void;

const distance: Build = ({ load: v, keep, sum }) => {
  const x = keep(v('x'));
  const room = keep(v('room'));
  const low = keep(v('lowerDual'));
  const high = keep(v('upperDual'));
  sum(0, plus(times(x, low), times(room, high)));
  const reduced = keep(minus(low, high));
  const above = times(x, larger(ZERO, reduced));
  sum(1, plus(above, times(room, larger(ZERO, negative(reduced)))));
};

const pushPredictor: Build = ({ load: v, keep, store, number }) => {
  const x = keep(v('x'));
  const room = keep(v('room'));
  const low = keep(v('lowerDual'));
  const high = keep(v('upperDual'));
  const per = keep(over(number(ONE), times(x, room)));
  store('perX', times(room, per));
  store('perRoom', times(x, per));
  const curvature = times(plus(times(low, room), times(high, x)), per);
  const weight = keep(over(number(ONE), plus(curvature, v('proximal'))));
  store('theta', weight);
  store('push', times(weight, minus(high, low)));
};

const stepPredictor: Build = ({ load: v, keep, store, number, sum, largest }) => {
  const step = keep(plus(times(v('theta'), v('price')), v('push')));
  store('predictor', step);
  const r = keep(times(step, v('perX')));
  const q = keep(negative(times(step, v('perRoom'))));
  largest(0, larger(negative(r), negative(q)));
  largest(1, plus(number(ONE), larger(r, q)));
  const low = keep(times(v('x'), v('lowerDual')));
  const high = keep(times(v('room'), v('upperDual')));
  sum(2, plus(low, high));
  const lowStep = keep(times(low, r));
  const highStep = keep(times(high, q));
  sum(3, plus(lowStep, highStep));
  sum(4, plus(times(lowStep, r), times(highStep, q)));
};

const pushCorrector: Build = ({ load: v, keep, store, number }) => {
  const perX = keep(v('perX'));
  const perRoom = keep(v('perRoom'));
  const predictor = keep(v('predictor'));
  const r = keep(times(predictor, perX));
  const q = keep(negative(times(predictor, perRoom)));
  const secondOrder = (a: Code): Code => minus(times(a, plus(number(ONE), a)), number(ONE));
  const target = number(TARGET);
  const low = keep(plus(times(target, perX), times(v('lowerDual'), secondOrder(r))));
  const high = keep(plus(times(target, perRoom), times(v('upperDual'), secondOrder(q))));
  store('lowPush', low);
  store('highPush', high);
  store('push', times(v('theta'), minus(low, high)));
};

/** How far x and the duals may go by the step `dx`; `lowPush` and `highPush` as they are for it. */
function noteLengths(pass: Pass, dx: Code, lowPush: Code, highPush: Code): void {
  const { load: v, keep, largest } = pass;
  const r = keep(times(dx, v('perX')));
  const q = keep(times(dx, v('perRoom')));
  largest(0, larger(negative(r), q));
  const low = keep(v('lowerDual'));
  const high = keep(v('upperDual'));
  const lowFall = over(minus(times(low, r), lowPush), low);
  const highFall = over(minus(negative(times(high, q)), highPush), high);
  largest(1, larger(lowFall, highFall));
}

const stepCorrector: Build = (pass) => {
  const { load: v, keep, store } = pass;
  const dx = keep(plus(times(v('theta'), v('price')), v('push')));
  store('step', dx);
  noteLengths(pass, dx, v('lowPush'), v('highPush'));
};

const stepCentrality: Build = (pass) => {
  const { load: v, keep, store } = pass;
  const dx = keep(plus(v('step'), plus(times(v('theta'), v('price')), v('push'))));
  store('tried', dx);
  const low = plus(v('lowPush'), v('lowExtra'));
  noteLengths(pass, dx, low, plus(v('highPush'), v('highExtra')));
};

/** The duals after a step of length DUAL. */
function dualsAfter({ load: v, keep, number }: Pass, dx: Code): { low: Code; high: Code } {
  const low = keep(v('lowerDual'));
  const high = keep(v('upperDual'));
  const lowStep = minus(v('lowPush'), times(times(low, v('perX')), dx));
  const highStep = plus(v('highPush'), times(times(high, v('perRoom')), dx));
  return {
    low: keep(plus(low, times(number(DUAL), lowStep))),
    high: keep(plus(high, times(number(DUAL), highStep))),
  };
}

const pushCentrality: Build = (pass) => {
  const { load: v, keep, store, number } = pass;
  const dx = keep(v('step'));
  const after = dualsAfter(pass, dx);
  const correction = (product: Code): Code => {
    const kept = keep(product);
    const most = number(PRODUCT_HIGH);
    const fewer = smaller(ZERO, larger(minus(most, kept), negative(most)));
    return plus(larger(ZERO, minus(number(PRODUCT_LOW), kept)), fewer);
  };
  const move = keep(times(number(PRIMAL), dx));
  const xMore = correction(times(plus(v('x'), move), after.low));
  const low = keep(times(xMore, v('perX')));
  const roomMore = correction(times(minus(v('room'), move), after.high));
  const high = keep(times(roomMore, v('perRoom')));
  store('lowExtra', low);
  store('highExtra', high);
  store('push', times(v('theta'), minus(low, high)));
};

const acceptCentrality: Build = ({ load: v, store }) => {
  store('step', v('tried'));
  store('lowPush', plus(v('lowPush'), v('lowExtra')));
  store('highPush', plus(v('highPush'), v('highExtra')));
};

const moveVariables: Build = (pass) => {
  const { load: v, keep, store, number } = pass;
  const dx = keep(v('step'));
  const after = dualsAfter(pass, dx);
  const drift = keep(times(times(number(DUAL), v('proximal')), dx));
  store('lowerDual', minus(after.low, smaller(ZERO, drift)));
  store('upperDual', plus(after.high, larger(ZERO, drift)));
  const move = keep(times(number(PRIMAL), dx));
  store('x', plus(v('x'), move));
  store('room', minus(v('room'), move));
};

const PASSES = {
  distance,
  pushPredictor,
  stepPredictor,
  pushCorrector,
  stepCorrector,
  pushCentrality,
  stepCentrality,
  acceptCentrality,
  moveVariables,
} as const;
export type PassName = keyof typeof PASSES;

/** A function of the count of pairs: the loop of a pass, and what it found in memory. */
function compile(build: Build): number[] {
  const [pairs, pointer] = [0, 1] as const;
  const body: number[] = [];
  const found = new Map<number, Code>();
  const after: number[] = [];
  const before: number[] = [];
  const atStart = new Map<number, number>();
  let locals = 2;
  const setNew = (code: number[], value: Code): number => {
    code.push(...set(locals, ...value));
    locals += 1;
    return locals - 1;
  };
  const keepFound = (index: number, value: Code, join: (a: Code, b: Code) => Code): void => {
    const local = setNew(before, ZERO);
    found.set(index, get(local));
    body.push(...set(local, ...join(get(local), value)));
    const address = [...constant(OUT + 16 * index), ...get(local), ...V128_STORE, ALIGN, 0];
    after.push(...address);
  };
  build({
    load: (array) => load(pointer, ARRAYS.indexOf(array) * STRIDE),
    store: (array, value) => {
      const offset = leb(ARRAYS.indexOf(array) * STRIDE);
      body.push(...get(pointer), ...value, ...V128_STORE, ALIGN, ...offset);
    },
    keep: (value) => get(setNew(body, value)),
    number: (index) => {
      const splat = [...constant(BYTES * index), ...V128_LOAD64_SPLAT, ALIGN, 0];
      const known = atStart.get(index) ?? setNew(before, splat);
      atStart.set(index, known);
      return get(known);
    },
    sum: (index, value) => keepFound(index, value, plus),
    largest: (index, value) => keepFound(index, value, larger),
  });
  const loop = [...body, ...add(pointer, ...constant(16)), ...countDown(pairs)];
  const code = [...before, ...set(pointer, ...constant(DATA)), ...LOOP, ...loop, END, ...after];
  return functionOf([1, I32, locals - 2, V128], code);
}

function moduleBytes(): Uint8Array {
  const builds = Object.values(PASSES);
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [[0x60, 1, I32, 0]]),
    ...section(
      3,
      builds.map(() => [0]),
    ),
    ...section(5, [[0x00, ...leb(PAGES)]]),
    ...section(7, [
      ...Object.keys(PASSES).map((it, index) => [...name(it), 0x00, index]),
      [...name('memory'), 0x02, 0],
    ]),
    ...section(10, builds.map(compile)),
  ]);
}

type Exports = Readonly<Record<PassName, (pairs: number) => void>> & {
  readonly memory: { readonly buffer: ArrayBuffer };
};

/** The passes, and memory for the arrays of one program. */
export interface SimdPasses {
  /** An array of zeros. */
  readonly array: (name: ArrayName, count: number) => Float64Array<ArrayBuffer>;
  /** Runs a pass on pairs from the first variable on; the numbers in are set before. */
  readonly run: (pass: PassName, pairs: number) => void;
  readonly numbers: Float64Array;
  /** Of both lanes, what the last pass found. */
  readonly sum: (index: number) => number;
  readonly largest: (index: number) => number;
}

/** Undefined where there is no SIMD. */
export function openSimdPasses(): SimdPasses | undefined {
  const exports = openModule<Exports>(moduleBytes());
  if (exports === undefined) return undefined;
  const { buffer } = exports.memory;
  const numbers = new Float64Array(buffer, 0, OUT / BYTES);
  const found = new Float64Array(buffer, OUT, (DATA - OUT) / BYTES);
  numbers[ONE] = 1;
  return {
    array: (array, count) =>
      new Float64Array(buffer, DATA + ARRAYS.indexOf(array) * STRIDE, count).fill(0),
    run: (pass, pairs) => exports[pass](pairs),
    numbers,
    sum: (index) => (found[2 * index] as number) + (found[2 * index + 1] as number),
    largest: (index) => Math.max(found[2 * index] as number, found[2 * index + 1] as number),
  };
}

export function fitsPasses(count: number): boolean {
  return count <= CAPACITY;
}
