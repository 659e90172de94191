/**
 * The order of elimination for few vehicles: everything local to a slot, then storage; the energy
 * rows of the vehicles form one dense matrix.
 *
 * With Z the factored coupling of slots and storage to vehicles, a column each, the matrix is what
 * panels leave less Z' Z. Between slots with vehicles storage passes on in proportion: a stretch of
 * slots without is one row of Z.
 */
import { solveLower, solveUpper } from '../../linear/cholesky.js';
import type { DenseKernel } from '../../linear/dense-kernel.js';
import { GRAM_STEP, gramWidth } from '../../linear/gram.js';
import { solveChainDown, solveChainUp } from '../../linear/tridiagonal.js';
import { addBorder, type Border, createBorder, factorBorder } from './border.js';
import type { PanelBlock } from './energy-blocks.js';
import type { Layout } from './layout.js';
import type { Rows } from './rows.js';
import {
  factorStorage,
  recoverInactive,
  recoverSlots,
  reduceInactive,
  reduceSlots,
} from './site-factor.js';
import {
  createSlotBlocks,
  factorSlotBlock,
  nodesAbove,
  reachOf,
  type SlotBlock,
  sumBranches,
} from './slot-blocks.js';
import type { Eliminated } from './slots-last.js';
import { type Joint, recoverJoint, startJoint } from './spans.js';

/** So many rows of Z are read together; beyond its rows there are zeros. */
const ROW_STEP = 4;

export interface VehiclesLast {
  readonly kind: 'vehicles-last';
  readonly order: number;
  /** Lower triangle, row-major, with room for whole steps of a product. */
  readonly dense: Float64Array;
  readonly isAbove: Uint8Array;
  readonly blocks: readonly SlotBlock[];
  /** Z: rows of a block, then the row of storage from its slot on; `width` numbers each. */
  readonly reach: Float64Array;
  readonly width: number;
  readonly rowCount: number;
  /** First row of each block. */
  readonly rowStart: Int32Array;
  /** By joint. */
  readonly joints: readonly { readonly joint: Joint; readonly work: Float64Array }[];
  readonly hasStorage: boolean;
  readonly fromFirst: Int32Array;
  /** No slot keeps its phases: all leave storage. */
  readonly allOut: Int32Array;
  /** Per slot: what storage passes on from the last slot with vehicles, and per such slot its weight. */
  readonly passed: Float64Array;
  readonly weight: Float64Array;
  readonly work: Float64Array;
  readonly border: Border;
}

export function createVehiclesLast(layout: Layout): VehiclesLast {
  const order = layout.sessionOf.length;
  const width = gramWidth(order);
  const blocks = createSlotBlocks(layout);
  const hasStorage = layout.problem.connection.storage !== undefined;
  const rowStart = new Int32Array(blocks.length);
  let rowCount = 0;
  for (const [place, block] of blocks.entries()) {
    rowStart[place] = rowCount;
    rowCount += block.order + (hasStorage ? 1 : 0);
  }
  const joints = blocks
    .flatMap(({ joints: own, work }) => own.map((joint) => ({ joint, work })))
    .toSorted((a, b) => a.joint.joint - b.joint.joint);
  return {
    kind: 'vehicles-last',
    order,
    dense: new Float64Array(order * (order + GRAM_STEP)),
    isAbove: nodesAbove(layout),
    blocks,
    reach: new Float64Array((rowCount + ROW_STEP) * width),
    width,
    rowCount,
    rowStart,
    joints,
    hasStorage,
    fromFirst: new Int32Array(width / GRAM_STEP),
    allOut: new Int32Array(layout.slotCount).fill(-1),
    passed: new Float64Array(layout.slotCount),
    weight: new Float64Array(blocks.length),
    work: new Float64Array(rowCount + ROW_STEP),
    border: createBorder(layout),
  };
}

/** To be called once cells, energy blocks, slots and spans are at hand. */
export function factorVehiclesLast(
  shared: Eliminated,
  own: VehiclesLast,
  peakTheta: number,
  kernel: DenseKernel,
): void {
  const { layout, columns, energy, site, spans } = shared;
  sumBranches(layout, site.blocks);
  for (const block of own.blocks) factorSlotBlock(layout, block, site, spans, own.isAbove);
  factorStorage(site, columns, own.allOut);
  own.reach.fill(0);
  own.dense.fill(0);
  for (const panel of energy) {
    gatherReach(shared, own, panel);
    placeBlock(panel, own);
  }
  if (own.hasStorage) reachStorage(shared, own);
  kernel.load(own.dense, own.order);
  kernel.subtractGram(0, own.reach, own.rowCount, own.width, own.fromFirst);
  kernel.factor(own.dense);
  factorBorder(own.border, peakTheta, (rows) => solveUnbordered(shared, own, rows));
}

/** The panel's part of the matrix, on its diagonal. */
function placeBlock(
  { block, size, firstSession }: PanelBlock,
  { dense, order }: VehiclesLast,
): void {
  for (let row = 0; row < size; row += 1) {
    const to = (firstSession + row) * order + firstSession;
    for (let column = 0; column <= row; column += 1)
      dense[to + column] = block[row * size + column] as number;
  }
}

/** Columns of Z of the panel's vehicles; in the rows of storage what it is coupled with. */
function gatherReach(
  { layout, site, spans }: Eliminated,
  own: VehiclesLast,
  panel: PanelBlock,
): void {
  const { segmentsOf, segmentSession, segmentStart, segmentCell, phaseCount: m } = layout;
  const { blocks, reach, width, isAbove, hasStorage, rowStart } = own;
  const { firstSession, size, firstCell, coupling, node } = panel;
  const firstPlace = panel.firstActive / m;
  const endSegment = segmentsOf[firstSession + size] as number;
  for (let s = segmentsOf[firstSession] as number; s < endSegment; s += 1) {
    const i = segmentSession[s] as number;
    const cell = (segmentCell[s] as number) - firstCell;
    const length = (segmentStart[s + 1] as number) - (segmentStart[s] as number);
    const row = (i - firstSession) * panel.width;
    for (let at = cell; at < cell + length; at += 1) {
      const block = blocks[firstPlace + at] as SlotBlock;
      const { order, work, mean } = block;
      const to = (rowStart[firstPlace + at] as number) * width + i;
      if (order === 1) {
        const z = (coupling[row + at] as number) * (mean[0] as number);
        reach[to] = z;
        if (hasStorage)
          reach[to + width] = z * (mean[0] as number) * (site.coupling[block.slot] as number);
        continue;
      }
      reachOf(layout, block, spans, isAbove, node, coupling, row + at * m);
      for (let k = 0; k < order; k += 1) reach[to + k * width] = work[k] as number;
      if (!hasStorage) continue;
      let sum = 0;
      for (let k = 0; k < order; k += 1) sum += (work[k] as number) * (mean[k] as number);
      reach[to + order * width] = sum * (site.coupling[block.slot] as number);
    }
  }
}

/**
 * Rows of storage in Z: down the chain, each stretch up to the next slot with vehicles by its weight.
 */
function reachStorage({ layout, site }: Eliminated, own: VehiclesLast): void {
  const { blocks, reach, width, rowStart, passed, weight, order } = own;
  const { storageDiagonal, storageBelow } = site;
  passed.fill(0);
  let before = -1;
  for (const [place, { slot, order: rows }] of blocks.entries()) {
    const end = blocks[place + 1]?.slot ?? layout.slotCount;
    let sum = 0;
    let kept = 1;
    for (let t = slot; t < end; t += 1) {
      passed[t] = kept;
      sum += (kept * kept) / (storageDiagonal[t] as number);
      kept *= -(storageBelow[t] as number);
    }
    const root = Math.sqrt(sum);
    weight[place] = root;
    const to = ((rowStart[place] as number) + rows) * width;
    const last = slot - 1;
    const from =
      before < 0
        ? 0
        : (-(storageBelow[last] as number) * (passed[last] as number)) /
          (weight[place - 1] as number);
    for (let i = 0; i < order; i += 1) {
      const passedOn = before < 0 ? 0 : from * (reach[before + i] as number);
      reach[to + i] = root * ((reach[to + i] as number) + passedOn);
    }
    before = to;
  }
}

/** As `solveSlotsLast`. */
export function solveVehiclesLast(
  shared: Eliminated,
  own: VehiclesLast,
  rows: Rows,
  peakPush: number,
): void {
  solveUnbordered(shared, own, rows);
  addBorder(own.border, rows, peakPush);
}

function solveUnbordered(shared: Eliminated, own: VehiclesLast, rows: Rows): void {
  const { layout, site } = shared;
  const { dense, order } = own;
  reduceSlots(layout, site, rows);
  reduceInactive(layout, site, rows);
  reduceBlocks(shared, own, rows);
  solveChainDown(site.storageBelow, rows.storage);
  reduceVehicles(shared, own, rows);
  solveLower(dense, order, rows.energy);
  solveUpper(dense, order, rows.energy);
  recoverVehicles(shared, own, rows);
  solveChainUp(site.storageDiagonal, site.storageBelow, rows.storage);
  recoverInactive(layout, site, rows);
  recoverBlocks(shared, own, rows);
  recoverSlots(layout, site, rows);
}

/** own.work := L^-1 of each block's right-hand side; storage is left what it says. */
function reduceBlocks({ layout, site, spans }: Eliminated, own: VehiclesLast, rows: Rows): void {
  const { phase, cut, storage } = rows;
  const { tree, slotCount, phaseCount: m } = layout;
  for (let node = tree.nodeCount - 1; node > 0; node -= 1) {
    const from = node * slotCount * m;
    const up = (tree.parent[node] as number) * slotCount * m;
    for (let at = 0; at < slotCount * m; at += 1)
      phase[up + at] = (phase[up + at] as number) + (phase[from + at] as number);
  }
  for (const [place, block] of own.blocks.entries()) {
    const { slot, order, matrix, joints, mean, work } = block;
    for (const joint of joints) startJoint(layout, spans, joint, work, phase, cut);
    for (let f = 0; f < m; f += 1) work[order - m + f] = phase[slot * m + f] as number;
    solveLower(matrix, order, work);
    const to = own.rowStart[place] as number;
    let sum = 0;
    for (let k = 0; k < order; k += 1) {
      sum += (work[k] as number) * (mean[k] as number);
      own.work[to + k] = work[k] as number;
    }
    storage[slot] = (storage[slot] as number) + (site.coupling[slot] as number) * sum;
  }
}

/** rows.energy -= Z' of what blocks and storage hold. */
function reduceVehicles({ layout, site }: Eliminated, own: VehiclesLast, rows: Rows): void {
  const { blocks, hasStorage, work, rowStart, passed, weight, rowCount, reach, width, order } = own;
  for (let place = 0; hasStorage && place < blocks.length; place += 1) {
    const { slot, order: count } = blocks[place] as SlotBlock;
    const end = blocks[place + 1]?.slot ?? layout.slotCount;
    let sum = 0;
    for (let t = slot; t < end; t += 1)
      sum +=
        ((passed[t] as number) * (rows.storage[t] as number)) / (site.storageDiagonal[t] as number);
    work[(rowStart[place] as number) + count] = sum / (weight[place] as number);
  }
  const { energy } = rows;
  for (let row = 0; row < rowCount; row += ROW_STEP) {
    const w0 = work[row] as number;
    const w1 = work[row + 1] as number;
    const w2 = work[row + 2] as number;
    const w3 = work[row + 3] as number;
    let at = row * width;
    for (let i = 0; i < order; i += 1) {
      energy[i] =
        (energy[i] as number) -
        w0 * (reach[at] as number) -
        w1 * (reach[at + width] as number) -
        w2 * (reach[at + 2 * width] as number) -
        w3 * (reach[at + 3 * width] as number);
      at += 1;
    }
  }
  // From here on the rows of storage hold only what vehicles give to it.
  for (let place = 0; hasStorage && place < blocks.length; place += 1)
    work[(rowStart[place] as number) + (blocks[place] as SlotBlock).order] = 0;
}

/** What blocks and storage hold, less what the prices of energy take. */
function recoverVehicles({ layout }: Eliminated, own: VehiclesLast, rows: Rows): void {
  const { blocks, hasStorage, work, rowStart, passed, weight, rowCount, reach, width, order } = own;
  const { energy, storage } = rows;
  for (let row = 0; row < rowCount; row += ROW_STEP) {
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    let at = row * width;
    for (let i = 0; i < order; i += 1) {
      const price = energy[i] as number;
      sum0 += price * (reach[at] as number);
      sum1 += price * (reach[at + width] as number);
      sum2 += price * (reach[at + 2 * width] as number);
      sum3 += price * (reach[at + 3 * width] as number);
      at += 1;
    }
    work[row] = (work[row] as number) - sum0;
    work[row + 1] = (work[row + 1] as number) - sum1;
    work[row + 2] = (work[row + 2] as number) - sum2;
    work[row + 3] = (work[row + 3] as number) - sum3;
  }
  for (let place = 0; hasStorage && place < blocks.length; place += 1) {
    const { slot, order: count } = blocks[place] as SlotBlock;
    const end = blocks[place + 1]?.slot ?? layout.slotCount;
    const given = (work[(rowStart[place] as number) + count] as number) / (weight[place] as number);
    for (let t = slot; t < end; t += 1)
      storage[t] = (storage[t] as number) + (passed[t] as number) * given;
  }
}

/** Prices of phases and cuts, and what a kW pays below each group. */
function recoverBlocks({ layout, site, spans }: Eliminated, own: VehiclesLast, rows: Rows): void {
  const { phase, cut, storage } = rows;
  const { tree, slotCount, phaseCount: m } = layout;
  for (const [place, { slot, order, matrix, mean, work }] of own.blocks.entries()) {
    const from = own.rowStart[place] as number;
    const pushed = (site.coupling[slot] as number) * (storage[slot] as number);
    for (let k = 0; k < order; k += 1)
      work[k] = (own.work[from + k] as number) + pushed * (mean[k] as number);
    solveUpper(matrix, order, work);
    for (let f = 0; f < m; f += 1) phase[slot * m + f] = work[order - m + f] as number;
  }
  const size = slotCount * m;
  for (let node = 1; node < tree.nodeCount; node += 1) {
    const up = (tree.parent[node] as number) * size;
    phase.copyWithin(node * size, up, up + size);
    const end = tree.jointStart[node + 1] as number;
    for (let at = tree.jointStart[node] as number; at < end; at += 1) {
      const { joint, work } = own.joints[at] as VehiclesLast['joints'][number];
      recoverJoint(layout, spans, joint, work, phase, cut);
    }
  }
}
