/**
 * What the grid connection can carry, in W, as the plan counts it, and what the grid orders. Circuits
 * below it are cuts of the plan.
 */
import type { Circuit, CircuitLimit, SiteProblem } from '../../solver/index.js';
import { FAILSAFE_ID } from '../signals/grid-link.js';
import { MANAGED_DEVICES, rootOf } from '../sites/tiers.js';

/** A circuit without a limit; far above what hangs on any. */
export const UNLIMITED_W = 1e7;

export interface RootCapacity {
  readonly importMaxW: number;
  readonly phaseMaxW: number;
}

/** Of ratings and the owner's limit; orders of the grid come and go, and are not in it. */
export function rootCapacity(problem: SiteProblem): RootCapacity {
  const limits = (rootOf(problem.circuits)?.limits ?? []).filter(
    (it) => it.source.kind !== 'signal',
  );
  const { voltageLineToNeutralV: voltageV } = problem;
  const phasesW = limits.flatMap((it) =>
    it.kind === 'wye' ? it.limitA.map((limitA) => limitA * voltageV) : [],
  );
  return {
    importMaxW: Math.min(UNLIMITED_W, ...limits.map((limit) => totalW(problem, limit))),
    phaseMaxW: Math.min(UNLIMITED_W, ...phasesW),
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

/** The power of a balanced load at the limit. */
function totalW({ voltageLineToNeutralV, voltageLineToLineV }: SiteProblem, limit: CircuitLimit) {
  switch (limit.kind) {
    case 'power':
      return limit.limitW;
    case 'wye':
      return limit.limitA.reduce((sum, currentA) => sum + currentA * voltageLineToNeutralV, 0);
    // Of one pair, which the cuts of the circuit know; the others are free of it.
    case 'pair-sum':
      return UNLIMITED_W;
    case 'line':
      return Math.sqrt(3) * voltageLineToLineV * Math.min(...limit.limitA);
    case 'delta-primary':
      return limit.turnsRatio * voltageLineToLineV * Math.min(...limit.limitA);
  }
}
