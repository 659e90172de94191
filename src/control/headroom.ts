/**
 * Asymmetric ramps: a limit falls at once, and rises only to what has been there for a while. Orders and
 * neighbours that come and go cost no profiles then.
 */
import { inForce } from '../../ledger/index.js';
import { amps, type EvseLimit } from '../../solver/index.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { type Draft, updateEvse, wakeAt } from './draft.js';
import type { Goals } from './goals.js';
import type { EvseState } from './state.js';

/** The goal has been at least so high since then. */
interface Stretch {
  readonly limitA: number;
  readonly sinceMs: number;
}

/**
 * What the goal of an EVSE has been over the last `raiseHoldSec`: ascending in both fields, the last one is
 * the goal of now. It does not know what is in force: what a station has lost is told again at once.
 *
 *     16 |     +--+              +----   {8 A, since 1}, {16 A, since 7}
 *      8 |  +--+  +--------------+
 *         --1-----4--------------7--->
 */
export type Headroom = readonly Stretch[];

/** Notes how long every goal has been there; wakes when more of one counts. */
export function noteHeadroom(draft: Draft, all: readonly EvseStanding[], goals: Goals): void {
  const { nowMs, site } = draft;
  const holdMs = site.settings.raiseHoldSec * 1000;
  if (holdMs === 0) return;
  for (const { evse, state, controllable } of all) {
    const goalA = controllable ? (goals.get(evse.id)?.limitA ?? 0) : 0;
    const before = state.headroom ?? [];
    const now = followed(before, { limitA: goalA, sinceMs: nowMs }, nowMs - holdMs);
    if (now !== before) updateEvse(draft, evse.id, (it) => ({ ...it, headroom: now }));
    if (goalA <= inForce(state.ledger, nowMs)) continue;
    const next = now.find(({ sinceMs }) => sinceMs + holdMs > nowMs);
    if (next !== undefined) wakeAt(draft, next.sinceMs + holdMs);
  }
}

/** What was above the goal of now is over; of what is old enough only the highest matters. */
function followed(before: Headroom, goal: Stretch, stableSinceMs: number): Headroom {
  if (before.at(-1)?.limitA === goal.limitA || (before.length === 0 && goal.limitA === 0)) {
    return before;
  }
  const lower = before.filter(({ limitA }) => limitA < goal.limitA);
  const sinceMs = before[lower.length]?.sinceMs ?? goal.sinceMs;
  const all = [...lower, { limitA: goal.limitA, sinceMs }];
  const stable = all.findLastIndex((it) => it.sinceMs <= stableSinceMs);
  return stable > 0 ? all.slice(stable) : all;
}

/**
 * What of a goal may leave as a raise now: the part that has been there for long enough. Where that is no
 * more than what is in force, when the next part has been. A vehicle that has just come waits for nothing.
 */
export function stableGoal(
  { nowMs, site }: Draft,
  { session }: EvseStanding,
  { headroom = [], ledger, sinceMs }: EvseState,
  goal: EvseLimit | undefined,
): { readonly goal: EvseLimit | undefined; readonly fromMs?: number | undefined } {
  const fromA = inForce(ledger, nowMs);
  const isFirstStart = fromA === 0 && session !== undefined && sinceMs <= session.pluggedInAtMs;
  if (goal === undefined || goal.limitA <= fromA || isFirstStart) return { goal };
  const holdMs = site.settings.raiseHoldSec * 1000;
  const next = headroom.findIndex((it) => it.sinceMs + holdMs > nowMs && it.limitA > fromA);
  if (next < 0) return { goal };
  const stableA = headroom[next - 1]?.limitA ?? 0;
  if (stableA > fromA) return { goal: { ...goal, limitA: amps(Math.min(goal.limitA, stableA)) } };
  return { goal, fromMs: (headroom[next] as Stretch).sinceMs + holdMs };
}
