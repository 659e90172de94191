/**
 * Goals beside what cannot be taken back: a call without an answer may be applied for minutes, whatever is told
 * behind it (SAFETY R3), and F0 holds at any time (R0). Who may draw that much in any case goes on using it, and the
 * others share what is left: cut for nothing, it would leave current that nobody may have.
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
  readonly kind: 'irrevocable' | 'fallback';
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
    const { fallbackIdleA = 0 } = ledger;
    if (kept !== undefined) wakeAt(draft, kept.untilMs - AHEAD_MS);
    if (kept !== undefined && kept.currentA > fallbackIdleA) {
      const usableA = Math.max(usable(draft, standing, kept), fallbackIdleA);
      found.set(standing.evse.id, { kind: 'irrevocable', currentA: kept.currentA, usableA });
    } else if (fallbackIdleA > 0) {
      const [currentA, usableA] = [fallbackIdleA, fallbackIdleA];
      found.set(standing.evse.id, { kind: 'fallback', currentA, usableA });
    }
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
 * Where a limit of the grid leaves no room for every F0 none of them counts: whoever can be cut is cut.
 *
 * @param solve goals of a problem, in its order
 * @returns in the order of `problem`
 */
export function goalsBeside(
  reserved: ReservedByEvse,
  problem: SiteProblem,
  solve: (problem: SiteProblem) => readonly EvseLimit[],
): readonly EvseLimit[] {
  const first = solve(problem);
  const beside = besideAll(reserved, problem, { first, solve });
  if (!beside.isOver) return beside.limits;
  const calls = new Map([...reserved].filter(([, { kind }]) => kind === 'irrevocable'));
  if (calls.size === reserved.size) return beside.limits;
  return besideAll(calls, problem, { first, solve }).limits;
}

function besideAll(
  reserved: ReservedByEvse,
  problem: SiteProblem,
  by: {
    readonly first: readonly EvseLimit[];
    readonly solve: (problem: SiteProblem) => readonly EvseLimit[];
  },
): { readonly limits: readonly EvseLimit[]; readonly isOver: boolean } {
  /** Who gets less than is reserved for it; and what it would get. */
  const fixed = new Map<EvseId, EvseLimit>();
  let limits = by.first;
  for (;;) {
    const before = fixed.size;
    for (const own of limits) {
      const kept = reserved.get(own.evseId);
      const isLess = kept !== undefined && kept.currentA > own.limitA;
      if (isLess && !fixed.has(own.evseId)) fixed.set(own.evseId, own);
    }
    if (fixed.size === before) break;
    limits = by.solve(withReserved(problem, reserved, fixed));
  }
  if (fixed.size === 0) return { limits, isOver: false };
  const isOver = isOverloaded(withReserved(problem, reserved, fixed));
  const beside = problem.evses.map((evse, at): EvseLimit => {
    const own = fixed.get(evse.id);
    const kept = reserved.get(evse.id);
    if (own === undefined || kept === undefined) return limits[at] as EvseLimit;
    const limitA = isOver ? 0 : mostOf(evse, kept);
    if (limitA <= own.limitA) return own;
    const { kind } = kept;
    const boundBy = { kind, reservedA: amps(kept.currentA) };
    return { evseId: evse.id, limitA: amps(limitA), boundBy };
  });
  return { limits: beside, isOver };
}

function withReserved(
  problem: SiteProblem,
  reserved: ReservedByEvse,
  fixed: ReadonlyMap<EvseId, unknown>,
): SiteProblem {
  const evses = problem.evses.map((it) => {
    const kept = fixed.has(it.id) ? reserved.get(it.id) : undefined;
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
