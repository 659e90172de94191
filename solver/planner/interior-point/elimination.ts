/** Which rows the elimination leaves to the end: the one that takes fewer operations. */
import { gramWidth } from '../../linear/gram.js';
import type { EnergyBlocks } from './energy-blocks.js';
import type { Layout } from './layout.js';
import { createSlotsLast, type SlotsLast } from './slots-last.js';
import { spanCount } from './spans.js';
import { createVehiclesLast, type VehiclesLast } from './vehicles-last.js';

export type Elimination = SlotsLast | VehiclesLast;
export type EliminationOrder = Elimination['kind'];

export function createElimination(layout: Layout, order: EliminationOrder): Elimination {
  return order === 'slots-last' ? createSlotsLast(layout) : createVehiclesLast(layout);
}

export function cheaperOrder(layout: Layout, energy: EnergyBlocks): EliminationOrder {
  return vehiclesLastCount(layout) < slotsLastCount(layout, energy)
    ? 'vehicles-last'
    : 'slots-last';
}

/** A product in a plain loop costs as much as so many in the kernels. */
const LOOP_COST = 3;
/** Right-hand sides an iteration: predictor, corrector, the peak, mostly a centrality corrector. */
const SOLVES = 4;
/** What a variable costs in its slot's block beside the products, products. */
const PER_VARIABLE = 4;

/** Products of an iteration, as those of the kernels. */
function slotsLastCount(layout: Layout, energy: EnergyBlocks): number {
  const { tree, phaseCount: m } = layout;
  const order = layout.activeSlots.length * m;
  let kernels = order ** 3 / 6;
  let loops = order ** 2 / 2 + SOLVES * order ** 2;
  for (const { size, width } of energy) {
    kernels += (size * width ** 2) / 2;
    loops += (size ** 2 * width) / 2 + SOLVES * 2 * size * width;
  }
  for (let node = 1; node < tree.nodeCount; node += 1) {
    let rows = 0;
    const end = tree.jointStart[node + 1] as number;
    for (let joint = tree.jointStart[node] as number; joint < end; joint += 1)
      rows += spanCount(layout, joint);
    // At most; groups that few vehicles lie below have fewer slots.
    kernels += (rows * order ** 2) / 2 + rows ** 3 / 6;
    loops += rows * order * (m + rows / 2) + SOLVES * 2 * rows * order;
  }
  return kernels + LOOP_COST * loops;
}

function vehiclesLastCount(layout: Layout): number {
  const { tree, activePlace, activeSlots, phaseCount: m, hoursOf } = layout;
  const orders = new Int32Array(activeSlots.length).fill(m);
  for (const [joint, slot] of tree.jointSlot.entries()) {
    const place = activePlace[slot] as number;
    orders[place] = (orders[place] as number) + spanCount(layout, joint);
  }
  const vehicles = layout.sessionOf.length;
  const width = gramWidth(vehicles);
  const perSlot = hoursOf.length / activeSlots.length;
  let kernels = vehicles ** 3 / 6;
  let loops = SOLVES * vehicles ** 2;
  for (const rows of orders) {
    kernels += ((rows + 1) * width ** 2) / 2;
    loops += SOLVES * 2 * (rows + 1) * vehicles + (2 * rows ** 3) / 3;
    loops += perSlot * (rows ** 2 / 2 + PER_VARIABLE);
  }
  return kernels + LOOP_COST * loops;
}
