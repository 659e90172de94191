/**
 * Everything local to a slot with vehicles as one small matrix: the rows of the cuts of its groups,
 * 1 + G S G' among joints of one branch, and last the site's phases, F + S. S, phases squared, is
 * what the vehicles below a node draw more where a kW is worth more. Factored as L L'.
 */
import { factorCholesky, solveLower } from '../../linear/cholesky.js';
import type { Layout } from './layout.js';
import { type SiteFactor, slotEntry } from './site-factor.js';
import { type Joint, type Spans, spanCount } from './spans.js';

export interface SlotBlock {
  readonly slot: number;
  /** Rows; the last ones are the site's phases. */
  readonly order: number;
  /** L in the lower triangle. */
  readonly matrix: Float64Array;
  /** Its joints; `first` is the row in this block. */
  readonly joints: readonly Joint[];
  /** L^-1 a, with a the mean of the site's phases: what storage couples to. */
  readonly mean: Float64Array;
  readonly work: Float64Array;
}

/** `isAbove[node * nodes + other]`: 1 where `node` is `other` or lies above it. */
export function nodesAbove({ tree }: Layout): Uint8Array {
  const { nodeCount, parent } = tree;
  const isAbove = new Uint8Array(nodeCount * nodeCount);
  for (let other = 0; other < nodeCount; other += 1) {
    for (let node = other; node >= 0; node = parent[node] as number)
      isAbove[node * nodeCount + other] = 1;
  }
  return isAbove;
}

/** One for each slot with vehicles. */
export function createSlotBlocks(layout: Layout): readonly SlotBlock[] {
  const { tree, activeSlots, activePlace, phaseCount } = layout;
  const joints = Array.from(activeSlots, (): Joint[] => []);
  const orders = new Int32Array(activeSlots.length);
  for (let node = 1; node < tree.nodeCount; node += 1) {
    const end = tree.jointStart[node + 1] as number;
    for (let joint = tree.jointStart[node] as number; joint < end; joint += 1) {
      const place = activePlace[tree.jointSlot[joint] as number] as number;
      joints[place]?.push({ joint, node, first: orders[place] as number });
      orders[place] = (orders[place] as number) + spanCount(layout, joint);
    }
  }
  return joints.map((own, place) => {
    const order = (orders[place] as number) + phaseCount;
    return {
      slot: activeSlots[place] as number,
      order,
      matrix: new Float64Array(order * order),
      joints: own,
      mean: new Float64Array(order),
      work: new Float64Array(order),
    };
  });
}

/** site.blocks: what panels below a node leave becomes the sum of its whole branch. */
export function sumBranches(
  { tree, slotCount, phaseCount: m }: Layout,
  blocks: Float64Array,
): void {
  const size = slotCount * m * m;
  for (let node = tree.nodeCount - 1; node > 0; node -= 1) {
    const up = (tree.parent[node] as number) * size;
    for (let at = 0; at < size; at += 1)
      blocks[up + at] = (blocks[up + at] as number) + (blocks[node * size + at] as number);
  }
}

/** Builds and factors the block, with what storage and PV draw; notes what a kW costs in the slot. */
export function factorSlotBlock(
  layout: Layout,
  block: SlotBlock,
  site: SiteFactor,
  spans: Spans,
  isAbove: Uint8Array,
): void {
  const { slot, order, matrix, mean } = block;
  const drawn = site.drawn[slot] as number;
  if (order === 1) {
    const own = (site.exchange[slot] as number) + (site.blocks[slot] as number);
    site.response[slot] = 1 / own;
    matrix[0] = Math.sqrt(own + drawn);
    mean[0] = 1 / (matrix[0] as number);
    return;
  }
  gatherBlock(layout, block, site, spans, isAbove);
  const { phaseCount: m } = layout;
  const first = order - m;
  // Storage asks for the response without what it draws itself.
  factorCholesky(matrix, order);
  site.response[slot] = startMean(block, m);
  if (drawn === 0) return;
  gatherBlock(layout, block, site, spans, isAbove);
  for (let row = first; row < order; row += 1) {
    for (let column = first; column <= row; column += 1)
      matrix[row * order + column] = (matrix[row * order + column] as number) + drawn / (m * m);
  }
  factorCholesky(matrix, order);
  startMean(block, m);
}

/** mean := L^-1 a; its square is returned. */
function startMean({ order, matrix, mean }: SlotBlock, m: number): number {
  mean.fill(0);
  mean.fill(1 / m, order - m);
  solveLower(matrix, order, mean);
  let sum = 0;
  for (let row = 0; row < order; row += 1) sum += (mean[row] as number) * (mean[row] as number);
  return sum;
}

/** The lower triangle, without what storage and PV draw. */
function gatherBlock(
  layout: Layout,
  { slot, order, matrix, joints }: SlotBlock,
  site: SiteFactor,
  { reach }: Spans,
  isAbove: Uint8Array,
): void {
  const { phaseCount: m, slotCount, tree } = layout;
  const { blocks } = site;
  matrix.fill(0);
  const first = order - m;
  for (const { joint, node, first: from } of joints) {
    const below = (node * slotCount + slot) * m * m;
    const end = from + spanCount(layout, joint);
    for (let row = from; row < end; row += 1) {
      const g = (joint * m + row - from) * m;
      for (let f = 0; f < m; f += 1) {
        let sum = 0;
        for (let h = 0; h < m; h += 1)
          sum += (blocks[below + f * m + h] as number) * (reach[g + h] as number);
        matrix[(first + f) * order + row] = sum;
      }
      for (const other of joints) {
        // Nodes come before what lies below them.
        if (other.first > from) break;
        if (isAbove[other.node * tree.nodeCount + node] !== 1) continue;
        const otherEnd =
          other.joint === joint ? row : other.first + spanCount(layout, other.joint) - 1;
        for (let column = other.first; column <= otherEnd; column += 1) {
          const h = (other.joint * m + column - other.first) * m;
          let sum = 0;
          for (let f = 0; f < m; f += 1)
            sum += (reach[h + f] as number) * (matrix[(first + f) * order + row] as number);
          matrix[row * order + column] = sum;
        }
      }
      matrix[row * order + row] = 1 + (matrix[row * order + row] as number);
    }
  }
  for (let f = 0; f < m; f += 1) {
    for (let g = 0; g <= f; g += 1)
      matrix[(first + f) * order + first + g] =
        slotEntry(site, m, slot, f, g) + (blocks[(slot * m + f) * m + g] as number);
  }
}

/** work := L^-1 of what one vehicle below `node` couples to, `v` from `at` on for the site's phases. */
export function reachOf(
  layout: Layout,
  { order, matrix, joints, work }: SlotBlock,
  { reach }: Spans,
  isAbove: Uint8Array,
  node: number,
  v: Float64Array,
  at: number,
): void {
  const { phaseCount: m, tree } = layout;
  const first = order - m;
  for (const { joint, node: own, first: from } of joints) {
    const end = from + spanCount(layout, joint);
    for (let row = from; row < end; row += 1) {
      let sum = 0;
      if (isAbove[own * tree.nodeCount + node] === 1) {
        const g = (joint * m + row - from) * m;
        for (let f = 0; f < m; f += 1) sum += (reach[g + f] as number) * (v[at + f] as number);
      }
      work[row] = sum;
    }
  }
  for (let f = 0; f < m; f += 1) work[first + f] = v[at + f] as number;
  solveLower(matrix, order, work);
}
