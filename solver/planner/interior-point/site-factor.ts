/**
 * Elimination of the site's rows in the order peak, balance, phases of slots without vehicles,
 * storage; the phases of slots with vehicles form one dense matrix; the peak variable is a border.
 */
import { solveLower, solveUpper } from '../../linear/cholesky.js';
import { GRAM_STEP } from '../../linear/gram.js';
import { factorChain, solveTridiagonal } from '../../linear/tridiagonal.js';
import type { Layout } from './layout.js';
import { createRows, type Rows } from './rows.js';
import {
  CHARGE,
  CURTAILED,
  DISCHARGE,
  EXPORTED,
  IMPORTED,
  ORDER_SLACK,
  PHASE_ROOM,
  PHASE_SLACK,
  type SiteColumns,
  SITE_SLACK,
  STORED,
} from './site-columns.js';

/** Stands for the curvature of a slot that can neither import nor export. */
const TINY = 1e-300;

export interface SiteFactor {
  readonly order: number;
  /** Lower triangle, row-major, with room for whole steps of a product. */
  readonly dense: Float64Array;
  readonly denseWork: Float64Array;
  /** What cells leave to each slot, m x m: of panels right below the site, then of each group. */
  readonly blocks: Float64Array;
  /** theta of import, of import and the peak's slack. */
  readonly imported: Float64Array;
  readonly peakPivot: Float64Array;
  /** Balance row after the peak row: curvature of exchange with the grid. */
  readonly exchange: Float64Array;
  readonly balancePivot: Float64Array;
  /** theta of each phase's room and slack. */
  readonly room: Float64Array;
  /** theta of charge, discharge and curtailment together, and its coupling to storage. */
  readonly drawn: Float64Array;
  readonly coupling: Float64Array;
  /** a' F a of a slot without vehicles: what one more kW costs. */
  readonly response: Float64Array;
  /** Storage rows: what is local to a slot, and theta of the energy between two. */
  readonly local: Float64Array;
  readonly links: Float64Array;
  readonly storageDiagonal: Float64Array;
  readonly storageBelow: Float64Array;
  readonly column: Float64Array;
  /** Solution for the border column, and its own part. */
  readonly border: Rows;
  borderPivot: number;
}

export function createSiteFactor(layout: Layout): SiteFactor {
  const { slotCount: n, phaseCount } = layout;
  const order = layout.activeSlots.length * phaseCount;
  const perSlot = () => new Float64Array(n);
  return {
    order,
    dense: new Float64Array(order * (order + GRAM_STEP)),
    denseWork: new Float64Array(order),
    blocks: new Float64Array(layout.tree.nodeCount * n * phaseCount * phaseCount),
    imported: perSlot(),
    peakPivot: perSlot(),
    exchange: perSlot(),
    balancePivot: perSlot(),
    room: new Float64Array(n * phaseCount),
    drawn: perSlot(),
    coupling: perSlot(),
    response: perSlot(),
    local: perSlot(),
    links: perSlot(),
    storageDiagonal: perSlot(),
    storageBelow: perSlot(),
    column: perSlot(),
    border: createRows(layout),
    borderPivot: 0,
  };
}

/** Everything local to a slot; `columns.values` holds theta. */
export function factorSlots(
  layout: Layout,
  factor: SiteFactor,
  columns: SiteColumns,
  theta: Float64Array,
  peakSlackStart: number,
  give: number,
): void {
  const { slotCount: n, phaseCount } = layout;
  const v = columns.values;
  const least = Math.max(TINY, give);
  for (let t = 0; t < n; t += 1) {
    const imported =
      (v[IMPORTED * n + t] as number) +
      (v[ORDER_SLACK * n + t] as number) +
      (v[SITE_SLACK * n + t] as number);
    const slack = theta[peakSlackStart + t] as number;
    const pivot = imported + slack;
    factor.imported[t] = imported;
    factor.peakPivot[t] = pivot;
    const exchange = (v[EXPORTED * n + t] as number) + (imported * slack) / pivot + least;
    factor.exchange[t] = exchange;
    let sum = exchange;
    let perRoom = 0;
    for (let f = 0; phaseCount === 3 && f < 3; f += 1) {
      const room =
        (v[PHASE_ROOM * n + 3 * t + f] as number) + (v[PHASE_SLACK * n + 3 * t + f] as number);
      factor.room[3 * t + f] = room;
      sum += room;
      perRoom += 1 / room;
    }
    factor.balancePivot[t] = sum;
    factor.response[t] = 1 / exchange + perRoom / 9;
    const charge = v[CHARGE * n + t] as number;
    const discharge = v[DISCHARGE * n + t] as number;
    factor.drawn[t] = charge + discharge + (v[CURTAILED * n + t] as number);
    factor.coupling[t] =
      charge * (columns.storedPerKw[t] as number) + discharge * (columns.takenPerKw[t] as number);
  }
  factorStorage(layout, factor, columns);
}

/** Storage rows once slots without vehicles are eliminated: tridiagonal. */
function factorStorage(layout: Layout, factor: SiteFactor, columns: SiteColumns): void {
  const { slotCount: n, activePlace } = layout;
  const { storageDiagonal, storageBelow } = factor;
  const v = columns.values;
  for (let t = 0; t < n; t += 1) {
    const charge = v[CHARGE * n + t] as number;
    const discharge = v[DISCHARGE * n + t] as number;
    const stored = columns.storedPerKw[t] as number;
    const taken = columns.takenPerKw[t] as number;
    const own = charge * stored * stored + discharge * taken * taken;
    let local = own;
    if ((activePlace[t] as number) < 0) {
      const other = (v[CURTAILED * n + t] as number) + 1 / (factor.response[t] as number);
      const spread = charge * discharge * (stored - taken) * (stored - taken);
      local = (spread + other * own) / (charge + discharge + other);
    }
    factor.local[t] = local;
    factor.links[t] = v[STORED * n + t] as number;
  }
  factorChain(factor.local, factor.links, storageDiagonal, storageBelow);
}

/** dense += slot blocks - storage; to be called before the energy blocks are subtracted. */
export function startDense(layout: Layout, factor: SiteFactor): void {
  const { phaseCount: m, activeSlots } = layout;
  const { dense, order, blocks, room, exchange, balancePivot, drawn } = factor;
  dense.fill(0);
  for (let place = 0; place < activeSlots.length; place += 1) {
    const t = activeSlots[place] as number;
    for (let f = 0; f < m; f += 1) {
      for (let g = 0; g <= f; g += 1) {
        let own =
          m === 1
            ? (exchange[t] as number)
            : (-(room[3 * t + f] as number) * (room[3 * t + g] as number)) /
              (balancePivot[t] as number);
        if (m === 3 && f === g) {
          const others = (balancePivot[t] as number) - (room[3 * t + f] as number);
          own = ((room[3 * t + f] as number) * others) / (balancePivot[t] as number);
        }
        dense[(place * m + f) * order + place * m + g] =
          own + (blocks[(t * m + f) * m + g] as number) + (drawn[t] as number) / (m * m);
      }
    }
  }
  subtractStorage(layout, factor);
}

/**
 * dense -= coupling T^-1 coupling. Entries of T^-1 come from its diagonal by one factor a slot, and
 * that from the last slot backwards; all are positive, nothing cancels.
 */
function subtractStorage(layout: Layout, factor: SiteFactor): void {
  const { phaseCount: m, slotCount, activePlace } = layout;
  const { dense, order, coupling, storageDiagonal, storageBelow } = factor;
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

/** The border, once the dense matrix is factored. */
export function factorBorder(layout: Layout, factor: SiteFactor, peakTheta: number): void {
  const { border } = factor;
  border.phase.fill(0);
  border.balance.fill(0);
  border.storage.fill(0);
  border.peak.fill(-1);
  solveUnbordered(layout, factor, border);
  let sum = 0;
  for (let t = 0; t < border.peak.length; t += 1) sum -= border.peak[t] as number;
  factor.borderPivot = peakTheta > 0 ? 1 / (1 / peakTheta + sum) : 0;
}

/**
 * rows := prices of the site's rows, from their right-hand sides after vehicles are eliminated;
 * `peakPush` is the constant part of the peak variable's step over its theta.
 */
export function solveSite(layout: Layout, factor: SiteFactor, rows: Rows, peakPush: number): void {
  solveUnbordered(layout, factor, rows);
  let sum = peakPush;
  for (let t = 0; t < rows.peak.length; t += 1) sum -= rows.peak[t] as number;
  const step = sum * factor.borderPivot;
  const { border } = factor;
  for (let at = 0; at < layout.slotCount * layout.phaseCount; at += 1)
    rows.phase[at] = (rows.phase[at] as number) - step * (border.phase[at] as number);
  for (let t = 0; t < rows.peak.length; t += 1) {
    rows.balance[t] = (rows.balance[t] as number) - step * (border.balance[t] as number);
    rows.peak[t] = (rows.peak[t] as number) - step * (border.peak[t] as number);
    rows.storage[t] = (rows.storage[t] as number) - step * (border.storage[t] as number);
  }
}

function solveUnbordered(layout: Layout, factor: SiteFactor, rows: Rows): void {
  reduceSlots(layout, factor, rows);
  reduceStorage(layout, factor, rows);
  const { phaseCount: m, activeSlots } = layout;
  const { denseWork, dense, order } = factor;
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
  recoverSlots(layout, factor, rows);
}

/** Peak and balance rows leave the phase rows. */
function reduceSlots(layout: Layout, factor: SiteFactor, rows: Rows): void {
  const { phaseCount: m, slotCount } = layout;
  for (let t = 0; t < slotCount; t += 1) {
    const passed =
      ((factor.imported[t] as number) / (factor.peakPivot[t] as number)) * (rows.peak[t] as number);
    if (m === 1) rows.phase[t] = (rows.phase[t] as number) + passed;
    else {
      rows.balance[t] = (rows.balance[t] as number) - passed;
      const share = (rows.balance[t] as number) / (factor.balancePivot[t] as number);
      for (let f = 0; f < 3; f += 1)
        rows.phase[3 * t + f] =
          (rows.phase[3 * t + f] as number) - (factor.room[3 * t + f] as number) * share;
    }
  }
}

/** Slots without vehicles leave storage; storage leaves slots with vehicles. */
function reduceStorage(layout: Layout, factor: SiteFactor, rows: Rows): void {
  const { slotCount, activePlace, activeSlots, phaseCount: m } = layout;
  for (let t = 0; t < slotCount; t += 1) {
    if ((activePlace[t] as number) >= 0) continue;
    const scale = 1 + (factor.drawn[t] as number) * (factor.response[t] as number);
    rows.storage[t] =
      (rows.storage[t] as number) +
      ((factor.coupling[t] as number) * respond(factor, rows, t, m)) / scale;
  }
  const { column } = factor;
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

/** a' F rows.phase in a slot without vehicles. */
function respond(factor: SiteFactor, rows: Rows, t: number, m: number): number {
  if (m === 1) return (rows.phase[t] as number) / (factor.exchange[t] as number);
  let sum = 0;
  let own = 0;
  for (let f = 0; f < 3; f += 1) {
    sum += rows.phase[3 * t + f] as number;
    own += (rows.phase[3 * t + f] as number) / (factor.room[3 * t + f] as number);
  }
  return sum / (factor.exchange[t] as number) + own / 3;
}

function recoverStorage(layout: Layout, factor: SiteFactor, rows: Rows): void {
  const { activeSlots, phaseCount: m, slotCount, activePlace } = layout;
  for (let place = 0; place < activeSlots.length; place += 1) {
    const t = activeSlots[place] as number;
    let sum = 0;
    for (let f = 0; f < m; f += 1) sum += rows.phase[t * m + f] as number;
    rows.storage[t] = (rows.storage[t] as number) + ((factor.coupling[t] as number) * sum) / m;
  }
  solveTridiagonal(factor.storageDiagonal, factor.storageBelow, rows.storage);
  for (let t = 0; t < slotCount; t += 1) {
    if ((activePlace[t] as number) >= 0) continue;
    recoverInactive(factor, rows, t, m);
  }
}

/**
 * Phase prices of a slot without vehicles: (F^-1 + drawn a a')^-1 (rows.phase + coupling a storage).
 * The mean of the right-hand side and the deviations from it are solved apart: what storage pushes
 * is all mean, and would cancel otherwise.
 */
function recoverInactive(factor: SiteFactor, rows: Rows, t: number, m: number): void {
  const exchange = factor.exchange[t] as number;
  const scale = 1 + (factor.drawn[t] as number) * (factor.response[t] as number);
  const pushed = (factor.coupling[t] as number) * (rows.storage[t] as number);
  if (m === 1) {
    rows.phase[t] = ((rows.phase[t] as number) + pushed) / (exchange * scale);
    return;
  }
  const at = 3 * t;
  const total =
    (rows.phase[at] as number) + (rows.phase[at + 1] as number) + (rows.phase[at + 2] as number);
  let deviation = 0;
  for (let f = at; f < at + 3; f += 1) {
    deviation += ((rows.phase[f] as number) - total / 3) / (factor.room[f] as number);
  }
  const mean = (total + pushed - ((factor.drawn[t] as number) * deviation) / 3) / scale;
  for (let f = at; f < at + 3; f += 1) {
    const own = ((rows.phase[f] as number) - total / 3) / (factor.room[f] as number);
    rows.phase[f] = own + mean * (1 / exchange + 1 / (3 * (factor.room[f] as number)));
  }
}

function recoverSlots(layout: Layout, factor: SiteFactor, rows: Rows): void {
  const { phaseCount: m, slotCount } = layout;
  for (let t = 0; t < slotCount; t += 1) {
    let net = -(rows.phase[t] as number);
    if (m === 3) {
      let sum = rows.balance[t] as number;
      for (let f = 0; f < 3; f += 1)
        sum -= (factor.room[3 * t + f] as number) * (rows.phase[3 * t + f] as number);
      net = sum / (factor.balancePivot[t] as number);
      rows.balance[t] = net;
    }
    rows.peak[t] =
      ((rows.peak[t] as number) - (factor.imported[t] as number) * net) /
      (factor.peakPivot[t] as number);
  }
}
