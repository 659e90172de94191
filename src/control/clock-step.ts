/**
 * R1, R3 where our own time went on without real time: what had not settled, or was under way, takes as long as
 * it would have. A clock that goes back makes everything count longer anyway.
 */
import { clockStepped } from '../../ledger/index.js';
import { type Draft, updateEvse, updateStation } from './draft.js';

/** Site time went on by so much more than real time. */
export function stepClock(draft: Draft, byMs: number): void {
  shift(draft, { byMs, beforeMs: draft.nowMs - byMs });
}

/**
 * Rows are stamped by the process that wrote them, and the one that reads them goes by its own clock: each is
 * within half of the skew budget of true time, so that it may be ahead by all of the budget. What had settled
 * when the last limit was planned stays so: others may have been given that room.
 */
export function stepToOwnClock(draft: Draft): void {
  const plannedMs = [...draft.evses.values()].flatMap(({ ledger }) =>
    ledger.commands.map(({ plannedAtMs = Number.NEGATIVE_INFINITY }) => plannedAtMs),
  );
  const byMs = draft.site.settings.skewSec * 1000;
  shift(draft, { byMs, beforeMs: Math.max(draft.nowMs - byMs, ...plannedMs) });
}

/** Precondition: `byMs` is not below 0. */
function shift(draft: Draft, step: { readonly byMs: number; readonly beforeMs: number }): void {
  const { byMs, beforeMs } = step;
  for (const id of draft.evses.keys()) {
    updateEvse(draft, id, (it) => ({ ...it, ledger: clockStepped(it.ledger, step) }));
  }
  const later = (untilMs: number): number => (untilMs > beforeMs ? untilMs + byMs : untilMs);
  for (const [id, { unsettledUntilMs, unknownCalls }] of draft.stations) {
    if (unsettledUntilMs === undefined && unknownCalls === undefined) continue;
    updateStation(draft, id, (it) => ({
      ...it,
      unsettledUntilMs: unsettledUntilMs === undefined ? undefined : later(unsettledUntilMs),
      unknownCalls: unknownCalls?.map((call) => ({ ...call, untilMs: later(call.untilMs) })),
    }));
  }
}
