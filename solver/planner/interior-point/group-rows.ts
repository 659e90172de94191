/** The cuts of groups: their part of A x, and of A' y. */
import type { Layout } from './layout.js';
import type { Rows } from './rows.js';

/**
 * Draws stand in the blocks of rows.phase, each at the node above the panel, subtracted. They leave
 * the cuts of their node and go up to the site; the blocks of the groups are left empty.
 */
export function subtractCuts(
  layout: Layout,
  values: Float64Array,
  slackStart: number,
  { phase, cut }: Rows,
): void {
  const { tree, phaseCount: m, slotCount } = layout;
  const { jointStart, jointSlot, cutStart, cutWeights, parent } = tree;
  const size = slotCount * m;
  for (let node = tree.nodeCount - 1; node > 0; node -= 1) {
    const from = node * size;
    for (
      let joint = jointStart[node] as number;
      joint < (jointStart[node + 1] as number);
      joint += 1
    ) {
      const at = from + (jointSlot[joint] as number) * m;
      for (let c = cutStart[joint] as number; c < (cutStart[joint + 1] as number); c += 1) {
        let sum = -(values[slackStart + c] as number);
        for (let f = 0; f < m; f += 1)
          sum += (cutWeights[c * m + f] as number) * (phase[at + f] as number);
        cut[c] = (cut[c] as number) + sum;
      }
    }
    const up = (parent[node] as number) * size;
    for (let at = 0; at < size; at += 1) {
      phase[up + at] = (phase[up + at] as number) + (phase[from + at] as number);
      phase[from + at] = 0;
    }
  }
}

/** What a kW pays at the cuts of its groups and at the site, into the groups' blocks of y.phase. */
export function priceGroups(layout: Layout, { phase, cut }: Rows): void {
  const { tree, phaseCount: m, slotCount } = layout;
  const { jointStart, jointSlot, cutStart, cutWeights, parent } = tree;
  const size = slotCount * m;
  for (let node = 1; node < tree.nodeCount; node += 1) {
    const to = node * size;
    const up = (parent[node] as number) * size;
    phase.copyWithin(to, up, up + size);
    for (
      let joint = jointStart[node] as number;
      joint < (jointStart[node + 1] as number);
      joint += 1
    ) {
      const at = to + (jointSlot[joint] as number) * m;
      for (let c = cutStart[joint] as number; c < (cutStart[joint + 1] as number); c += 1) {
        for (let f = 0; f < m; f += 1)
          phase[at + f] =
            (phase[at + f] as number) + (cutWeights[c * m + f] as number) * (cut[c] as number);
      }
    }
  }
}

/**
 * How far charging is to shrink so that groups carry it, by place; `draw` at the node above each
 * panel, `[place * phases + phase]`.
 */
export function groupScales(
  { tree, phaseCount: m, slotCount }: Layout,
  draw: Float64Array,
  fraction: number,
): Float64Array {
  const { jointStart, jointSlot, cutStart, cutWeights, cutCapacityKw, parent } = tree;
  const size = slotCount * m;
  const scale = new Float64Array(tree.nodeCount * slotCount).fill(1);
  const sum = draw.slice();
  for (let node = tree.nodeCount - 1; node > 0; node -= 1) {
    const up = (parent[node] as number) * size;
    for (let at = 0; at < size; at += 1)
      sum[up + at] = (sum[up + at] as number) + (sum[node * size + at] as number);
    for (
      let joint = jointStart[node] as number;
      joint < (jointStart[node + 1] as number);
      joint += 1
    ) {
      const place = node * slotCount + (jointSlot[joint] as number);
      for (let c = cutStart[joint] as number; c < (cutStart[joint + 1] as number); c += 1) {
        let used = 0;
        for (let f = 0; f < m; f += 1)
          used += (cutWeights[c * m + f] as number) * (sum[place * m + f] as number);
        const most = fraction * (cutCapacityKw[c] as number);
        if (used > most) scale[place] = Math.min(scale[place] as number, most / used);
      }
    }
  }
  for (let node = 1; node < tree.nodeCount; node += 1) {
    for (let slot = 0; slot < slotCount; slot += 1) {
      const at = node * slotCount + slot;
      const above = scale[(parent[node] as number) * slotCount + slot] as number;
      scale[at] = Math.min(scale[at] as number, above);
    }
  }
  return scale;
}
