/** Load that is not ours, below a circuit. Pure. */
import type { CircuitId, PerChannel } from '../../solver/index.js';

interface Place {
  readonly id: CircuitId;
  readonly parentId?: CircuitId | undefined;
}

/**
 * A circuit's load includes all below it, so that it is not added to that of its children. Where a
 * circuit has less than they have together (it has no rating of its own, or no meter), they count.
 */
export function otherLoadA<T extends Place>(
  circuits: readonly T[],
  top: T,
  ownOf: (circuit: T) => PerChannel<number>,
): PerChannel<number> {
  const below = circuits
    .filter((it) => it.parentId === top.id)
    .map((it) => otherLoadA(circuits, it, ownOf));
  const own = ownOf(top);
  const largest = (channel: 0 | 1 | 2): number =>
    Math.max(
      own[channel],
      below.reduce((sum, it) => sum + it[channel], 0),
    );
  return [largest(0), largest(1), largest(2)];
}
