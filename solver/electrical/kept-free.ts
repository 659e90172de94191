/** What circuits keep free for vehicles that may draw more than they are told. */
import type { Circuit } from '../problem.js';
import type { LimitRows } from './limits.js';
import { rowLoadA } from './row-load.js';

/**
 * The rows of circuits with what these keep free. Capacities are smaller by what that would be alone: with
 * others on the same conductor it is at most as much (currents of pairs add up to no more than their sizes).
 */
export function withKept(rows: LimitRows, circuits: readonly Circuit[]): LimitRows {
  if (circuits.every((it) => it.keptA === undefined)) {
    return rows.keptA === undefined ? rows : { ...rows, keptA: undefined };
  }
  const keptA = Float64Array.from(circuits.flatMap((it) => it.keptA ?? [0, 0, 0]));
  for (let row = 0; row < rows.names.length; row += 1) {
    const at = 3 * (rows.circuitOf[row] as number);
    const [x, y, z] = keptA.subarray(at, at + 3) as unknown as [number, number, number];
    rows.capacityA[row] = Math.max(
      0,
      (rows.capacityA[row] as number) - rowLoadA(rows, row, x, y, z),
    );
  }
  return { ...rows, keptA };
}
