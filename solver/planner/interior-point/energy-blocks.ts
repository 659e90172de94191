/**
 * The energy rows of each panel once its cells are eliminated: one dense block, and the coupling V to
 * the site's rows. Both orders of elimination begin with them.
 *
 * Where slots come last, panels are eliminated one by one: with the block's factor L the coupling
 * becomes X = L^-1 V, and the site loses X' X. Vehicles stand in the order of departure: a row of X
 * ends where its vehicle leaves.
 */
import { factorCholesky, solveLower, solveUpper } from '../../linear/cholesky.js';
import type { DenseKernel } from '../../linear/dense-kernel.js';
import { GRAM_STEP, gramWidth, subtractGram } from '../../linear/gram.js';
import type { Cells } from './cells.js';
import type { GroupFactor } from './group-factor.js';
import type { Layout } from './layout.js';
import type { Rows } from './rows.js';

/** So many rows of X are read together. */
const ROW_STEP = 4;

/** The energy rows of one panel. */
export interface PanelBlock {
  readonly firstSession: number;
  readonly size: number;
  readonly firstCell: number;
  /** Node of the tree above it. */
  readonly node: number;
  /** Place of its first cell's first phase in rows.phase, and among the active rows of the site. */
  readonly firstRow: number;
  readonly firstActive: number;
  /** Cells times phases, and the same with room for whole steps. */
  readonly columns: number;
  readonly width: number;
  /** size x size, row-major, then L in its lower triangle. */
  readonly block: Float64Array;
  /** V, then X: a row for each session, a column for each cell and phase; rows of 0 after them. */
  readonly coupling: Float64Array;
  /** Per session: where its row of X ends. */
  readonly end: Int32Array;
  /** Per GRAM_STEP columns: the first session whose row of X reaches them. */
  readonly reaching: Int32Array;
  /** Likewise with room after its end, 0 there between calls. */
  readonly work: Float64Array;
}

export type EnergyBlocks = readonly PanelBlock[];

export function createEnergyBlocks(layout: Layout): EnergyBlocks {
  return Array.from(layout.panelOf, (_, k) => createBlock(layout, k));
}

function createBlock(layout: Layout, k: number): PanelBlock {
  const { sessionStart, cellStart, cellSlot, cellPlace, phaseCount: m, activePlace } = layout;
  const firstSession = sessionStart[k] as number;
  const size = (sessionStart[k + 1] as number) - firstSession;
  const firstCell = cellStart[k] as number;
  const columns = ((cellStart[k + 1] as number) - firstCell) * m;
  const width = gramWidth(columns);
  const firstSlot = cellSlot[firstCell] as number;
  const end = new Int32Array(size);
  let latest = 0;
  for (let a = 0; a < size; a += 1) {
    const last = (layout.segmentsOf[firstSession + a + 1] as number) - 1;
    const length =
      (layout.segmentStart[last + 1] as number) - (layout.segmentStart[last] as number);
    latest = Math.max(latest, (layout.segmentCell[last] as number) - firstCell + length);
    end[a] = latest * m;
  }
  const reaching = new Int32Array(width / GRAM_STEP);
  let first = 0;
  for (let step = 0; step < reaching.length; step += 1) {
    while (first < size && (end[first] as number) <= step * GRAM_STEP) first += 1;
    reaching[step] = first;
  }
  return {
    firstSession,
    size,
    firstCell,
    node: layout.tree.nodeOfPanel[layout.panelOf[k] as number] as number,
    firstRow: (cellPlace[firstCell] as number) * m,
    firstActive: (activePlace[firstSlot] as number) * m,
    columns,
    width,
    block: new Float64Array(size * size),
    coupling: new Float64Array((size + ROW_STEP) * width),
    end,
    reaching,
    work: new Float64Array(size + ROW_STEP),
  };
}

/** Builds the blocks of all panels, and V. */
export function gatherEnergy(
  layout: Layout,
  energy: EnergyBlocks,
  cells: Cells,
  theta: Float64Array,
): void {
  for (const panel of energy) {
    startBlock(layout, panel, theta);
    gatherPairs(layout, cells, panel);
    gatherCoupling(layout, cells, panel);
  }
}

/** Factors the blocks that are gathered; V becomes X. */
export function factorEnergy(energy: EnergyBlocks): void {
  for (const panel of energy) {
    factorCholesky(panel.block, panel.size);
    forwardCoupling(panel);
  }
}

/** The diagonal: theta of unmet energy; what charging adds is gathered. */
function startBlock(
  { hoursOf, sessionOf, unmetParts }: Layout,
  { block, size, firstSession }: PanelBlock,
  theta: Float64Array,
): void {
  block.fill(0);
  for (let part = 0; part < unmetParts; part += 1) {
    const unmet = hoursOf.length + part * sessionOf.length + firstSession;
    for (let a = 0; a < size; a += 1)
      block[a * size + a] = (block[a * size + a] as number) + (theta[unmet + a] as number);
  }
}

/**
 * What two vehicles take from each other in the cells that they share. What a vehicle keeps of its
 * theta beside the others, 1 - theta a' (B + D)^-1 a, is summed as what the others and the slack
 * take, because the difference cancels.
 */
function gatherPairs(layout: Layout, cells: Cells, panel: PanelBlock): void {
  const { segmentsOf, segmentSession, classOf, classCount } = layout;
  const { block, size, firstSession } = panel;
  const first = segmentsOf[firstSession] as number;
  const end = segmentsOf[firstSession + size] as number;
  for (let s = first; s < end; s += 1) {
    const i = segmentSession[s] as number;
    const a = i - firstSession;
    const own = (classOf[i] as number) * classCount;
    for (let other = first; other < s; other += 1) {
      const b = (segmentSession[other] as number) - firstSession;
      if (b === a) continue;
      const shared = overlap(layout, cells, s, other, own + (classOf[b + firstSession] as number));
      block[a * size + b] = (block[a * size + b] as number) - shared;
      block[b * size + b] = (block[b * size + b] as number) + shared;
      block[a * size + a] = (block[a * size + a] as number) + shared;
    }
  }
}

/** Sum over the shared cells of two segments; `pairAt` is the pair of their classes in a cell. */
function overlap(
  { segmentCell, segmentStart, classCount }: Layout,
  { weighted, pair }: Cells,
  s: number,
  other: number,
  pairAt: number,
): number {
  const cell = segmentCell[s] as number;
  const otherCell = segmentCell[other] as number;
  const start = segmentStart[s] as number;
  const otherStart = segmentStart[other] as number;
  const end = cell + (segmentStart[s + 1] as number) - start;
  const otherEnd = otherCell + (segmentStart[other + 1] as number) - otherStart;
  const from = cell > otherCell ? cell : otherCell;
  const to = end < otherEnd ? end : otherEnd;
  const step = classCount * classCount;
  let at = from * step + pairAt;
  let v = from - otherCell + otherStart;
  const last = to - cell + start;
  // Two sums: each would wait for itself.
  let even = 0;
  let odd = 0;
  let u = from - cell + start;
  for (; u + 1 < last; u += 2) {
    even += (weighted[u] as number) * (weighted[v] as number) * (pair[at] as number);
    odd += (weighted[u + 1] as number) * (weighted[v + 1] as number) * (pair[at + step] as number);
    v += 2;
    at += 2 * step;
  }
  if (u < last) even += (weighted[u] as number) * (weighted[v] as number) * (pair[at] as number);
  return even + odd;
}

/** V, and what the slack of the panel takes of each vehicle. */
function gatherCoupling(layout: Layout, { weighted, through }: Cells, panel: PanelBlock): void {
  const { segmentsOf, segmentSession, segmentStart, segmentCell } = layout;
  const { classOf, classCount, hoursOf, phaseCount: m } = layout;
  const { block, size, firstSession, firstCell, coupling, width } = panel;
  coupling.fill(0);
  const endSegment = segmentsOf[firstSession + size] as number;
  for (let s = segmentsOf[firstSession] as number; s < endSegment; s += 1) {
    const i = segmentSession[s] as number;
    const a = i - firstSession;
    const end = segmentStart[s + 1] as number;
    let from = ((segmentCell[s] as number) * classCount + (classOf[i] as number)) * m;
    let to = a * width + ((segmentCell[s] as number) - firstCell) * m;
    let kept = 0;
    for (let j = segmentStart[s] as number; j < end; j += 1) {
      const weight = weighted[j] as number;
      for (let f = 0; f < m; f += 1) {
        const reach = weight * (through[from + f] as number);
        coupling[to + f] = reach;
        kept += reach * (hoursOf[j] as number);
      }
      from += classCount * m;
      to += m;
    }
    block[a * size + a] = (block[a * size + a] as number) + kept;
  }
}

/**
 * X = L^-1 V, row by row, from ROW_STEP rows before it at a time; where fewer are left, the last one
 * again with weight 0. Beyond its end a row is 0.
 */
function forwardCoupling({ block, coupling, size, width, end }: PanelBlock): void {
  for (let a = 0; a < size; a += 1) {
    const row = a * width;
    for (let b = 0; b < a; b += ROW_STEP) {
      const last = a - 1;
      const b1 = b + 1 < a ? b + 1 : last;
      const b2 = b + 2 < a ? b + 2 : last;
      const b3 = b + 3 < a ? b + 3 : last;
      const w0 = block[a * size + b] as number;
      const w1 = b + 1 < a ? (block[a * size + b1] as number) : 0;
      const w2 = b + 2 < a ? (block[a * size + b2] as number) : 0;
      const w3 = b + 3 < a ? (block[a * size + b3] as number) : 0;
      const from1 = (b1 - b) * width;
      const from2 = (b2 - b) * width;
      const from3 = (b3 - b) * width;
      let k = b * width;
      const to = row + (end[b3] as number);
      for (let at = row; at < to; at += 1) {
        coupling[at] =
          (coupling[at] as number) -
          w0 * (coupling[k] as number) -
          w1 * (coupling[k + from1] as number) -
          w2 * (coupling[k + from2] as number) -
          w3 * (coupling[k + from3] as number);
        k += 1;
      }
    }
    const per = 1 / (block[a * size + a] as number);
    const to = row + (end[a] as number);
    for (let at = row; at < to; at += 1) coupling[at] = (coupling[at] as number) * per;
  }
}

/** S -= X' X of every panel below a group, at the node above it. */
export function subtractFromGroups(energy: EnergyBlocks, { blocks }: GroupFactor): void {
  for (const { node, firstActive, coupling, size, width, reaching } of energy) {
    const group = blocks[node];
    if (group === undefined) continue;
    const first = firstActive - group.firstActive;
    subtractGram(group.matrix, group.size, first, coupling, size, width, reaching);
  }
}

/** Likewise of every other panel, at the site's matrix: lower triangle over active slots and phases. */
export function subtractFromSite(energy: EnergyBlocks, site: DenseKernel): void {
  for (const { node, firstActive, coupling, size, width, reaching } of energy) {
    if (node === 0) site.subtractGram(firstActive, coupling, size, width, reaching);
  }
}

/** Forward: rows.energy := L^-1 rows.energy, and its part leaves rows.phase. */
export function reduceEnergy(energy: EnergyBlocks, { energy: rows, phase }: Rows): void {
  for (const { firstSession, size, firstRow, work, block, coupling, width, end } of energy) {
    for (let a = 0; a < size; a += 1) work[a] = rows[firstSession + a] as number;
    solveLower(block, size, work);
    rows.set(work.subarray(0, size), firstSession);
    for (let a = 0; a < size; a += ROW_STEP) {
      const w0 = work[a] as number;
      const w1 = work[a + 1] as number;
      const w2 = work[a + 2] as number;
      const w3 = work[a + 3] as number;
      const to = firstRow + (end[Math.min(a + ROW_STEP, size) - 1] as number);
      let k = a * width;
      for (let at = firstRow; at < to; at += 1) {
        phase[at] =
          (phase[at] as number) -
          w0 * (coupling[k] as number) -
          w1 * (coupling[k + width] as number) -
          w2 * (coupling[k + 2 * width] as number) -
          w3 * (coupling[k + 3 * width] as number);
        k += 1;
      }
    }
  }
}

/** Backward: rows.energy := L'^-1 (rows.energy - X prices of the phases). */
export function recoverEnergy(energy: EnergyBlocks, { energy: rows, phase }: Rows): void {
  for (const { firstSession, size, firstRow, work, block, coupling, width, end } of energy) {
    for (let a = 0; a < size; a += ROW_STEP) {
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      const to = firstRow + (end[Math.min(a + ROW_STEP, size) - 1] as number);
      let k = a * width;
      for (let at = firstRow; at < to; at += 1) {
        const price = phase[at] as number;
        sum0 += price * (coupling[k] as number);
        sum1 += price * (coupling[k + width] as number);
        sum2 += price * (coupling[k + 2 * width] as number);
        sum3 += price * (coupling[k + 3 * width] as number);
        k += 1;
      }
      work[a] = sum0;
      work[a + 1] = sum1;
      work[a + 2] = sum2;
      work[a + 3] = sum3;
    }
    for (let a = 0; a < size; a += 1)
      work[a] = (rows[firstSession + a] as number) - (work[a] as number);
    solveUpper(block, size, work);
    for (let a = 0; a < size; a += 1) rows[firstSession + a] = work[a] as number;
    work.fill(0, size);
  }
}
