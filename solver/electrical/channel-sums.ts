/** Currents added up the tree, three channels per circuit: index 3 * circuit + channel. */
import type { CircuitTree } from './circuit-tree.js';
import { NO_PARENT } from './topology.js';

/** Sums of EVSE current per channel below each circuit, from the current of each EVSE, A. */
export function channelSums(tree: CircuitTree, currentA: Float64Array): Float64Array {
  return sumChannels(tree, currentA, new Float64Array(3 * tree.topology.parent.length));
}

/** The same into an array that is there already. */
export function sumChannels(
  tree: CircuitTree,
  currentA: Float64Array,
  sumsA: Float64Array,
): Float64Array {
  const { parent, circuitOf, channelMask } = tree.topology;
  sumsA.fill(0);
  for (let evse = 0; evse < currentA.length; evse += 1) {
    const ampsHere = currentA[evse] as number;
    if (ampsHere === 0) continue;
    const mask = channelMask[evse] as number;
    const at = 3 * (circuitOf[evse] as number);
    if ((mask & 1) !== 0) sumsA[at] = (sumsA[at] as number) + ampsHere;
    if ((mask & 2) !== 0) sumsA[at + 1] = (sumsA[at + 1] as number) + ampsHere;
    if ((mask & 4) !== 0) sumsA[at + 2] = (sumsA[at + 2] as number) + ampsHere;
  }
  for (let circuit = parent.length - 1; circuit >= 0; circuit -= 1) {
    const above = parent[circuit] as number;
    if (above === NO_PARENT) continue;
    for (let channel = 0; channel < 3; channel += 1) {
      const to = 3 * above + channel;
      sumsA[to] = (sumsA[to] as number) + (sumsA[3 * circuit + channel] as number);
    }
  }
  return sumsA;
}

/** Adds deltaA of one EVSE to the sums of every circuit above it, in place. */
export function addCurrent(
  tree: CircuitTree,
  sumsA: Float64Array,
  evse: number,
  deltaA: number,
): void {
  const { parent, circuitOf, channelMask } = tree.topology;
  const mask = channelMask[evse] as number;
  let circuit = circuitOf[evse] as number;
  while (circuit !== NO_PARENT) {
    const at = 3 * circuit;
    if ((mask & 1) !== 0) sumsA[at] = (sumsA[at] as number) + deltaA;
    if ((mask & 2) !== 0) sumsA[at + 1] = (sumsA[at + 1] as number) + deltaA;
    if ((mask & 4) !== 0) sumsA[at + 2] = (sumsA[at + 2] as number) + deltaA;
    circuit = parent[circuit] as number;
  }
}
