/**
 * Who has just left has its lease taken back within seconds. Until the ledger may count on that nobody is
 * raised into its room; but nobody is cut for it either, to be raised again a moment later.
 */
import { worstCaseAt } from '../../ledger/index.js';
import { amps, type EvseId, type SiteProblem, verifyCircuits } from '../../solver/index.js';
import { type EvseStanding, hasLeft } from '../sites/snapshot.js';
import { type Draft, isBeingCleared } from './draft.js';

/** An answer that has come counts within this time, whatever a site's settle time is. */
const SOON_MS = 60_000;

/**
 * The problem of the goals without what is taken back soon, as long as all that is in force fits beside it.
 * What leaves is up to the ledger in any case.
 *
 * @param problem in the order of `all`
 */
export function withFreedSoon(
  draft: Draft,
  problem: SiteProblem,
  all: readonly EvseStanding[],
): SiteProblem {
  const freedA = new Map<EvseId, number>();
  for (const [index, standing] of all.entries()) {
    const { evse, state } = standing;
    const reservedA = problem.evses[index]?.reservedA ?? 0;
    if (reservedA === 0 || !hasLeft(standing)) continue;
    const soonA = isBeingCleared(draft, evse.id)
      ? (state.ledger.fallbackIdleA ?? reservedA)
      : worstCaseAt(state.ledger, draft.nowMs + SOON_MS, draft.site.settings);
    if (soonA < reservedA) freedA.set(evse.id, soonA);
  }
  if (freedA.size === 0) return problem;
  const inForceA = problem.evses.map((it): number => it.claim?.lastLimitA ?? 0);
  if (verifyCircuits(problem, inForceA).length > 0) return problem;
  const evses = problem.evses.map((it) => ({
    ...it,
    reservedA: amps(freedA.get(it.id) ?? it.reservedA),
  }));
  return { ...problem, evses };
}
