/**
 * Goals beside what cannot be taken back: a call without an answer may be applied for minutes, whatever is told
 * behind it (SAFETY R3). Who may draw that much in any case goes on using it, and the others share what is left:
 * cut for nothing, it would leave current that nobody may have.
 */
import {
  flightOverAtMs,
  type Irrevocable,
  irrevocableAt,
  leaseDueAtMs,
  newestAccepted,
} from '../../ledger/index.js';
import type { PossibleCommand } from '../../ledger/types.js';
import {
  amps,
  compileTree,
  type EvseId,
  type EvseLimit,
  overloads,
  pilotAtMost,
  type SiteProblem,
} from '../../solver/index.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { type Draft, wakeAt } from './draft.js';
import { leaseSecOf } from './lease.js';

/** What ends sooner is not worth a change of goals. */
const AHEAD_MS = 60_000;

/** What one EVSE may draw in any case, and how much of it goals leave to it. */
interface Reserved {
  readonly currentA: number;
  readonly usableA: number;
}

export type ReservedByEvse = ReadonlyMap<EvseId, Reserved>;

/** EVSEs that goals speak of, whatever they are told next; wakes when that ends. */
export function irrevocables(draft: Draft, all: readonly EvseStanding[]): ReservedByEvse {
  const { nowMs, site } = draft;
  const found = new Map<EvseId, Reserved>();
  for (const standing of all) {
    if (!standing.controllable || !standing.credited) continue;
    const { ledger } = standing.state;
    for (const it of ledger.commands) if (it.held === true) wakeAfter(draft, it);
    const kept = irrevocableAt(ledger, nowMs + AHEAD_MS, site.settings);
    if (kept === undefined) continue;
    wakeAt(draft, kept.untilMs - AHEAD_MS);
    found.set(standing.evse.id, {
      currentA: kept.currentA,
      usableA: usable(draft, standing, kept),
    });
  }
  return found;
}

/** By then what the station follows has been told, or what it may follow is irrevocable as well. */
function wakeAfter(draft: Draft, held: PossibleCommand): void {
  const toldByMs = flightOverAtMs(held) - AHEAD_MS;
  if (toldByMs > draft.nowMs) wakeAt(draft, toldByMs);
}

/**
 * All of it until its lease is due: what is told again is at most as much, but a renewal without an answer
 * would reserve it for another flight time, and so on.
 */
function usable(draft: Draft, standing: EvseStanding, { currentA }: Irrevocable): number {
  const { ledger } = standing.state;
  const accepted = newestAccepted(ledger);
  if (accepted === undefined) return currentA;
  const dueAtMs = leaseDueAtMs(accepted, { ledger, leaseSec: leaseSecOf(draft, standing) });
  if (draft.nowMs >= dueAtMs) return 0;
  wakeAt(draft, dueAtMs);
  return currentA;
}

/**
 * @param solve goals of a problem, in its order
 * @returns in the order of `problem`
 */
export function goalsBeside(
  reserved: ReservedByEvse,
  problem: SiteProblem,
  solve: (problem: SiteProblem) => readonly EvseLimit[],
): readonly EvseLimit[] {
  if (reserved.size === 0) return solve(problem);
  const first = solve(problem);
  const fixed = new Map<EvseId, Reserved>();
  let limits = first;
  for (;;) {
    const before = fixed.size;
    for (const { evseId, limitA } of limits) {
      const kept = reserved.get(evseId);
      if (kept !== undefined && kept.currentA > limitA) fixed.set(evseId, kept);
    }
    if (fixed.size === before) break;
    limits = solve(withReserved(problem, fixed));
  }
  if (fixed.size === 0) return first;
  const isOver = isOverloaded(withReserved(problem, fixed));
  return problem.evses.map((evse, at): EvseLimit => {
    const kept = fixed.get(evse.id);
    const own = first[at] as EvseLimit;
    if (kept === undefined) return limits[at] as EvseLimit;
    const limitA = isOver ? 0 : mostOf(evse, kept);
    if (limitA <= own.limitA) return own;
    return {
      evseId: evse.id,
      limitA: amps(limitA),
      boundBy: { kind: 'irrevocable', reservedA: amps(kept.currentA) },
    };
  });
}

function withReserved(problem: SiteProblem, fixed: ReservedByEvse): SiteProblem {
  const evses = problem.evses.map((it) => {
    const kept = fixed.get(it.id);
    return kept === undefined ? it : { ...it, claim: undefined, reservedA: amps(kept.currentA) };
  });
  return { ...problem, evses };
}

/** Then whoever can be cut is cut. */
function isOverloaded(problem: SiteProblem): boolean {
  const currentA = Float64Array.from(problem.evses, (it) => it.reservedA);
  return overloads(compileTree(problem), currentA).length > 0;
}

/** No more than the vehicle takes, and than a price or somebody else allows. */
function mostOf({ claim, pilots }: SiteProblem['evses'][number], { usableA }: Reserved): number {
  if (claim === undefined || claim.satisfied) return 0;
  const { currentMaxA, targetA, targetIsMax } = claim;
  const allowedA = targetIsMax === true ? (targetA ?? currentMaxA) : currentMaxA;
  return pilotAtMost(pilots, Math.min(usableA, currentMaxA, allowedA));
}
