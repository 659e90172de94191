/**
 * Commands that nobody answered keep their tail reserved for ever, unless a later one fences them off
 * (SAFETY R3): once their flight is over, what is in force is sent again and read back, or cleared
 * where no transaction runs any more.
 */
import { flightOverAtMs } from '../../ledger/index.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { type Draft, isBeingCleared, updateEvse, wakeAt, without } from './draft.js';
import { clearTransaction } from './fold-transaction.js';
import type { EvseState } from './state.js';

/** A fence that was not read back is tried again after this, and then after twice as long each time. */
const SWEEP_FIRST_MS = 60_000;
const SWEEP_EVERY_MAX_MS = 600_000;

export function sweepLeftovers(draft: Draft, all: readonly EvseStanding[]): void {
  for (const { evse, station } of all) {
    const state = draft.evses.get(evse.id);
    if (state === undefined || state.ledger.commands.length === 0) continue;
    if (station.stage !== 'ready' || state.contact.step !== 'done') continue;
    const dueMs = dueAtMs(state, draft.nowMs);
    if (!Number.isFinite(dueMs) && state.sweeps !== undefined) {
      updateEvse(draft, evse.id, (it) => without(it, 'sweeps'));
    }
    if (dueMs > draft.nowMs) {
      if (Number.isFinite(dueMs)) wakeAt(draft, dueMs);
      continue;
    }
    if (isBusy(draft, state)) continue;
    const isRunning = state.transactionId !== undefined;
    updateEvse(draft, evse.id, (it) => ({
      ...it,
      sweptAtMs: draft.nowMs,
      sweeps: (it.sweeps ?? 0) + 1,
      reassert: it.reassert || isRunning,
    }));
    if (!isRunning) clearTransaction(draft, evse.id, evse.stationId);
  }
}

/** When something is left that can be fenced off, or cleared; infinite where nothing is. */
function dueAtMs(state: EvseState, nowMs: number): number {
  const { commands } = state.ledger;
  const isIdle = state.transactionId === undefined;
  const overMs = commands.reduce(
    (soonestMs, command) => Math.min(soonestMs, flightOverAtMs(command)),
    isIdle && commands.some((it) => it.state === 'accepted') ? nowMs : Number.POSITIVE_INFINITY,
  );
  const { sweptAtMs, sweeps = 0 } = state;
  if (sweptAtMs === undefined || sweeps === 0) return overMs;
  // A first fence that was lost is sent again as soon as that is known.
  const isLost = sweeps === 1 && commands.at(-1)?.state === 'unknown';
  const waitMs = isLost ? 0 : Math.min(SWEEP_FIRST_MS * 2 ** (sweeps - 1), SWEEP_EVERY_MAX_MS);
  return Math.max(overMs, sweptAtMs + waitMs);
}

function isBusy(draft: Draft, state: EvseState): boolean {
  if (state.ledger.commands.some((it) => it.state === 'unanswered')) return true;
  return isBeingCleared(draft, state.id);
}
