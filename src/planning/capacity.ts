/**
 * What circuits can carry, in W, as the plan counts it: a panel for each circuit that carries EVSEs,
 * bounded by all circuits above it but the root, and the root as the connection. What several panels
 * share in between is left to the allocator, which knows the tree; a plan is advice.
 */
import type { Circuit, CircuitLimit, SiteProblem } from '../../solver/index.js';
import { FAILSAFE_ID } from '../signals/grid-link.js';
import { MANAGED_DEVICES } from '../sites/tiers.js';

/** A circuit without a limit; far above what hangs on any. */
export const UNLIMITED_W = 1e7;

type Phases = readonly number[];

export interface RootCapacity {
  readonly importMaxW: number;
  readonly phaseMaxW: number;
}

/** Per phase on wye, one sum on delta; without what the circuits carry beside EVSEs. */
export function panelCapacityW(problem: SiteProblem, circuitId: string): Phases {
  const circuits = new Map(problem.circuits.map((it) => [it.id as string, it]));
  const rootId = rootOf(problem)?.id;
  let least: Phases = phasesOf(problem, () => UNLIMITED_W);
  let at = circuits.get(circuitId);
  for (; at !== undefined && at.id !== rootId; at = circuits.get(at.parentId ?? '')) {
    const freeW = freeOf(problem, at);
    least = least.map((valueW, phase) => Math.min(valueW, freeW[phase] ?? 0));
  }
  return least;
}

/** Of ratings and the owner's limit; orders of the grid come and go, and are not in it. */
export function rootCapacity(problem: SiteProblem): RootCapacity {
  const limits = (rootOf(problem)?.limits ?? []).filter((it) => it.source.kind !== 'signal');
  const perPhase = limits.map((limit) => limitW(problem, limit));
  return {
    importMaxW: Math.min(UNLIMITED_W, ...limits.map((limit) => totalW(problem, limit))),
    phaseMaxW: Math.min(UNLIMITED_W, ...perPhase.flat()),
  };
}

export type WhichOrders = 'all' | 'failsafe' | 'without-failsafe';

/** Import that the grid orders at most, of the limits of one tier; undefined: no order. */
export function orderedW(
  circuits: readonly Circuit[],
  otherLoadW: number,
  which: WhichOrders,
): number | undefined {
  const orders = circuits.flatMap(({ id, limits }) =>
    limits.flatMap((limit) => {
      if (limit.kind !== 'power' || limit.source.kind !== 'signal') return [];
      const isFailsafe = limit.source.signalId === FAILSAFE_ID;
      if (which !== 'all' && isFailsafe !== (which === 'failsafe')) return [];
      // Of the managed devices alone: what else the site uses comes on top.
      return [id === MANAGED_DEVICES ? limit.limitW + otherLoadW : limit.limitW];
    }),
  );
  return orders.length === 0 ? undefined : Math.max(0, Math.min(...orders));
}

/** The top of the tree is the node of the managed devices while an order binds them alone. */
function rootOf({ circuits }: SiteProblem): Circuit | undefined {
  return circuits.find(({ id, parentId }) =>
    parentId === undefined ? id !== MANAGED_DEVICES : parentId === MANAGED_DEVICES,
  );
}

function phasesOf({ supply }: SiteProblem, valueW: (phase: number) => number): Phases {
  return supply === 'wye' ? [0, 1, 2].map(valueW) : [valueW(0)];
}

function freeOf(problem: SiteProblem, circuit: Circuit): Phases {
  const { voltageLineToNeutralV: voltageV } = problem;
  const own = circuit.limits.map((limit) => limitW(problem, limit));
  const loadW = phasesOf(
    problem,
    (phase) => (circuit.baseLoadA[phase as 0 | 1 | 2] ?? 0) * voltageV,
  );
  return phasesOf(problem, (phase) => {
    const leastW = Math.min(UNLIMITED_W, ...own.map((it) => it[phase] ?? UNLIMITED_W));
    return Math.max(0, leastW - (loadW[phase] ?? 0));
  });
}

/** A limit of the sum bounds each phase no tighter than the sum. */
function limitW(problem: SiteProblem, limit: CircuitLimit): Phases {
  if (limit.kind === 'wye') {
    return limit.limitA.map((currentA) => currentA * problem.voltageLineToNeutralV);
  }
  const sumW = totalW(problem, limit);
  return phasesOf(problem, () => sumW);
}

/** The power of a balanced load at the limit. */
function totalW({ voltageLineToNeutralV, voltageLineToLineV }: SiteProblem, limit: CircuitLimit) {
  switch (limit.kind) {
    case 'power':
      return limit.limitW;
    case 'wye':
      return limit.limitA.reduce((sum, currentA) => sum + currentA * voltageLineToNeutralV, 0);
    case 'pair-sum':
      return limit.limitA * voltageLineToLineV;
    case 'line':
      return Math.sqrt(3) * voltageLineToLineV * Math.min(...limit.limitA);
    case 'delta-primary':
      return limit.turnsRatio * voltageLineToLineV * Math.min(...limit.limitA);
  }
}
