/**
 * Elimination of the panel rows, one cell (panel, slot) at a time.
 *
 * With B = sum of theta a a' over the vehicles of the cell (a: share of each phase) and D = theta of
 * the panel's slack, the block is B + D. What remains for the site is the parallel sum
 * B (B + D)^-1 D, written as a product because the difference B - B (B + D)^-1 B cancels.
 */
import { factorBlock, solveBlock } from '../../linear/ldl3.js';
import type { Layout } from './layout.js';
import { sumByClass } from './vehicles.js';
import type { Rows } from './rows.js';

export interface Cells {
  /** Sum of theta, `[cell * classes + class]`. */
  readonly theta: Float64Array;
  /** Factors of B + D: six numbers a cell with three phases, its inverse with one. */
  readonly factor: Float64Array;
  /** (B + D)^-1 a of each class, `[(cell * classes + class) * phases + phase]`. */
  readonly inverse: Float64Array;
  /** D (B + D)^-1 a of each class: what of a vehicle's push reaches the site. */
  readonly through: Float64Array;
  /** a' (B + D)^-1 b of each pair of classes. */
  readonly pair: Float64Array;
  readonly sums: Float64Array;
  /** theta times hours of each charging variable: its coupling of cell and energy row. */
  readonly weighted: Float64Array;
}

export function createCells(layout: Layout): Cells {
  const { classCount, phaseCount } = layout;
  const cellCount = layout.cellSlot.length;
  return {
    theta: new Float64Array(cellCount * classCount),
    factor: new Float64Array(cellCount * (phaseCount === 3 ? 6 : 1)),
    inverse: new Float64Array(cellCount * classCount * phaseCount),
    through: new Float64Array(cellCount * classCount * phaseCount),
    pair: new Float64Array(cellCount * classCount * classCount),
    sums: new Float64Array(cellCount * classCount),
    weighted: new Float64Array(layout.hoursOf.length),
  };
}

export function factorCells(
  layout: Layout,
  cells: Cells,
  theta: Float64Array,
  slackStart: number,
): void {
  sumByClass(layout, theta, cells.theta);
  const { hoursOf } = layout;
  const { weighted } = cells;
  for (let j = 0; j < weighted.length; j += 1)
    weighted[j] = (theta[j] as number) * (hoursOf[j] as number);
  if (layout.phaseCount === 1) factorSinglePhase(cells, theta, slackStart);
  else factorThreePhase(layout, cells, theta, slackStart);
}

/** One class, and scalars. */
function factorSinglePhase(cells: Cells, theta: Float64Array, slackStart: number): void {
  const { factor, inverse, through, pair } = cells;
  for (let cell = 0; cell < factor.length; cell += 1) {
    const slack = theta[slackStart + cell] as number;
    const per = 1 / ((cells.theta[cell] as number) + slack);
    factor[cell] = per;
    inverse[cell] = per;
    pair[cell] = per;
    through[cell] = slack * per;
  }
}

function factorThreePhase(
  layout: Layout,
  cells: Cells,
  theta: Float64Array,
  slackStart: number,
): void {
  const { classCount, classShare: share } = layout;
  const { factor, inverse, through, pair } = cells;
  for (let cell = 0; cell < layout.cellSlot.length; cell += 1) {
    const d0 = theta[slackStart + 3 * cell] as number;
    const d1 = theta[slackStart + 3 * cell + 1] as number;
    const d2 = theta[slackStart + 3 * cell + 2] as number;
    let a00 = d0;
    let a10 = 0;
    let a11 = d1;
    let a20 = 0;
    let a21 = 0;
    let a22 = d2;
    for (let own = 0; own < classCount; own += 1) {
      const weight = cells.theta[cell * classCount + own] as number;
      const s0 = share[3 * own] as number;
      const s1 = share[3 * own + 1] as number;
      const s2 = share[3 * own + 2] as number;
      a00 += weight * s0 * s0;
      a10 += weight * s1 * s0;
      a11 += weight * s1 * s1;
      a20 += weight * s2 * s0;
      a21 += weight * s2 * s1;
      a22 += weight * s2 * s2;
    }
    factorBlock(factor, 6 * cell, a00, a10, a11, a20, a21, a22);
    for (let own = 0; own < classCount; own += 1) {
      const at = 3 * (cell * classCount + own);
      const s = 3 * own;
      solveBlock(
        factor,
        6 * cell,
        inverse,
        at,
        share[s] as number,
        share[s + 1] as number,
        share[s + 2] as number,
      );
      const v0 = inverse[at] as number;
      const v1 = inverse[at + 1] as number;
      const v2 = inverse[at + 2] as number;
      through[at] = d0 * v0;
      through[at + 1] = d1 * v1;
      through[at + 2] = d2 * v2;
      const row = (cell * classCount + own) * classCount;
      for (let other = 0; other < classCount; other += 1) {
        const o = 3 * other;
        pair[row + other] =
          v0 * (share[o] as number) + v1 * (share[o + 1] as number) + v2 * (share[o + 2] as number);
      }
    }
  }
}

/** siteBlocks[slot] = (siteBlocks[slot] as number) + B (B + D)^-1 D of each cell; m x m blocks, lower triangle and above. */
export function addToSite(layout: Layout, cells: Cells, siteBlocks: Float64Array): void {
  const { phaseCount, classCount, classShare, cellPlace } = layout;
  const size = phaseCount * phaseCount;
  for (let cell = 0; cell < cellPlace.length; cell += 1) {
    const block = (cellPlace[cell] as number) * size;
    for (let own = 0; own < classCount; own += 1) {
      const at = cell * classCount + own;
      const weight = cells.theta[at] as number;
      if (weight === 0) continue;
      for (let row = 0; row < phaseCount; row += 1) {
        const reach = weight * (cells.through[at * phaseCount + row] as number);
        for (let column = 0; column < phaseCount; column += 1) {
          const share = classShare[own * phaseCount + column] as number;
          siteBlocks[block + row * phaseCount + column] =
            (siteBlocks[block + row * phaseCount + column] as number) + reach * share;
        }
      }
    }
  }
}

/** Forward: rows.energy and rows.phase -= what rows.panel says through the cells. */
export function reducePanels(layout: Layout, cells: Cells, rows: Rows): void {
  const { classCount, segmentSession, segmentStart, segmentCell, classOf } = layout;
  const { sums, weighted } = cells;
  const { energy } = rows;
  if (layout.phaseCount === 3) reduceThreePhase(layout, cells, rows);
  else reduceSinglePhase(layout, cells, rows);
  for (let s = 0; s < segmentSession.length; s += 1) {
    const i = segmentSession[s] as number;
    const end = segmentStart[s + 1] as number;
    let at = (segmentCell[s] as number) * classCount + (classOf[i] as number);
    // Two sums: each would wait for itself.
    let even = 0;
    let odd = 0;
    let j = segmentStart[s] as number;
    for (; j + 1 < end; j += 2) {
      even += (weighted[j] as number) * (sums[at] as number);
      odd += (weighted[j + 1] as number) * (sums[at + classCount] as number);
      at += 2 * classCount;
    }
    if (j < end) even += (weighted[j] as number) * (sums[at] as number);
    energy[i] = (energy[i] as number) - even - odd;
  }
}

function reduceSinglePhase({ cellPlace }: Layout, cells: Cells, rows: Rows): void {
  const { sums, factor, theta } = cells;
  for (let cell = 0; cell < cellPlace.length; cell += 1) {
    const sum = (factor[cell] as number) * (rows.panel[cell] as number);
    sums[cell] = sum;
    rows.phase[cellPlace[cell] as number] =
      (rows.phase[cellPlace[cell] as number] as number) - (theta[cell] as number) * sum;
  }
}

function reduceThreePhase(layout: Layout, cells: Cells, rows: Rows): void {
  const { classCount, classShare: share, cellPlace } = layout;
  const { sums, inverse, theta } = cells;
  const { panel, phase } = rows;
  for (let cell = 0; cell < cellPlace.length; cell += 1) {
    const r0 = panel[3 * cell] as number;
    const r1 = panel[3 * cell + 1] as number;
    const r2 = panel[3 * cell + 2] as number;
    let out0 = 0;
    let out1 = 0;
    let out2 = 0;
    for (let own = 0; own < classCount; own += 1) {
      const at = cell * classCount + own;
      const sum =
        (inverse[3 * at] as number) * r0 +
        (inverse[3 * at + 1] as number) * r1 +
        (inverse[3 * at + 2] as number) * r2;
      sums[at] = sum;
      const reach = (theta[at] as number) * sum;
      out0 += reach * (share[3 * own] as number);
      out1 += reach * (share[3 * own + 1] as number);
      out2 += reach * (share[3 * own + 2] as number);
    }
    const site = 3 * (cellPlace[cell] as number);
    phase[site] = (phase[site] as number) - out0;
    phase[site + 1] = (phase[site + 1] as number) - out1;
    phase[site + 2] = (phase[site + 2] as number) - out2;
  }
}

/** Backward: rows.panel from its right-hand side and the prices of energy and phases. */
export function recoverPanels(layout: Layout, cells: Cells, rows: Rows): void {
  const { classCount, segmentSession, segmentStart, segmentCell, classOf } = layout;
  const { sums, weighted } = cells;
  sums.fill(0);
  for (let s = 0; s < segmentSession.length; s += 1) {
    const i = segmentSession[s] as number;
    const end = segmentStart[s + 1] as number;
    const price = rows.energy[i] as number;
    let at = (segmentCell[s] as number) * classCount + (classOf[i] as number);
    for (let j = segmentStart[s] as number; j < end; j += 1) {
      sums[at] = (sums[at] as number) + (weighted[j] as number) * price;
      at += classCount;
    }
  }
  if (layout.phaseCount === 3) recoverThreePhase(layout, cells, rows);
  else recoverSinglePhase(layout, cells, rows);
}

function recoverSinglePhase({ cellPlace }: Layout, cells: Cells, rows: Rows): void {
  const { sums, factor, theta } = cells;
  for (let cell = 0; cell < cellPlace.length; cell += 1) {
    const pull =
      (sums[cell] as number) +
      (theta[cell] as number) * (rows.phase[cellPlace[cell] as number] as number);
    rows.panel[cell] = ((rows.panel[cell] as number) - pull) * (factor[cell] as number);
  }
}

function recoverThreePhase(layout: Layout, cells: Cells, rows: Rows): void {
  const { classCount, classShare: share, cellPlace } = layout;
  const { sums, theta } = cells;
  const { panel, phase } = rows;
  for (let cell = 0; cell < cellPlace.length; cell += 1) {
    const site = 3 * (cellPlace[cell] as number);
    const p0 = phase[site] as number;
    const p1 = phase[site + 1] as number;
    const p2 = phase[site + 2] as number;
    let b0 = panel[3 * cell] as number;
    let b1 = panel[3 * cell + 1] as number;
    let b2 = panel[3 * cell + 2] as number;
    for (let own = 0; own < classCount; own += 1) {
      const at = cell * classCount + own;
      const s0 = share[3 * own] as number;
      const s1 = share[3 * own + 1] as number;
      const s2 = share[3 * own + 2] as number;
      const pull = (sums[at] as number) + (theta[at] as number) * (s0 * p0 + s1 * p1 + s2 * p2);
      b0 -= pull * s0;
      b1 -= pull * s1;
      b2 -= pull * s2;
    }
    solveBlock(cells.factor, 6 * cell, panel, 3 * cell, b0, b1, b2);
  }
}
