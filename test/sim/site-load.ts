/** Sums on the circuits of a site, by the tests' own arithmetic. */
import type { SiteCircuit, SiteEvse } from '../../src/sites/site.js';
import type { Circuit, CircuitLimit, PerChannel } from '../../solver/index.js';

export type Sums = [number, number, number];

export interface SiteNode {
  readonly circuit: Pick<SiteCircuit, 'id' | 'limits' | 'baseLoadMaxA'>;
  /** Places in the list of EVSEs. */
  readonly below: readonly number[];
}

/** Every circuit with the EVSEs in its subtree. */
export function nodesOf(
  circuits: readonly SiteCircuit[],
  evses: readonly Pick<SiteEvse, 'circuitId'>[],
): readonly SiteNode[] {
  const parents = new Map(circuits.map((it) => [it.id, it.parentId]));
  return circuits.map((circuit) => ({
    circuit,
    below: evses.flatMap((evse, index) => {
      for (let id = parents.has(evse.circuitId) ? evse.circuitId : undefined; id !== undefined; ) {
        if (id === circuit.id) return [index];
        id = parents.get(id);
      }
      return [];
    }),
  }));
}

export const plus = ([a, b, c]: PerChannel<number>, [x, y, z]: PerChannel<number>): Sums => [
  a + x,
  b + y,
  c + z,
];

/** By how much the sums and the base load exceed a limit, A; at most 0 when they fit. */
function excessA(
  limit: CircuitLimit,
  sums: Sums,
  baseA: PerChannel<number>,
  isOfLines: boolean,
): number {
  const [x, y, z] = sums;
  switch (limit.kind) {
    case 'wye':
      return largest([x, y, z], baseA, limit.limitA);
    case 'pair-sum':
      return sums[limit.pair] + baseA[limit.pair] - limit.limitA;
    case 'line': {
      const xz = Math.hypot(x, z, Math.sqrt(x * z));
      const xy = Math.hypot(x, y, Math.sqrt(x * y));
      return largest([xz, xy, Math.hypot(y, z, Math.sqrt(y * z))], baseA, limit.limitA);
    }
    case 'power': {
      // The current of a line has the voltage to neutral, that of a pair the one between lines.
      const ofBaseA = (baseA[0] + baseA[1] + baseA[2]) / (isOfLines ? Math.sqrt(3) : 1);
      return x + y + z + ofBaseA - limit.limitW / limit.voltageV;
    }
    case 'delta-primary':
      throw new Error('the simulated sites have no delta primary');
  }
}

function largest(
  sums: PerChannel<number>,
  baseA: PerChannel<number>,
  limitA: PerChannel<number>,
): number {
  return Math.max(
    sums[0] + baseA[0] - limitA[0],
    sums[1] + baseA[1] - limitA[1],
    sums[2] + baseA[2] - limitA[2],
  );
}

/** The largest excess over the limits of a circuit that count. */
export function worstExcessA(
  limits: Circuit['limits'],
  sums: Sums,
  baseA: PerChannel<number>,
  counted: 'all' | 'ratings',
): number {
  let worstA = Number.NEGATIVE_INFINITY;
  const isOfLines =
    limits.some(({ kind }) => kind === 'line') && !limits.some(({ kind }) => kind === 'pair-sum');
  for (const limit of limits) {
    if (counted === 'ratings' && limit.source.kind !== 'rating') continue;
    worstA = Math.max(worstA, excessA(limit, sums, baseA, isOfLines));
  }
  return worstA;
}
