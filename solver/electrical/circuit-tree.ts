/** A site's circuit tree: its shape and, replaceable, its limits. */
import type { Circuit } from '../problem.js';
import { withKept } from './kept-free.js';
import { compileLimits, type LimitRows } from './limits.js';
import { compileTopology, type EvsePlace, type Topology, type TreeShape } from './topology.js';

export interface CircuitTree {
  readonly topology: Topology;
  readonly rows: LimitRows;
}

export interface TreeInput extends TreeShape {
  readonly circuits: readonly Circuit[];
  readonly evses: readonly EvsePlace[];
}

/** Compiles shape and limits. A SiteProblem is a TreeInput. */
export function compileTree(input: TreeInput): CircuitTree {
  return { topology: compileTopology(input), rows: compileRows(input.circuits) };
}

/**
 * The same tree under other limits or base loads (a later tier, a changed order of the grid).
 * Precondition: the same circuits in the same order.
 */
export function withLimits(tree: CircuitTree, circuits: readonly Circuit[]): CircuitTree {
  return { topology: tree.topology, rows: compileRows(circuits) };
}

function compileRows(circuits: readonly Circuit[]): LimitRows {
  return withKept(compileLimits(circuits), circuits);
}
