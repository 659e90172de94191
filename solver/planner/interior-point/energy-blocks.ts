/**
 * Elimination of the energy rows, panel by panel.
 *
 * After the cells, a panel's energy rows form one dense block; with its factor L the coupling V to
 * the site rows becomes X = L^-1 V, and the site loses X' X. Vehicles stand in the order of
 * departure: in a slot, those before the first one present have no entries in X.
 */
import { factorCholesky, solveLower, solveUpper } from '../../linear/cholesky.js';
import type { Cells } from './cells.js';
import type { Layout } from './layout.js';
import type { Rows } from './rows.js';

export interface EnergyBlocks {
  /** Per panel: its block, row-major, then L in its lower triangle. */
  readonly blocks: readonly Float64Array[];
  /** Per panel: X transposed, a row for each cell and phase, a column for each session. */
  readonly couplings: readonly Float64Array[];
  /** Per cell: the first session, counted in its panel, with an entry in X. */
  readonly firstOf: Int32Array;
  readonly work: readonly Float64Array[];
}

export function createEnergyBlocks(layout: Layout): EnergyBlocks {
  const { sessionStart, cellStart, phaseCount, panelOf } = layout;
  const sizes = Array.from(
    panelOf,
    (_, k) => (sessionStart[k + 1] as number) - (sessionStart[k] as number),
  );
  const cellCounts = Array.from(
    panelOf,
    (_, k) => (cellStart[k + 1] as number) - (cellStart[k] as number),
  );
  return {
    blocks: sizes.map((size) => new Float64Array(size * size)),
    couplings: sizes.map((size, k) => new Float64Array(size * (cellCounts[k] ?? 0) * phaseCount)),
    firstOf: firstSessions(layout),
    work: sizes.map((size) => new Float64Array(size)),
  };
}

function firstSessions(layout: Layout): Int32Array {
  const { panelOf, cellStart, sessionStart, cellVars, cellVarStart, sessionOfVar } = layout;
  const firstOf = new Int32Array(layout.cellSlot.length);
  for (let k = 0; k < panelOf.length; k += 1) {
    let least = sessionStart[k + 1] as number;
    for (let cell = (cellStart[k + 1] as number) - 1; cell >= (cellStart[k] as number); cell -= 1) {
      least = Math.min(
        least,
        sessionOfVar[cellVars[cellVarStart[cell] as number] as number] as number,
      );
      firstOf[cell] = least - (sessionStart[k] as number);
    }
  }
  return firstOf;
}

/** Builds and factors the blocks of all panels, and X. */
export function factorEnergy(
  layout: Layout,
  energy: EnergyBlocks,
  cells: Cells,
  theta: Float64Array,
): void {
  for (let k = 0; k < layout.panelOf.length; k += 1) {
    const block = energy.blocks[k] as Float64Array;
    const coupling = energy.couplings[k] as Float64Array;
    const size = (layout.sessionStart[k + 1] as number) - (layout.sessionStart[k] as number);
    startBlock(layout, block, theta, k, size);
    coupling.fill(0);
    gatherCells(layout, cells, theta, block, coupling, k, size);
    factorCholesky(block, size);
    forwardCoupling(layout, energy, block, coupling, k, size);
  }
}

/** The diagonal: theta of unmet energy; what charging adds is gathered from the cells. */
function startBlock(
  layout: Layout,
  block: Float64Array,
  theta: Float64Array,
  k: number,
  size: number,
): void {
  block.fill(0);
  const unmet = layout.hoursOf.length + (layout.sessionStart[k] as number);
  for (let a = 0; a < size; a += 1) block[a * size + a] = theta[unmet + a] as number;
}

/**
 * What a vehicle keeps of its theta beside the others of its cell, 1 - theta a' (B + D)^-1 a, is
 * summed as what the others and the slack take, because the difference cancels.
 */
function gatherCells(
  layout: Layout,
  cells: Cells,
  theta: Float64Array,
  block: Float64Array,
  coupling: Float64Array,
  k: number,
  size: number,
): void {
  const { cellVars, cellVarStart, sessionOfVar, classOf, classCount, hoursOf, phaseCount } = layout;
  const first = layout.sessionStart[k] as number;
  const firstCell = layout.cellStart[k] as number;
  const endCell = layout.cellStart[k + 1] as number;
  for (let cell = firstCell; cell < endCell; cell += 1) {
    const start = cellVarStart[cell] as number;
    const end = cellVarStart[cell + 1] as number;
    for (let u = start; u < end; u += 1) {
      const j = cellVars[u] as number;
      const i = sessionOfVar[j] as number;
      const a = i - first;
      const at = cell * classCount + (classOf[i] as number);
      const weight = (theta[j] as number) * (hoursOf[j] as number);
      let kept = 0;
      for (let v = start; v < u; v += 1) {
        const other = cellVars[v] as number;
        const b = (sessionOfVar[other] as number) - first;
        const pair = cells.pair[at * classCount + (classOf[b + first] as number)] as number;
        const shared = weight * (theta[other] as number) * (hoursOf[other] as number) * pair;
        block[a * size + b] = (block[a * size + b] as number) - shared;
        block[b * size + b] = (block[b * size + b] as number) + shared;
        kept += shared;
      }
      for (let phase = 0; phase < phaseCount; phase += 1) {
        const row = (cell - firstCell) * phaseCount + phase;
        const reach = weight * (cells.through[at * phaseCount + phase] as number);
        coupling[row * size + a] = reach;
        kept += reach * (hoursOf[j] as number);
      }
      block[a * size + a] = (block[a * size + a] as number) + kept;
    }
  }
}

function forwardCoupling(
  layout: Layout,
  energy: EnergyBlocks,
  block: Float64Array,
  coupling: Float64Array,
  k: number,
  size: number,
): void {
  const { phaseCount } = layout;
  const firstCell = layout.cellStart[k] as number;
  const endCell = layout.cellStart[k + 1] as number;
  for (let cell = firstCell; cell < endCell; cell += 1) {
    const from = energy.firstOf[cell] as number;
    for (let phase = 0; phase < phaseCount; phase += 1) {
      const row = ((cell - firstCell) * phaseCount + phase) * size;
      for (let a = from; a < size; a += 1) {
        let sum = coupling[row + a] as number;
        for (let b = from; b < a; b += 1)
          sum -= (block[a * size + b] as number) * (coupling[row + b] as number);
        coupling[row + a] = sum / (block[a * size + a] as number);
      }
    }
  }
}

/** site -= X' X of every panel; site: lower triangle over active slots and phases. */
export function subtractFromSite(
  layout: Layout,
  energy: EnergyBlocks,
  site: Float64Array,
  order: number,
): void {
  for (let k = 0; k < layout.panelOf.length; k += 1) {
    const size = (layout.sessionStart[k + 1] as number) - (layout.sessionStart[k] as number);
    const coupling = energy.couplings[k] as Float64Array;
    if (layout.phaseCount === 3) subtractPanel3(layout, energy, coupling, k, size, site, order);
    else subtractPanel1(layout, energy, coupling, k, size, site, order);
  }
}

function subtractPanel1(
  layout: Layout,
  energy: EnergyBlocks,
  x: Float64Array,
  k: number,
  size: number,
  site: Float64Array,
  order: number,
): void {
  const { cellSlot, activePlace } = layout;
  const firstCell = layout.cellStart[k] as number;
  const endCell = layout.cellStart[k + 1] as number;
  for (let cell = firstCell; cell < endCell; cell += 1) {
    const from = energy.firstOf[cell] as number;
    const row = (cell - firstCell) * size;
    const place = (activePlace[cellSlot[cell] as number] as number) * order;
    let other = firstCell;
    for (; other + 2 <= cell; other += 3) {
      const column0 = (other - firstCell) * size;
      const column1 = column0 + size;
      const column2 = column1 + size;
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      for (let a = from; a < size; a += 1) {
        const value = x[row + a] as number;
        sum0 += value * (x[column0 + a] as number);
        sum1 += value * (x[column1 + a] as number);
        sum2 += value * (x[column2 + a] as number);
      }
      site[place + (activePlace[cellSlot[other] as number] as number)] =
        (site[place + (activePlace[cellSlot[other] as number] as number)] as number) - sum0;
      site[place + (activePlace[cellSlot[other + 1] as number] as number)] =
        (site[place + (activePlace[cellSlot[other + 1] as number] as number)] as number) - sum1;
      site[place + (activePlace[cellSlot[other + 2] as number] as number)] =
        (site[place + (activePlace[cellSlot[other + 2] as number] as number)] as number) - sum2;
    }
    for (; other <= cell; other += 1) {
      const column = (other - firstCell) * size;
      let sum = 0;
      for (let a = from; a < size; a += 1)
        sum += (x[row + a] as number) * (x[column + a] as number);
      site[place + (activePlace[cellSlot[other] as number] as number)] =
        (site[place + (activePlace[cellSlot[other] as number] as number)] as number) - sum;
    }
  }
}

function subtractPanel3(
  layout: Layout,
  energy: EnergyBlocks,
  x: Float64Array,
  k: number,
  size: number,
  site: Float64Array,
  order: number,
): void {
  const { cellSlot, activePlace } = layout;
  const firstCell = layout.cellStart[k] as number;
  const endCell = layout.cellStart[k + 1] as number;
  for (let cell = firstCell; cell < endCell; cell += 1) {
    const from = energy.firstOf[cell] as number;
    const row = 3 * (cell - firstCell) * size;
    const place = 3 * (activePlace[cellSlot[cell] as number] as number) * order;
    for (let other = firstCell; other <= cell; other += 1) {
      const column = 3 * (other - firstCell) * size;
      subtractBlock(
        x,
        row,
        column,
        size,
        from,
        site,
        place + 3 * (activePlace[cellSlot[other] as number] as number),
        order,
      );
    }
  }
}

/** The 3 x 3 block of two slots: nine sums in registers. */
function subtractBlock(
  x: Float64Array,
  row: number,
  column: number,
  size: number,
  from: number,
  site: Float64Array,
  at: number,
  order: number,
): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  const row1 = row + size;
  const row2 = row1 + size;
  const column1 = column + size;
  const column2 = column1 + size;
  for (let a = from; a < size; a += 1) {
    const x0 = x[row + a] as number;
    const x1 = x[row1 + a] as number;
    const x2 = x[row2 + a] as number;
    const y0 = x[column + a] as number;
    const y1 = x[column1 + a] as number;
    const y2 = x[column2 + a] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
  }
  site[at] = (site[at] as number) - s00;
  site[at + 1] = (site[at + 1] as number) - s01;
  site[at + 2] = (site[at + 2] as number) - s02;
  site[at + order] = (site[at + order] as number) - s10;
  site[at + order + 1] = (site[at + order + 1] as number) - s11;
  site[at + order + 2] = (site[at + order + 2] as number) - s12;
  site[at + 2 * order] = (site[at + 2 * order] as number) - s20;
  site[at + 2 * order + 1] = (site[at + 2 * order + 1] as number) - s21;
  site[at + 2 * order + 2] = (site[at + 2 * order + 2] as number) - s22;
}

/** Forward: rows.energy := L^-1 rows.energy, and its part leaves rows.phase. */
export function reduceEnergy(layout: Layout, energy: EnergyBlocks, rows: Rows): void {
  const { phaseCount, cellSlot } = layout;
  for (let k = 0; k < layout.panelOf.length; k += 1) {
    const h = energy.work[k] as Float64Array;
    const size = h.length;
    const coupling = energy.couplings[k] as Float64Array;
    const first = layout.sessionStart[k] as number;
    for (let a = 0; a < size; a += 1) h[a] = rows.energy[first + a] as number;
    solveLower(energy.blocks[k] as Float64Array, size, h);
    for (let a = 0; a < size; a += 1) rows.energy[first + a] = h[a] as number;
    const firstCell = layout.cellStart[k] as number;
    const endCell = layout.cellStart[k + 1] as number;
    for (let cell = firstCell; cell < endCell; cell += 1) {
      const from = energy.firstOf[cell] as number;
      for (let phase = 0; phase < phaseCount; phase += 1) {
        const row = ((cell - firstCell) * phaseCount + phase) * size;
        let sum = 0;
        for (let a = from; a < size; a += 1)
          sum += (coupling[row + a] as number) * (h[a] as number);
        rows.phase[(cellSlot[cell] as number) * phaseCount + phase] =
          (rows.phase[(cellSlot[cell] as number) * phaseCount + phase] as number) - sum;
      }
    }
  }
}

/** Backward: rows.energy := L'^-1 (rows.energy - X prices of the phases). */
export function recoverEnergy(layout: Layout, energy: EnergyBlocks, rows: Rows): void {
  const { phaseCount, cellSlot } = layout;
  for (let k = 0; k < layout.panelOf.length; k += 1) {
    const h = energy.work[k] as Float64Array;
    const size = h.length;
    const coupling = energy.couplings[k] as Float64Array;
    const first = layout.sessionStart[k] as number;
    for (let a = 0; a < size; a += 1) h[a] = rows.energy[first + a] as number;
    const firstCell = layout.cellStart[k] as number;
    const endCell = layout.cellStart[k + 1] as number;
    for (let cell = firstCell; cell < endCell; cell += 1) {
      const from = energy.firstOf[cell] as number;
      for (let phase = 0; phase < phaseCount; phase += 1) {
        const row = ((cell - firstCell) * phaseCount + phase) * size;
        const price = rows.phase[(cellSlot[cell] as number) * phaseCount + phase] as number;
        for (let a = from; a < size; a += 1)
          h[a] = (h[a] as number) - (coupling[row + a] as number) * price;
      }
    }
    solveUpper(energy.blocks[k] as Float64Array, size, h);
    for (let a = 0; a < size; a += 1) rows.energy[first + a] = h[a] as number;
  }
}
