/** The shape of a circuit tree on typed arrays: who is below whom, which channels an EVSE loads. */
import { assert } from '../assert.js';
import type { PerChannel, Supply } from '../problem.js';
import type { CircuitId, EvseId } from '../units.js';

/** What the shape needs to know of a circuit; limits and base load may change without it. */
export interface CircuitPlace {
  readonly id: CircuitId;
  readonly parentId?: CircuitId | undefined;
}

/** What the shape needs to know of an EVSE. */
export interface EvsePlace {
  readonly id: EvseId;
  readonly circuitId: CircuitId;
  readonly channels: PerChannel<boolean>;
}

export interface TreeShape {
  readonly supply: Supply;
  /** Parents before children. */
  readonly circuits: readonly CircuitPlace[];
  readonly evses: readonly EvsePlace[];
}

/** `parent` of a circuit without one. */
export const NO_PARENT = -1;

export interface Topology {
  readonly supply: Supply;
  readonly circuitIds: readonly CircuitId[];
  readonly evseIds: readonly EvseId[];
  readonly circuitIndexOf: ReadonlyMap<CircuitId, number>;
  readonly evseIndexOf: ReadonlyMap<EvseId, number>;
  /** Per circuit: index of its parent, always lower than its own, or NO_PARENT. */
  readonly parent: Int32Array;
  /** Per EVSE: index of the circuit it hangs on. */
  readonly circuitOf: Int32Array;
  /** Per EVSE: bit c is set when its current loads channel c. */
  readonly channelMask: Uint8Array;
  /** EVSE indices; those below circuit c stand at [subtreeStart[c], subtreeEnd[c]). */
  readonly evseBySubtree: Int32Array;
  readonly subtreeStart: Int32Array;
  readonly subtreeEnd: Int32Array;
}

/**
 * Compiles the shape once; it stays valid while no circuit, EVSE or wiring is added or moved.
 * Precondition: ids are unique, parents precede children (see `checkProblem`).
 */
export function compileTopology(shape: TreeShape): Topology {
  const circuitIndexOf = new Map(shape.circuits.map((circuit, index) => [circuit.id, index]));
  const evseIndexOf = new Map(shape.evses.map((evse, index) => [evse.id, index]));
  const parent = parentIndices(shape.circuits, circuitIndexOf);
  const circuitOf = new Int32Array(shape.evses.length);
  const channelMask = new Uint8Array(shape.evses.length);
  for (const [index, evse] of shape.evses.entries()) {
    const circuit = circuitIndexOf.get(evse.circuitId);
    assert(circuit !== undefined, `circuit ${evse.circuitId} of EVSE ${evse.id} exists`);
    circuitOf[index] = circuit;
    channelMask[index] = maskOf(evse.channels);
  }
  return {
    supply: shape.supply,
    circuitIds: shape.circuits.map((circuit) => circuit.id),
    evseIds: shape.evses.map((evse) => evse.id),
    circuitIndexOf,
    evseIndexOf,
    parent,
    circuitOf,
    channelMask,
    ...subtrees(parent, circuitOf),
  };
}

/** Bit c for each loaded channel c. */
export function maskOf(channels: PerChannel<boolean>): number {
  return (channels[0] ? 1 : 0) | (channels[1] ? 2 : 0) | (channels[2] ? 4 : 0);
}

function parentIndices(
  circuits: readonly CircuitPlace[],
  circuitIndexOf: ReadonlyMap<CircuitId, number>,
): Int32Array {
  const parent = new Int32Array(circuits.length);
  for (const [index, circuit] of circuits.entries()) {
    const above = circuit.parentId === undefined ? NO_PARENT : circuitIndexOf.get(circuit.parentId);
    assert(above !== undefined, `parent ${circuit.parentId} of circuit ${circuit.id} exists`);
    assert(above < index, `the parent of circuit ${circuit.id} precedes it`);
    parent[index] = above;
  }
  return parent;
}

/** Orders EVSEs so that each subtree is one range: a circuit's own ones first, then its children's. */
function subtrees(
  parent: Int32Array,
  circuitOf: Int32Array,
): Pick<Topology, 'evseBySubtree' | 'subtreeStart' | 'subtreeEnd'> {
  const count = new Int32Array(parent.length);
  const own = new Int32Array(parent.length);
  for (const circuit of circuitOf) own[circuit] = (own[circuit] as number) + 1;
  for (let circuit = parent.length - 1; circuit >= 0; circuit -= 1) {
    count[circuit] = (count[circuit] as number) + (own[circuit] as number);
    const above = parent[circuit] as number;
    if (above !== NO_PARENT) count[above] = (count[above] as number) + (count[circuit] as number);
  }
  const subtreeStart = new Int32Array(parent.length);
  const nextChild = new Int32Array(parent.length);
  let nextRoot = 0;
  for (let circuit = 0; circuit < parent.length; circuit += 1) {
    const above = parent[circuit] as number;
    const start = above === NO_PARENT ? nextRoot : (nextChild[above] as number);
    subtreeStart[circuit] = start;
    nextChild[circuit] = start + (own[circuit] as number);
    if (above === NO_PARENT) nextRoot += count[circuit] as number;
    else nextChild[above] = start + (count[circuit] as number);
  }
  const evseBySubtree = new Int32Array(circuitOf.length);
  const nextOwn = subtreeStart.slice();
  for (const [evse, circuit] of circuitOf.entries()) {
    const place = nextOwn[circuit] as number;
    evseBySubtree[place] = evse;
    nextOwn[circuit] = place + 1;
  }
  return {
    evseBySubtree,
    subtreeStart,
    subtreeEnd: subtreeStart.map((start, circuit) => start + (count[circuit] as number)),
  };
}
