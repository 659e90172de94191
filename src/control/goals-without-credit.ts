/** Goals of EVSEs that earn no credit (R0): whatever they are told, the ledger counts their maximum. */
import {
  type CircuitId,
  compileTree,
  type EvseLimit,
  overloads,
  type SiteProblem,
} from '../../solver/index.js';
import { pathToRoot } from '../sites/check-circuits.js';
import type { Site } from '../sites/site.js';
import type { EvseStanding } from '../sites/snapshot.js';

/**
 * They may as well use what is reserved for them. Where that fits a rating or a limit of an owner or of
 * the grid no more, they are held at the share of one that obeys: that is all that can be done, and most
 * of them do.
 *
 * @param reserved counts them at what the ledger reserves, without a claim
 * @param obeyed their shares of what the others leave, if each did what it is told; asked for only where
 *   that is needed
 */
export function goalsWithoutCredit(
  site: Site,
  all: readonly EvseStanding[],
  options: {
    readonly reserved: SiteProblem;
    readonly isGuaranteed: boolean;
    readonly obeyed: () => readonly EvseLimit[];
  },
): readonly EvseLimit[] {
  const { reserved, isGuaranteed, obeyed } = options;
  const without = all.filter((it) => !it.credited && it.controllable);
  if (without.length === 0) return [];
  const over = overloadedCircuits(reserved);
  const held = without.filter(({ evse: { circuitId } }) =>
    isGuaranteed ? pathToRoot(site, circuitId).some((it) => over.has(it.id)) : true,
  );
  const heldIds = new Set(held.map((it) => it.evse.id));
  const shares = held.length === 0 ? [] : obeyed().filter((it) => heldIds.has(it.evseId));
  const maxima = without
    .filter((it) => !heldIds.has(it.evse.id))
    .map(({ evse: { id, currentMaxA } }): EvseLimit => {
      return { evseId: id, limitA: currentMaxA, boundBy: { kind: 'evse', currentMaxA } };
    });
  return [...shares, ...maxima];
}

/** Circuits that cannot carry what is reserved below them, even if nobody who earns credit had anything. */
function overloadedCircuits(reserved: SiteProblem): ReadonlySet<CircuitId> {
  const currentA = Float64Array.from(reserved.evses, (it) => it.reservedA ?? 0);
  return new Set(overloads(compileTree(reserved), currentA).map((it) => it.circuitId));
}

/** The problem of those without credit alone, beside what the others are to have. */
export function besideGoals(problem: SiteProblem, goals: readonly EvseLimit[]): SiteProblem {
  const limits = new Map(goals.map((it) => [it.evseId, it.limitA]));
  const evses = problem.evses.map((it) => {
    const reservedA = limits.get(it.id);
    return reservedA === undefined ? it : { ...it, claim: undefined, reservedA };
  });
  return { ...problem, evses };
}
