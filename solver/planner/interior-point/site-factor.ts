/**
 * Elimination of the site's rows as far as both orders share it: peak and balance, phases of slots
 * that storage leaves behind, and the chain of storage.
 */
import { factorChain } from '../../linear/tridiagonal.js';
import type { Layout } from './layout.js';
import type { Rows } from './rows.js';
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
  /** a' F a: what one more kW costs in a slot, with vehicles only where they come last. */
  readonly response: Float64Array;
  /** Storage rows: what is local to a slot, and theta of the energy between two. */
  readonly local: Float64Array;
  readonly links: Float64Array;
  readonly storageDiagonal: Float64Array;
  readonly storageBelow: Float64Array;
}

export function createSiteFactor(layout: Layout): SiteFactor {
  const { slotCount: n, phaseCount } = layout;
  const perSlot = () => new Float64Array(n);
  return {
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
}

/** Storage rows once the slots whose place is below 0 are eliminated: tridiagonal. */
export function factorStorage(factor: SiteFactor, columns: SiteColumns, place: Int32Array): void {
  const { slotCount: n } = columns;
  const { storageDiagonal, storageBelow } = factor;
  const v = columns.values;
  for (let t = 0; t < n; t += 1) {
    const charge = v[CHARGE * n + t] as number;
    const discharge = v[DISCHARGE * n + t] as number;
    const stored = columns.storedPerKw[t] as number;
    const taken = columns.takenPerKw[t] as number;
    const own = charge * stored * stored + discharge * taken * taken;
    let local = own;
    if ((place[t] as number) < 0) {
      const other = (v[CURTAILED * n + t] as number) + 1 / (factor.response[t] as number);
      const spread = charge * discharge * (stored - taken) * (stored - taken);
      local = (spread + other * own) / (charge + discharge + other);
    }
    factor.local[t] = local;
    factor.links[t] = v[STORED * n + t] as number;
  }
  factorChain(factor.local, factor.links, storageDiagonal, storageBelow);
}

/** F, entry (f, g) with g <= f: what of a slot's phase rows is left after peak and balance. */
export function slotEntry(
  { exchange, room, balancePivot }: SiteFactor,
  m: number,
  t: number,
  f: number,
  g: number,
): number {
  if (m === 1) return exchange[t] as number;
  const own = room[3 * t + f] as number;
  const pivot = balancePivot[t] as number;
  return f === g ? (own * (pivot - own)) / pivot : (-own * (room[3 * t + g] as number)) / pivot;
}

/** Peak and balance rows leave the phase rows. */
export function reduceSlots(layout: Layout, factor: SiteFactor, rows: Rows): void {
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

/** Slots without vehicles leave storage. */
export function reduceInactive(layout: Layout, factor: SiteFactor, rows: Rows): void {
  const { slotCount, activePlace, phaseCount: m } = layout;
  for (let t = 0; t < slotCount; t += 1) {
    if ((activePlace[t] as number) >= 0) continue;
    const scale = 1 + (factor.drawn[t] as number) * (factor.response[t] as number);
    rows.storage[t] =
      (rows.storage[t] as number) +
      ((factor.coupling[t] as number) * respond(factor, rows, t, m)) / scale;
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

/** Prices of all slots without vehicles, once storage has its own. */
export function recoverInactive(layout: Layout, factor: SiteFactor, rows: Rows): void {
  for (let t = 0; t < layout.slotCount; t += 1) {
    if ((layout.activePlace[t] as number) < 0) recoverSlot(factor, rows, t, layout.phaseCount);
  }
}

/**
 * Phase prices of a slot without vehicles: (F^-1 + drawn a a')^-1 (rows.phase + coupling a storage).
 * The mean of the right-hand side and the deviations from it are solved apart: what storage pushes
 * is all mean, and would cancel otherwise.
 */
function recoverSlot(factor: SiteFactor, rows: Rows, t: number, m: number): void {
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

export function recoverSlots(layout: Layout, factor: SiteFactor, rows: Rows): void {
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
