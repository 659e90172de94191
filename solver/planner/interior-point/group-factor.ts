/**
 * Elimination of the cuts of groups, node by node up the tree.
 *
 * S, slots times phases squared, is what the vehicles below a node draw more where a kW is worth
 * more. A joint's cuts with weights W and slack theta are G' G = W' theta^-1 W, G with as many rows
 * as phases at most. With prices G' q of the cuts the rows are (1 + G S G') q = right-hand side:
 * the one stands for cuts with room, so nothing need be inverted where no cut binds. With L its
 * factor and E = L^-1 G S, the node above sees S - E' E.
 */
import { solveLower, solveUpper } from '../../linear/cholesky.js';
import type { DenseKernel } from '../../linear/dense-kernel.js';
import { GRAM_STEP, gramWidth } from '../../linear/gram.js';
import type { Layout } from './layout.js';
import type { Rows } from './rows.js';
import { type Joint, recoverJoint, type Spans, spanCount, startJoint } from './spans.js';

export interface NodeBlock {
  readonly node: number;
  readonly parent: number;
  /** Range of active slots of what is below. */
  readonly firstActive: number;
  /** Rows of S, and the same with room for whole steps. */
  readonly size: number;
  readonly width: number;
  /** S in the lower triangle, stride `size`. */
  readonly matrix: Float64Array;
  /** Slots of S. */
  readonly slots: Int32Array;
  /** Rows of q. */
  readonly order: number;
  /** First joint and first row of q of each: [spanStart[joint - firstJoint], ...). */
  readonly firstJoint: number;
  readonly spanStart: Int32Array;
  /** Row of S where each joint begins. */
  readonly jointRow: Int32Array;
  readonly factor: Float64Array;
  /** E, order x width. */
  readonly coupling: Float64Array;
  readonly fromFirst: Int32Array;
  readonly work: Float64Array;
}

export interface GroupFactor {
  /** By node; the site has none. */
  readonly blocks: readonly (NodeBlock | undefined)[];
}

export function createGroupFactor(layout: Layout): GroupFactor {
  const { tree, activePlace, cellStart, cellSlot, panelOf } = layout;
  const first = new Int32Array(tree.nodeCount).fill(layout.activeSlots.length);
  const end = new Int32Array(tree.nodeCount);
  for (const [k, panel] of panelOf.entries()) {
    const from = activePlace[cellSlot[cellStart[k] as number] as number] as number;
    const to = activePlace[cellSlot[(cellStart[k + 1] as number) - 1] as number] as number;
    for (let node = tree.nodeOfPanel[panel] as number; node >= 0; ) {
      first[node] = Math.min(first[node] as number, from);
      end[node] = Math.max(end[node] as number, to + 1);
      node = tree.parent[node] as number;
    }
  }
  const blocks = Array.from({ length: tree.nodeCount }, (_, node) =>
    node === 0 ? undefined : createNode(layout, node, first[node] as number, end[node] as number),
  );
  return { blocks };
}

function createNode(layout: Layout, node: number, first: number, end: number): NodeBlock {
  const { tree, phaseCount: m, activePlace, activeSlots } = layout;
  const size = (end - first) * m;
  const width = gramWidth(size);
  const firstJoint = tree.jointStart[node] as number;
  const jointCount = (tree.jointStart[node + 1] as number) - firstJoint;
  const spanStart = new Int32Array(jointCount + 1);
  const jointRow = new Int32Array(jointCount);
  for (let at = 0; at < jointCount; at += 1) {
    const slot = tree.jointSlot[firstJoint + at] as number;
    spanStart[at + 1] = (spanStart[at] as number) + spanCount(layout, firstJoint + at);
    jointRow[at] = ((activePlace[slot] as number) - first) * m;
  }
  const order = spanStart[jointCount] as number;
  return {
    node,
    parent: tree.parent[node] as number,
    firstActive: first * m,
    size,
    width,
    matrix: new Float64Array(size * (size + GRAM_STEP)),
    slots: activeSlots.subarray(first, end),
    order,
    firstJoint,
    spanStart,
    jointRow,
    factor: new Float64Array(order * order),
    coupling: new Float64Array(order * width),
    fromFirst: new Int32Array(width / GRAM_STEP),
    work: new Float64Array(order),
  };
}

/** The groups' share of S: what cells leave to each slot; energy blocks are subtracted after. */
export function startNodes(
  { phaseCount: m, slotCount }: Layout,
  { blocks }: GroupFactor,
  cellBlocks: Float64Array,
): void {
  for (const block of blocks) {
    if (block === undefined) continue;
    const { matrix, size, slots, node } = block;
    matrix.fill(0);
    for (const [place, slot] of slots.entries()) {
      const from = (node * slotCount + slot) * m * m;
      for (let f = 0; f < m; f += 1) {
        for (let g = 0; g <= f; g += 1)
          matrix[(place * m + f) * size + place * m + g] = cellBlocks[from + f * m + g] as number;
      }
    }
  }
}

/** Factors every node and passes what is left of its S up; at last into the site's matrix. */
export function factorGroups(
  layout: Layout,
  { blocks }: GroupFactor,
  spans: Spans,
  site: Float64Array,
  order: number,
  kernel: DenseKernel,
): void {
  for (let node = blocks.length - 1; node > 0; node -= 1) {
    const block = blocks[node] as NodeBlock;
    const { matrix, size, width, coupling, fromFirst } = block;
    gatherCoupling(layout, block, spans.reach);
    gatherFactor(layout, block, spans.reach);
    kernel.load(block.factor, block.order);
    kernel.factor(block.factor);
    forwardCoupling(block);
    kernel.load(matrix, size);
    kernel.subtractGram(0, coupling, block.order, width, fromFirst);
    kernel.store(matrix);
    const above = blocks[block.parent];
    if (above === undefined) addBlock(block, site, order, block.firstActive);
    else addBlock(block, above.matrix, above.size, block.firstActive - above.firstActive);
  }
}

/** G S, row by row; S is read on both sides of its diagonal. */
function gatherCoupling({ phaseCount: m }: Layout, block: NodeBlock, reach: Float64Array): void {
  const { matrix, size, width, coupling, spanStart, jointRow, firstJoint } = block;
  coupling.fill(0);
  for (let at = 0; at < jointRow.length; at += 1) {
    const first = spanStart[at] as number;
    for (let row = first; row < (spanStart[at + 1] as number); row += 1) {
      const to = row * width;
      for (let f = 0; f < m; f += 1) {
        const weight = reach[((firstJoint + at) * m + row - first) * m + f] as number;
        if (weight === 0) continue;
        const own = (jointRow[at] as number) + f;
        for (let k = 0; k <= own; k += 1)
          coupling[to + k] =
            (coupling[to + k] as number) + weight * (matrix[own * size + k] as number);
        for (let k = own + 1; k < size; k += 1)
          coupling[to + k] =
            (coupling[to + k] as number) + weight * (matrix[k * size + own] as number);
      }
    }
  }
}

/** 1 + G S G', lower triangle. */
function gatherFactor({ phaseCount: m }: Layout, block: NodeBlock, reach: Float64Array): void {
  const { factor, order, width, coupling, spanStart, jointRow, firstJoint } = block;
  for (let row = 0; row < order; row += 1) {
    for (let at = 0; at < jointRow.length; at += 1) {
      const first = spanStart[at] as number;
      if (first > row) break;
      const from = row * width + (jointRow[at] as number);
      for (let other = first; other < (spanStart[at + 1] as number); other += 1) {
        let sum = 0;
        for (let f = 0; f < m; f += 1) {
          const weight = reach[((firstJoint + at) * m + other - first) * m + f] as number;
          sum += weight * (coupling[from + f] as number);
        }
        factor[row * order + other] = sum;
      }
    }
    factor[row * order + row] = 1 + (factor[row * order + row] as number);
  }
}

/** E = L^-1 G S */
function forwardCoupling({ factor, order, coupling, width, size }: NodeBlock): void {
  for (let a = 0; a < order; a += 1) {
    const to = a * width;
    // Three rows at a time; where fewer are left, the first again with weight 0.
    for (let b = 0; b < a; b += 3) {
      const w0 = factor[a * order + b] as number;
      const w1 = b + 1 < a ? (factor[a * order + b + 1] as number) : 0;
      const w2 = b + 2 < a ? (factor[a * order + b + 2] as number) : 0;
      const from0 = b * width;
      const from1 = b + 1 < a ? from0 + width : from0;
      const from2 = b + 2 < a ? from1 + width : from0;
      for (let k = 0; k < size; k += 1)
        coupling[to + k] =
          (coupling[to + k] as number) -
          w0 * (coupling[from0 + k] as number) -
          w1 * (coupling[from1 + k] as number) -
          w2 * (coupling[from2 + k] as number);
    }
    const per = 1 / (factor[a * order + a] as number);
    for (let k = to; k < to + size; k += 1) coupling[k] = (coupling[k] as number) * per;
  }
}

function addBlock(
  { matrix, size }: NodeBlock,
  to: Float64Array,
  stride: number,
  first: number,
): void {
  for (let row = 0; row < size; row += 1) {
    const from = row * size;
    const at = (first + row) * stride + first;
    for (let k = 0; k <= row; k += 1)
      to[at + k] = (to[at + k] as number) + (matrix[from + k] as number);
  }
}

/** Forward: cuts and draws of each node leave their part to the node above. */
export function reduceGroups(
  layout: Layout,
  { blocks }: GroupFactor,
  spans: Spans,
  { phase, cut }: Rows,
): void {
  const { phaseCount: m, slotCount } = layout;
  for (let node = blocks.length - 1; node > 0; node -= 1) {
    const block = blocks[node] as NodeBlock;
    const { order, factor, coupling, width, slots, work } = block;
    const from = node * slotCount * m;
    const up = block.parent * slotCount * m;
    startWork(layout, block, spans, phase, cut);
    solveLower(factor, order, work);
    for (let place = 0; place < slots.length; place += 1) {
      for (let f = 0; f < m; f += 1) {
        const at = (slots[place] as number) * m + f;
        let sum = phase[from + at] as number;
        for (let a = 0; a < order; a += 1)
          sum -= (work[a] as number) * (coupling[a * width + place * m + f] as number);
        phase[up + at] = (phase[up + at] as number) + sum;
      }
    }
  }
}

/** Rows of q in `work`. */
function startWork(
  layout: Layout,
  block: NodeBlock,
  spans: Spans,
  phase: Float64Array,
  cut: Float64Array,
): void {
  for (let at = 0; at < block.jointRow.length; at += 1)
    startJoint(layout, spans, jointOf(block, at), block.work, phase, cut);
}

function jointOf({ firstJoint, spanStart, node }: NodeBlock, at: number): Joint {
  return { joint: firstJoint + at, node, first: spanStart[at] as number };
}

/** Backward, from the site down: rows.cut := prices, and what a kW pays into the nodes' blocks. */
export function recoverGroups(
  layout: Layout,
  { blocks }: GroupFactor,
  spans: Spans,
  { phase, cut }: Rows,
): void {
  const { phaseCount: m, slotCount } = layout;
  const length = slotCount * m;
  for (let node = 1; node < blocks.length; node += 1) {
    const block = blocks[node] as NodeBlock;
    const { order, factor, coupling, width, slots, work } = block;
    const to = node * length;
    phase.copyWithin(to, block.parent * length, (block.parent + 1) * length);
    for (let a = 0; a < order; a += 1) {
      let sum = work[a] as number;
      for (let place = 0; place < slots.length; place += 1) {
        const at = to + (slots[place] as number) * m;
        for (let f = 0; f < m; f += 1)
          sum -= (coupling[a * width + place * m + f] as number) * (phase[at + f] as number);
      }
      work[a] = sum;
    }
    solveUpper(factor, order, work);
    for (let at = 0; at < block.jointRow.length; at += 1)
      recoverJoint(layout, spans, jointOf(block, at), work, phase, cut);
  }
}
