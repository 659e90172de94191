/** Currents on the circuit tree: who lies under what, and whether a circuit carries three sums. */
import {
  assert,
  type Circuit,
  type CircuitId,
  type CircuitLimit,
  memoized,
  powerBaseA,
} from '../solver/index.js';
import type { Tier } from './types.js';

/** Rounding of sums over a thousand EVSEs, far below what an OCPP limit can express (0.1 A). */
export const FIT_TOLERANCE_A = 1e-6;

/** A tree and its limits at every tier, by index of circuit. */
export interface CompiledTree {
  readonly circuitIds: readonly CircuitId[];
  readonly fromMs: readonly number[];
  /** [tier][circuit]. */
  readonly circuits: readonly (readonly Circuit[])[];
  /** From the circuit itself up to its root. */
  readonly paths: ReadonlyMap<CircuitId, readonly number[]>;
}

/** Precondition: tiers ascending, all with the circuits of the first. */
export function compileTree(tiers: readonly Tier[]): CompiledTree {
  const first = tiers[0];
  assert(first !== undefined, 'there is at least one tier');
  const circuitIds = first.circuits.map(({ id }) => id);
  const circuits = tiers.map((tier, index) => {
    const before = tiers[index - 1];
    assert(before === undefined || before.fromMs < tier.fromMs, 'tiers ascend');
    if (isInOrder(tier.circuits, circuitIds)) return tier.circuits;
    const byId = new Map(tier.circuits.map((circuit) => [circuit.id, circuit]));
    return circuitIds.map((id) => {
      const circuit = byId.get(id);
      assert(circuit !== undefined, `circuit ${id} is in every tier`);
      return circuit;
    });
  });
  const paths = pathsOf(first.circuits);
  return { circuitIds, fromMs: tiers.map(({ fromMs }) => fromMs), circuits, paths };
}

function isInOrder(circuits: readonly Circuit[], ids: readonly CircuitId[]): boolean {
  return circuits.length === ids.length && circuits.every(({ id }, index) => id === ids[index]);
}

/** The circuits from `circuitId` up to the root, as indices. */
export function pathOf(tree: CompiledTree, circuitId: CircuitId): readonly number[] {
  const path = tree.paths.get(circuitId);
  assert(path !== undefined, `circuit ${circuitId} is in the tree`);
  return path;
}

const NOTHING = [0, 0, 0] as const;

export type LimitsCounted = 'all' | 'ratings';

/**
 * Whether a circuit carries the sums [x, y, z], A per channel, at their worst corner of [0, sum],
 * with its base load. Never falls from false to true when a sum grows.
 */
export function carries(
  circuit: Circuit,
  x: number,
  y: number,
  z: number,
  counted: LimitsCounted,
): boolean {
  const { keptA = NOTHING } = circuit;
  const [kx, ky, kz] = keptA;
  for (const limit of circuit.limits) {
    if (counted === 'ratings' && limit.source.kind !== 'rating') continue;
    if (!limitCarries(limit, circuit, x + kx, y + ky, z + kz)) return false;
  }
  return true;
}

function limitCarries(
  limit: CircuitLimit,
  circuit: Circuit,
  x: number,
  y: number,
  z: number,
): boolean {
  const { baseLoadA } = circuit;
  const [b0, b1, b2] = baseLoadA;
  const slackA = FIT_TOLERANCE_A;
  switch (limit.kind) {
    case 'wye': {
      const [l0, l1, l2] = limit.limitA;
      return x + b0 <= l0 + slackA && y + b1 <= l1 + slackA && z + b2 <= l2 + slackA;
    }
    case 'pair-sum': {
      const currentA = limit.pair === 0 ? x : limit.pair === 1 ? y : z;
      return currentA + baseLoadA[limit.pair] <= limit.limitA + slackA;
    }
    case 'line': {
      const [l0, l1, l2] = limit.limitA;
      // Every term grows with every current, so the worst corner is the sum itself.
      return (
        Math.sqrt(x * x + z * z + x * z) + b0 <= l0 + slackA &&
        Math.sqrt(x * x + y * y + x * y) + b1 <= l1 + slackA &&
        Math.sqrt(y * y + z * z + y * z) + b2 <= l2 + slackA
      );
    }
    case 'delta-primary': {
      const [l0, l1, l2] = limit.limitA;
      const ratio = limit.turnsRatio;
      // B and C are A with the pairs renamed.
      return (
        primaryA(x, y, z) / ratio + b0 <= l0 + slackA &&
        primaryA(y, z, x) / ratio + b1 <= l1 + slackA &&
        primaryA(x, z, y) / ratio + b2 <= l2 + slackA
      );
    }
    case 'power':
      return x + y + z + powerBaseA(circuit) <= limit.limitW / limit.voltageV + slackA;
  }
}

/** sqrt(x^2 + y^2 + 4z^2 - xy + 2xz + 2yz) at the worst of the 8 corners of [0, (x, y, z)]. */
function primaryA(x: number, y: number, z: number): number {
  let worst = 0;
  for (let corner = 1; corner < 8; corner += 1) {
    const a = corner & 1 ? x : 0;
    const b = corner & 2 ? y : 0;
    const c = corner & 4 ? z : 0;
    worst = Math.max(worst, a * a + b * b + 4 * c * c - a * b + 2 * a * c + 2 * b * c);
  }
  return Math.sqrt(worst);
}

const pathsOf = memoized((circuits: readonly Circuit[]): CompiledTree['paths'] => {
  const paths = new Map<CircuitId, readonly number[]>();
  circuits.forEach(({ id, parentId }, index) => {
    assert(!paths.has(id), `circuit ${id} is in the tree once`);
    const above = parentId === undefined ? [] : paths.get(parentId);
    assert(above !== undefined, `parent ${parentId} comes before circuit ${id}`);
    paths.set(id, [index, ...above]);
  });
  return paths;
});
