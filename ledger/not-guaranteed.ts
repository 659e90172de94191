/** The named state in which a circuit's rating is not covered by the sum of W. */
import type { CircuitId, NotGuaranteedCause } from '../solver/index.js';
import { carriesNow, loadOverTime } from './load-over-time.js';
import type { Scene } from './offer.js';
import { loadsOf, type Place } from './place.js';
import type { NotGuaranteed } from './types.js';
import { isCredited, isSettling } from './worst-case.js';

/**
 * Circuits whose sum of W exceeds a rating now, in the tree's order, each with one cause: a station
 * below has not shown its fallback (or its lease) since it booted; else untested models, where the
 * rest would fit; else load. Limits of owners and signals are no ratings and are not named here.
 */
export function notGuaranteedCircuits(scene: Scene, places: readonly Place[]): NotGuaranteed[] {
  const { load, input } = scene;
  const { tree } = load;
  const over: { circuitId: CircuitId; circuitIndex: number }[] = [];
  tree.circuitIds.forEach((circuitId, circuitIndex) => {
    if (!carriesNow(load, circuitIndex, 'ratings')) over.push({ circuitId, circuitIndex });
  });
  if (over.length === 0) return [];
  const tested = loadOverTime(tree, input.nowMs, loadsOf(places, 'told-untested'));
  return over.map(({ circuitId, circuitIndex }) => {
    const below = places.filter(({ path }) => path.includes(circuitIndex));
    const policyAlone = carriesNow(tested, circuitIndex, 'ratings');
    return { circuitId, cause: causeOf(below, policyAlone, input.nowMs) };
  });
}

function causeOf(below: readonly Place[], policyAlone: boolean, nowMs: number): NotGuaranteedCause {
  if (below.some((place) => isUnread(place, nowMs))) return 'fallback-not-read-back';
  const untested = below.some(({ evse }) => !evse.ledger.offlineTested);
  return untested && policyAlone ? 'owner-policy' : 'rating-exceeded-by-load';
}

/** Without a shown lease an old grant counts for ever: only a read-back ends that as well. */
function isUnread(place: Place, nowMs: number): boolean {
  const { evse, worst, told, worstOthers, toldOthers } = place;
  const { fallbackIdleA, leaseShown, steps, distrusted, onePhase } = evse.ledger;
  if (fallbackIdleA === undefined || isSettling(evse.ledger, nowMs)) return true;
  const hidden =
    (worst[0]?.currentA ?? 0) > (told[0]?.currentA ?? 0) ||
    (worstOthers[0]?.currentA ?? 0) > (toldOthers[0]?.currentA ?? 0);
  const isShown = leaseShown && steps !== 'unread' && onePhase?.unread !== true;
  return !isShown && isCredited(evse.ledger) && !distrusted && hidden;
}
