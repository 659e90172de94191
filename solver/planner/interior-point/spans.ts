/**
 * The cuts of a joint by what they span: with weights W (a row a cut) and slack theta,
 * theta^-1/2 W = Q G, columns of Q orthonormal. G has as many rows as phases, or as cuts where those
 * are fewer. By Gram-Schmidt, done twice, because one cut that binds dwarfs the others.
 */
import type { Layout } from './layout.js';

/** Below this fraction of what it was before, a column holds rounding alone. */
const ROUNDING_FRACTION = 1e-14;

export interface Spans {
  /** theta^-1/2 of each cut. */
  readonly perRoot: Float64Array;
  /** Q: `[cut * phases + row of G]`. */
  readonly basis: Float64Array;
  /** G: `[(joint * phases + row) * phases + phase]`. */
  readonly reach: Float64Array;
  readonly column: Float64Array;
}

/** Rows of G of a joint. */
export function spanCount({ tree, phaseCount }: Layout, joint: number): number {
  const count = (tree.cutStart[joint + 1] as number) - (tree.cutStart[joint] as number);
  return Math.min(phaseCount, count);
}

export function createSpans({ tree, phaseCount: m }: Layout): Spans {
  const cutCount = tree.cutKey.length;
  return {
    perRoot: new Float64Array(cutCount),
    basis: new Float64Array(cutCount * m),
    reach: new Float64Array(tree.jointSlot.length * m * m),
    column: new Float64Array(cutCount),
  };
}

export function orthogonalise(
  layout: Layout,
  spans: Spans,
  theta: Float64Array,
  slackStart: number,
): void {
  const { tree, phaseCount: m } = layout;
  const { perRoot, basis, reach } = spans;
  for (let c = 0; c < perRoot.length; c += 1)
    perRoot[c] = 1 / Math.sqrt(theta[slackStart + c] as number);
  reach.fill(0);
  for (let joint = 0; joint < tree.jointSlot.length; joint += 1) {
    const from = tree.cutStart[joint] as number;
    const to = tree.cutStart[joint + 1] as number;
    if (to - from > m) {
      for (let f = 0; f < m; f += 1) addColumn(layout, spans, joint, f);
      continue;
    }
    for (let c = from; c < to; c += 1) {
      const row = c - from;
      basis[c * m + row] = 1;
      for (let f = 0; f < m; f += 1)
        reach[(joint * m + row) * m + f] =
          (perRoot[c] as number) * (tree.cutWeights[c * m + f] as number);
    }
  }
}

/** Column f of theta^-1/2 W, less what the columns before it span. */
function addColumn({ tree, phaseCount: m }: Layout, spans: Spans, joint: number, f: number): void {
  const { perRoot, basis, reach, column } = spans;
  const from = tree.cutStart[joint] as number;
  const to = tree.cutStart[joint + 1] as number;
  for (let c = from; c < to; c += 1)
    column[c] = (perRoot[c] as number) * (tree.cutWeights[c * m + f] as number);
  const before = norm(column, from, to);
  for (let round = 0; round < 2; round += 1) {
    for (let row = 0; row < f; row += 1) {
      let sum = 0;
      for (let c = from; c < to; c += 1)
        sum += (basis[c * m + row] as number) * (column[c] as number);
      for (let c = from; c < to; c += 1)
        column[c] = (column[c] as number) - sum * (basis[c * m + row] as number);
      const at = (joint * m + row) * m + f;
      reach[at] = (reach[at] as number) + sum;
    }
  }
  const left = norm(column, from, to);
  const isSpanned = !(left > ROUNDING_FRACTION * before);
  reach[(joint * m + f) * m + f] = isSpanned ? 0 : left;
  for (let c = from; c < to; c += 1)
    basis[c * m + f] = isSpanned ? 0 : (column[c] as number) / left;
}

function norm(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 1) sum += (values[at] as number) * (values[at] as number);
  return Math.sqrt(sum);
}

/** Where the rows of a joint stand: its node and its first row. */
export interface Joint {
  readonly joint: number;
  readonly node: number;
  readonly first: number;
}

/** work := Q' theta^-1/2 cut + G draw, on the rows of one joint; draws in the node's block of `phase`. */
export function startJoint(
  layout: Layout,
  spans: Spans,
  { joint, node, first }: Joint,
  work: Float64Array,
  phase: Float64Array,
  cut: Float64Array,
): void {
  const { phaseCount: m, slotCount, tree } = layout;
  const from = (node * slotCount + (tree.jointSlot[joint] as number)) * m;
  const count = spanCount(layout, joint);
  for (let row = 0; row < count; row += 1) {
    let sum = spanned(layout, spans, joint, row, cut);
    for (let f = 0; f < m; f += 1)
      sum += (spans.reach[(joint * m + row) * m + f] as number) * (phase[from + f] as number);
    work[first + row] = sum;
  }
}

/** A row of Q' theta^-1/2 cut. */
function spanned(
  { tree, phaseCount: m }: Layout,
  { basis, perRoot }: Spans,
  joint: number,
  row: number,
  cut: Float64Array,
): number {
  let sum = 0;
  for (let c = tree.cutStart[joint] as number; c < (tree.cutStart[joint + 1] as number); c += 1)
    sum += (basis[c * m + row] as number) * (perRoot[c] as number) * (cut[c] as number);
  return sum;
}

/**
 * cut := prices of the joint's cuts, from the prices of its rows in `work`; what a kW pays there is
 * added to the node's block of `phase`. Leaves in `work` what the slack takes.
 */
export function recoverJoint(
  layout: Layout,
  spans: Spans,
  { joint, node, first }: Joint,
  work: Float64Array,
  phase: Float64Array,
  cut: Float64Array,
): void {
  const { phaseCount: m, slotCount, tree } = layout;
  const { basis, perRoot, reach } = spans;
  const count = spanCount(layout, joint);
  const to = (node * slotCount + (tree.jointSlot[joint] as number)) * m;
  for (let row = 0; row < count; row += 1) {
    const price = work[first + row] as number;
    // From here on the work holds what the slack takes: the right-hand side less the price.
    work[first + row] = spanned(layout, spans, joint, row, cut) - price;
    for (let f = 0; f < m; f += 1)
      phase[to + f] =
        (phase[to + f] as number) + (reach[(joint * m + row) * m + f] as number) * price;
  }
  for (let c = tree.cutStart[joint] as number; c < (tree.cutStart[joint + 1] as number); c += 1) {
    const per = perRoot[c] as number;
    let left = per * (cut[c] as number);
    for (let row = 0; row < count; row += 1)
      left -= (basis[c * m + row] as number) * (work[first + row] as number);
    cut[c] = per * left;
  }
}
