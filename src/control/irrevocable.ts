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
  type Evse,
  type EvseId,
  type EvseLimit,
  overloads,
  pilotAtMost,
  type SiteProblem,
} from '../../solver/index.js';
import { besideUndrawn } from '../planning/demand-cap.js';
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
 * Below a circuit that has no room for every F0 none of them counts: whoever can be cut is cut.
 *
 * @param solve goals of a problem, in its order
 * @returns in the order of `problem`
 */
export function goalsBeside(
  reserved: ReservedByEvse,
  problem: SiteProblem,
  solve: (problem: SiteProblem) => readonly EvseLimit[],
): readonly EvseLimit[] {
  if (reserved.size === 0) return solve(problem);
  const full = belowOverloads(problem, reserved);
  const counted = new Map(
    [...reserved].filter(([id, { kind }]) => kind === 'irrevocable' || !full.has(id)),
  );
  const over = belowOverloads(problem, counted);
  const beside = (evse: Evse, own: EvseLimit): EvseLimit => {
    const kept = over.has(evse.id) ? undefined : counted.get(evse.id);
    const limitA = kept === undefined ? 0 : mostOf(evse, kept);
    if (kept === undefined || limitA <= own.limitA) return own;
    const boundBy = { kind: kept.kind, reservedA: amps(kept.currentA) };
    return { evseId: evse.id, limitA: amps(limitA), boundBy };
  };
  /** Who gets less than is reserved for it; and what it gets then. */
  const fixed = new Map<EvseId, EvseLimit>();
  let limits = solve(problem);
  let idleBefore = 0;
  for (;;) {
    const less = problem.evses.flatMap((evse, at): readonly EvseLimit[] => {
      const own = limits[at] as EvseLimit;
      const isLess = (counted.get(evse.id)?.currentA ?? 0) > own.limitA;
      return isLess && !fixed.has(evse.id) ? [beside(evse, own)] : [];
    });
    for (const it of less) fixed.set(it.evseId, it);
    if (less.length === 0) {
      const idle = [...fixed.values()].filter((it) => it.limitA === 0).length;
      if (idle === idleBefore || idle === fixed.size) break;
      // What one of them had before the others may have: they are asked anew.
      for (const [id, { limitA }] of fixed) if (limitA > 0) fixed.delete(id);
      idleBefore = idle;
    }
    limits = solve(withReserved(problem, counted, fixed));
  }
  return limits.map((it) => fixed.get(it.evseId) ?? it);
}

/** `fixed`: whose claims are gone, with what they get of what is reserved for them. */
function withReserved(
  problem: SiteProblem,
  reserved: ReservedByEvse,
  fixed: ReadonlyMap<EvseId, Pick<EvseLimit, 'limitA'>>,
): SiteProblem {
  const undrawnA = new Map<EvseId, number>();
  const evses = problem.evses.map((it) => {
    const own = fixed.get(it.id);
    const kept = reserved.get(it.id);
    if (own === undefined || kept === undefined) return it;
    undrawnA.set(it.id, kept.currentA - own.limitA);
    return { ...it, claim: undefined, reservedA: amps(kept.currentA) };
  });
  return besideUndrawn({ ...problem, evses }, undrawnA);
}

/** EVSEs below circuits that cannot carry what is reserved, even if nobody had anything beside it. */
function belowOverloads(problem: SiteProblem, reserved: ReservedByEvse): ReadonlySet<EvseId> {
  const all = new Map(
    problem.evses.flatMap((it) => {
      const kept = reserved.get(it.id);
      return kept === undefined ? [] : [[it.id, { limitA: amps(mostOf(it, kept)) }]];
    }),
  );
  const whole = withReserved(problem, reserved, all);
  const currentA = Float64Array.from(whole.evses, (it) => it.reservedA);
  const over = new Set(overloads(compileTree(whole), currentA).map((it) => it.circuitId));
  // Parents come before their children.
  for (const { id, parentId } of over.size === 0 ? [] : problem.circuits) {
    if (parentId !== undefined && over.has(parentId)) over.add(id);
  }
  return new Set(problem.evses.filter((it) => over.has(it.circuitId)).map((it) => it.id));
}

/** No more than the vehicle takes, and than a price or somebody else allows. */
function mostOf({ claim, pilots }: Evse, { usableA }: Reserved): number {
  if (claim === undefined || claim.satisfied) return 0;
  const { currentMaxA, targetA, targetIsMax } = claim;
  const allowedA = targetIsMax === true ? (targetA ?? currentMaxA) : currentMaxA;
  return pilotAtMost(pilots, Math.min(usableA, currentMaxA, allowedA));
}
