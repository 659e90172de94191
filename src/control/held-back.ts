/**
 * Where a circuit is not guaranteed nothing below it rises. Goals know it: what an EVSE there cannot be
 * given is left to those elsewhere, who would wait for it in vain.
 */
import {
  amps,
  type CircuitId,
  type Evse,
  type EvseId,
  type EvseLimit,
  type NotGuaranteedCause,
  type SiteProblem,
} from '../../solver/index.js';
import type { ControlState } from './state.js';

/** EVSEs that claim more than they have below a circuit that is not guaranteed, each with its cause. */
export type HeldBack = ReadonlyMap<EvseId, NotGuaranteedCause>;

export function heldBack(
  { circuits, evses }: SiteProblem,
  notGuaranteed: ControlState['notGuaranteed'],
): HeldBack {
  const causes = new Map<CircuitId, NotGuaranteedCause>();
  if (notGuaranteed.length === 0) return new Map();
  for (const { circuitId, cause } of notGuaranteed) causes.set(circuitId, cause);
  // Parents come before their children.
  for (const { id, parentId } of circuits) {
    const above = parentId === undefined ? undefined : causes.get(parentId);
    if (above !== undefined && !causes.has(id)) causes.set(id, above);
  }
  const held = new Map<EvseId, NotGuaranteedCause>();
  for (const { id, circuitId, claim } of evses) {
    const cause = causes.get(circuitId);
    const isMore = claim !== undefined && claim.currentMaxA > claim.lastLimitA;
    if (cause !== undefined && isMore) held.set(id, cause);
  }
  return held;
}

/** Who is held back claims what it has, and nothing where that is below its minimum. */
export function holdBack(problem: SiteProblem, held: HeldBack): SiteProblem {
  if (held.size === 0) return problem;
  return { ...problem, evses: problem.evses.map((it) => (held.has(it.id) ? keepingLast(it) : it)) };
}

function keepingLast(evse: Evse): Evse {
  const { claim } = evse;
  if (claim === undefined) return evse;
  const { lastLimitA, currentMinA } = claim;
  if (lastLimitA < currentMinA) return { ...evse, claim: undefined };
  return { ...evse, claim: { ...claim, currentMaxA: amps(lastLimitA) } };
}

/** One that has all it may keep would have more if its circuit were guaranteed. */
export function withCause(limit: EvseLimit, held: HeldBack, { evses }: SiteProblem): EvseLimit {
  const cause = held.get(limit.evseId);
  if (cause === undefined) return limit;
  const claim = evses.find(({ id }) => id === limit.evseId)?.claim;
  if (claim !== undefined && limit.limitA < claim.currentMaxA) return limit;
  return { ...limit, boundBy: { kind: 'not-guaranteed', cause } };
}
