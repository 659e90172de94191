/**
 * A vehicle that is known not to charge again by itself is not paused for the sake of others while its
 * minimum has room beside those of its like (I7).
 */
import { irrevocableAt } from '../../ledger/index.js';
import { resumesAfterPause, siteTiers, snapshot, standings } from '../../src/sites/snapshot.js';
import type { SiteState } from '../../src/control/state.js';
import type { Claim, EvseId } from '../../solver/index.js';
import type { StepTaken } from './engine-shell.js';
import { failuresOf } from './policy-reserve.js';
import { nodesOf, worstExcessA } from './site-load.js';
import { standbySums } from './standby.js';

/** Rounding, and what a node carries that is no part of its sums. */
const MARGIN_A = 0.5;

export function pauseProblems({ before, result }: StepTaken, nowMs: number): readonly string[] {
  const { state } = result;
  return result.effects.flatMap((effect) => {
    if (effect.type !== 'decision') return [];
    const { evseId, goalA, sessionId, boundBy } = effect.decision;
    const known = before.evses.get(evseId)?.decision;
    if (goalA > 0 || known === undefined || known.goalA <= 0) return [];
    if (known.sessionId !== sessionId || boundBy.kind !== 'admission') return [];
    const wasKnown = standings(before).some(
      (it) => it.evse.id === evseId && resumesAfterPause(it) === false,
    );
    if (!wasKnown || !hasRoom(state, evseId, nowMs)) return [];
    return [`${evseId} is paused beside room for its minimum, and does not charge again by itself`];
  });
}

/** What ends sooner is not reserved when goals are set. */
const IRREVOCABLE_FOR_MS = 60_000;

/** Beside what is reserved, what nobody can take back and the minimums of those that are kept on as well. */
function hasRoom(state: SiteState, id: EvseId, nowMs: number): boolean {
  const { notGuaranteed } = state.control;
  if (notGuaranteed.length > 0 || failuresOf(state) > 0) return false;
  const tiers = siteTiers(state, nowMs);
  const problem = snapshot(state, standings(state), { tiers, nowMs, assumed: 'reserve' });
  const own = problem.evses.find((it) => it.id === id)?.claim;
  if (own === undefined || !isKept(own)) return false;
  const circuits = problem.circuits.map((it) => ({
    ...it,
    name: it.id,
    baseLoadMaxA: it.baseLoadA,
  }));
  return nodesOf(circuits, problem.evses).every(({ circuit, below }) => {
    const sums = standbySums(state.site, { circuit, below });
    for (const index of below) {
      const evse = problem.evses[index];
      if (evse === undefined) continue;
      const { claim, channels, reservedA } = evse;
      const keptA = claim !== undefined && isKept(claim) ? claim.currentMinA : 0;
      const claimedA =
        evse.id === id ? keptA : Math.max(keptA, irrevocableA(state, evse.id, nowMs));
      for (const channel of [0, 1, 2] as const) {
        if (channels[channel]) sums[channel] += claim === undefined ? reservedA : claimedA;
      }
    }
    return worstExcessA(circuit.limits, sums, circuit.baseLoadMaxA, 'all') <= -MARGIN_A;
  });
}

function irrevocableA({ evses, site }: SiteState, id: EvseId, nowMs: number): number {
  const ledger = evses.get(id)?.ledger;
  if (ledger === undefined) return 0;
  return irrevocableAt(ledger, nowMs + IRREVOCABLE_FOR_MS, site.settings)?.currentA ?? 0;
}

const isKept = ({ resumes, lastLimitA, satisfied }: Claim): boolean =>
  resumes === false && lastLimitA > 0 && !satisfied;
