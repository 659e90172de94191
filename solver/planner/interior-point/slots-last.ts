/**
 * The order of elimination for many vehicles: energy rows panel by panel, groups, slots without
 * vehicles, storage; the phases of slots with vehicles form one dense matrix.
 */
import { solveLower, solveUpper } from '../../linear/cholesky.js';
import type { DenseKernel } from '../../linear/dense-kernel.js';
import { GRAM_STEP } from '../../linear/gram.js';
import { solveTridiagonal } from '../../linear/tridiagonal.js';
import { addBorder, type Border, createBorder, factorBorder } from './border.js';
import {
  type EnergyBlocks,
  factorEnergy,
  recoverEnergy,
  reduceEnergy,
  subtractFromGroups,
  subtractFromSite,
} from './energy-blocks.js';
import {
  createGroupFactor,
  factorGroups,
  type GroupFactor,
  recoverGroups,
  reduceGroups,
  startNodes,
} from './group-factor.js';
import type { Layout } from './layout.js';
import type { Rows } from './rows.js';
import type { SiteColumns } from './site-columns.js';
import {
  factorStorage,
  recoverInactive,
  recoverSlots,
  reduceInactive,
  reduceSlots,
  type SiteFactor,
  slotEntry,
} from './site-factor.js';
import type { Spans } from './spans.js';

export interface SlotsLast {
  readonly kind: 'slots-last';
  readonly groups: GroupFactor;
  readonly order: number;
  /** Lower triangle, row-major, with room for whole steps of a product. */
  readonly dense: Float64Array;
  readonly denseWork: Float64Array;
  readonly column: Float64Array;
  readonly border: Border;
}

/** What the orders of elimination share. */
export interface Eliminated {
  readonly layout: Layout;
  readonly columns: SiteColumns;
  readonly energy: EnergyBlocks;
  readonly site: SiteFactor;
  readonly spans: Spans;
}

export function createSlotsLast(layout: Layout): SlotsLast {
  const order = layout.activeSlots.length * layout.phaseCount;
  return {
    kind: 'slots-last',
    groups: createGroupFactor(layout),
    order,
    dense: new Float64Array(order * (order + GRAM_STEP)),
    denseWork: new Float64Array(order),
    column: new Float64Array(layout.slotCount),
    border: createBorder(layout),
  };
}

/** To be called once cells, energy blocks, slots and spans are at hand. */
export function factorSlotsLast(
  shared: Eliminated,
  own: SlotsLast,
  peakTheta: number,
  kernel: DenseKernel,
): void {
  const { layout, columns, energy, site, spans } = shared;
  const { groups, dense, order } = own;
  factorEnergy(energy);
  factorStorage(site, columns, layout.activePlace);
  startDense(layout, site, own);
  startNodes(layout, groups, site.blocks);
  subtractFromGroups(energy, groups);
  factorGroups(layout, groups, spans, dense, order, kernel);
  kernel.load(dense, order);
  subtractFromSite(energy, kernel);
  kernel.factor(dense);
  factorBorder(own.border, peakTheta, (rows) => solveSite(layout, site, own, rows));
}

/** rows := prices of all rows but those of panels, from what cells leave of their right-hand sides. */
export function solveSlotsLast(
  { layout, energy, site, spans }: Eliminated,
  own: SlotsLast,
  rows: Rows,
  peakPush: number,
): void {
  reduceEnergy(energy, rows);
  reduceGroups(layout, own.groups, spans, rows);
  solveSite(layout, site, own, rows);
  addBorder(own.border, rows, peakPush);
  recoverGroups(layout, own.groups, spans, rows);
  recoverEnergy(energy, rows);
}

/** dense += slot blocks - storage; to be called before the energy blocks are subtracted. */
function startDense(layout: Layout, factor: SiteFactor, { dense, order }: SlotsLast): void {
  const { phaseCount: m, activeSlots } = layout;
  const { blocks, drawn } = factor;
  dense.fill(0);
  for (let place = 0; place < activeSlots.length; place += 1) {
    const t = activeSlots[place] as number;
    for (let f = 0; f < m; f += 1) {
      for (let g = 0; g <= f; g += 1) {
        dense[(place * m + f) * order + place * m + g] =
          slotEntry(factor, m, t, f, g) +
          (blocks[(t * m + f) * m + g] as number) +
          (drawn[t] as number) / (m * m);
      }
    }
  }
  subtractStorage(layout, factor, dense, order);
}

/**
 * dense -= coupling T^-1 coupling. Entries of T^-1 come from its diagonal by one factor a slot, and
 * that from the last slot backwards; all are positive, nothing cancels.
 */
function subtractStorage(
  layout: Layout,
  { coupling, storageDiagonal, storageBelow }: SiteFactor,
  dense: Float64Array,
  order: number,
): void {
  const { phaseCount: m, slotCount, activePlace } = layout;
  let diagonal = 0;
  for (let s = slotCount - 1; s >= 0; s -= 1) {
    const below = s + 1 < slotCount ? (storageBelow[s] as number) : 0;
    diagonal = 1 / (storageDiagonal[s] as number) + below * below * diagonal;
    const place = activePlace[s] as number;
    if (place < 0) continue;
    let entry = (diagonal * (coupling[s] as number)) / (m * m);
    for (let t = s; t >= 0; t -= 1) {
      if (t < s) entry *= -(storageBelow[t] as number);
      const other = activePlace[t] as number;
      if (other < 0) continue;
      const value = entry * (coupling[t] as number);
      for (let f = 0; f < m; f += 1) {
        const row = (place * m + f) * order + other * m;
        for (let g = 0; g < m; g += 1) dense[row + g] = (dense[row + g] as number) - value;
      }
    }
  }
}

function solveSite(layout: Layout, factor: SiteFactor, own: SlotsLast, rows: Rows): void {
  reduceSlots(layout, factor, rows);
  reduceInactive(layout, factor, rows);
  reduceStorage(layout, factor, own.column, rows);
  const { phaseCount: m, activeSlots } = layout;
  const { denseWork, dense, order } = own;
  for (let place = 0; place < activeSlots.length; place += 1) {
    const t = activeSlots[place] as number;
    for (let f = 0; f < m; f += 1) denseWork[place * m + f] = rows.phase[t * m + f] as number;
  }
  solveLower(dense, order, denseWork);
  solveUpper(dense, order, denseWork);
  for (let place = 0; place < activeSlots.length; place += 1) {
    const t = activeSlots[place] as number;
    for (let f = 0; f < m; f += 1) rows.phase[t * m + f] = denseWork[place * m + f] as number;
  }
  recoverStorage(layout, factor, rows);
  recoverInactive(layout, factor, rows);
  recoverSlots(layout, factor, rows);
}

/** Storage leaves slots with vehicles. */
function reduceStorage(
  { activeSlots, phaseCount: m }: Layout,
  factor: SiteFactor,
  column: Float64Array,
  rows: Rows,
): void {
  column.set(rows.storage);
  solveTridiagonal(factor.storageDiagonal, factor.storageBelow, column);
  for (let place = 0; place < activeSlots.length; place += 1) {
    const t = activeSlots[place] as number;
    for (let f = 0; f < m; f += 1)
      rows.phase[t * m + f] =
        (rows.phase[t * m + f] as number) +
        ((factor.coupling[t] as number) * (column[t] as number)) / m;
  }
}

function recoverStorage(
  { activeSlots, phaseCount: m }: Layout,
  factor: SiteFactor,
  rows: Rows,
): void {
  for (let place = 0; place < activeSlots.length; place += 1) {
    const t = activeSlots[place] as number;
    let sum = 0;
    for (let f = 0; f < m; f += 1) sum += rows.phase[t * m + f] as number;
    rows.storage[t] = (rows.storage[t] as number) + ((factor.coupling[t] as number) * sum) / m;
  }
  solveTridiagonal(factor.storageDiagonal, factor.storageBelow, rows.storage);
}
