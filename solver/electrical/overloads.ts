/** What every conductor carries against what it may carry. */
import type { Conductor, LimitSource } from '../problem.js';
import { type Amps, type CircuitId, type Watts, amps, watts } from '../units.js';
import { channelSums } from './channel-sums.js';
import type { CircuitTree } from './circuit-tree.js';
import { rowLoadA, rowLoadFrom } from './row-load.js';
import { OVERLOAD_TOLERANCE_A } from './tolerances.js';

/** Load of one conductor, base load included; in W where the limit is a power. */
export type ConductorLoad = {
  readonly circuitId: CircuitId;
  readonly conductor: Conductor;
  readonly source: LimitSource;
  /** Load over limit; at a limit of 0 each ampere counts as one whole limit. */
  readonly loadFraction: number;
} & (
  | { readonly limitA: Amps; readonly loadA: Amps }
  | { readonly limitW: Watts; readonly loadW: Watts }
);

/** A conductor above its limit by more than OVERLOAD_TOLERANCE_A. */
export type Overload = ConductorLoad & {
  /** How far the load is above the limit, as a fraction of the limit. */
  readonly excessFraction: number;
};

/**
 * Every conductor that the EVSE currents and the base load overload, in the order of the tree.
 * A circuit that its base load overloads alone is listed too.
 */
export function overloads(tree: CircuitTree, currentA: Float64Array): Overload[] {
  const sumsA = channelSums(tree, currentA);
  const found: Overload[] = [];
  for (let row = 0; row < tree.rows.names.length; row += 1) {
    const excessA = totalLoadA(tree, sumsA, row) - (tree.rows.limitA[row] as number);
    if (excessA <= OVERLOAD_TOLERANCE_A) continue;
    const load = conductorLoad(tree, sumsA, row);
    found.push({ ...load, excessFraction: fraction(excessA, tree.rows.limitA[row] as number) });
  }
  return found;
}

/** The conductor with the largest load over limit; undefined on a tree without limits. */
export function worstConductor(
  tree: CircuitTree,
  currentA: Float64Array,
): ConductorLoad | undefined {
  const sumsA = channelSums(tree, currentA);
  let worst = -1;
  let worstFraction = -1;
  for (let row = 0; row < tree.rows.names.length; row += 1) {
    const here = fraction(totalLoadA(tree, sumsA, row), tree.rows.limitA[row] as number);
    if (here <= worstFraction) continue;
    worst = row;
    worstFraction = here;
  }
  return worst < 0 ? undefined : conductorLoad(tree, sumsA, worst);
}

/** Load and limit of every conductor, in the order of the tree. */
export function conductorLoads(tree: CircuitTree, currentA: Float64Array): ConductorLoad[] {
  const sumsA = channelSums(tree, currentA);
  return tree.rows.names.map((_, row) => conductorLoad(tree, sumsA, row));
}

function conductorLoad(tree: CircuitTree, sumsA: Float64Array, row: number): ConductorLoad {
  const name = tree.rows.names[row];
  if (name === undefined) throw new RangeError(`row ${row} is not in the tree`);
  const loadA = totalLoadA(tree, sumsA, row);
  const limitA = tree.rows.limitA[row] as number;
  const { circuitId, conductor, source, voltageV } = name;
  const head = { circuitId, conductor, source, loadFraction: fraction(loadA, limitA) };
  if (voltageV === undefined) return { ...head, limitA: amps(limitA), loadA: amps(loadA) };
  return { ...head, limitW: watts(limitA * voltageV), loadW: watts(loadA * voltageV) };
}

function totalLoadA(tree: CircuitTree, sumsA: Float64Array, row: number): number {
  const { rows } = tree;
  const baseA = rows.baseA[row] as number;
  if (rows.keptA === undefined) return rowLoadFrom(rows, row, sumsA) + baseA;
  const at = 3 * (rows.circuitOf[row] as number);
  const on = (channel: 0 | 1 | 2): number =>
    (sumsA[at + channel] as number) + (rows.keptA?.[at + channel] as number);
  return rowLoadA(rows, row, on(0), on(1), on(2)) + baseA;
}

function fraction(loadA: number, limitA: number): number {
  return limitA > 0 ? loadA / limitA : loadA;
}
