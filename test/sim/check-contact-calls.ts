/**
 * First contact comes to an end: what fails in it is tried again after a while that doubles from 30 s to ten
 * minutes, so that a station that never does what it is told hears of us a few times an hour.
 */
import type { SiteState, StationState } from '../../src/control/state.js';
import type { EvseId } from '../../solver/index.js';
import type { StepTaken } from './engine-shell.js';

export interface ContactCalls {
  problems(taken: StepTaken, nowMs: number): readonly string[];
}

const MINUTE_MS = 60_000;
/** By then the rounds are ten minutes apart: those after 0.5, 1.5, 3.5, 7.5 and 15.5 minutes are over. */
const FIRST_MS = 16 * MINUTE_MS;
const WINDOW_MS = 20 * MINUTE_MS;
/** Two calls for each of 16 forms, two places of ten levels cleared twice, and five rounds of a few. */
const FIRST_MAX = 120;
/** Two rounds in which F0 is told, a report shows 16 profiles that are cleared, F0 is told again and read back. */
const LATER_MAX = 40;

interface Count {
  readonly sinceMs: number;
  readonly first: number;
  /** Instants of later calls, ascending. */
  readonly later: readonly number[];
}
export const seen = { first: 0, later: 0 };

export function createContactCalls(): ContactCalls {
  const counts = new Map<EvseId, Count>();
  return {
    problems({ before, result }, nowMs) {
      const { state, effects } = result;
      const found: string[] = [];
      for (const { id, stationId } of state.site.evses) {
        if (counts.has(id) && !isNew(before, state, stationId)) continue;
        counts.set(id, { sinceMs: nowMs, first: 0, later: [] });
      }
      for (const effect of effects) {
        if (effect.type !== 'command' || effect.command.purpose !== 'contact') continue;
        const { evseId } = effect.command;
        const known = evseId === undefined ? undefined : counts.get(evseId);
        if (evseId === undefined || known === undefined) continue;
        const next = counted(known, nowMs);
        counts.set(evseId, next);
        seen.first = Math.max(seen.first, next.first);
        seen.later = Math.max(seen.later, next.later.length);
        if (next.first === FIRST_MAX + 1) {
          found.push(`${evseId}: ${next.first} calls of one contact`);
        }
        if (next.later.length === LATER_MAX + 1) {
          found.push(`${evseId}: ${next.later.length} calls of contact in 20 minutes, long after`);
        }
      }
      return found;
    },
  };
}

function counted({ sinceMs, first, later }: Count, nowMs: number): Count {
  if (nowMs < sinceMs + FIRST_MS) return { sinceMs, first: first + 1, later };
  return { sinceMs, first, later: [...later.filter((it) => it > nowMs - WINDOW_MS), nowMs] };
}

/** Something happened for which contact begins anew, or its back-off is over. */
function isNew(before: SiteState, after: SiteState, stationId: StationState['id']): boolean {
  if (before.epoch !== after.epoch || before.site !== after.site) return true;
  const [was, is] = [before.stations.get(stationId), after.stations.get(stationId)];
  const begins = is?.stage === 'connecting' || is?.stage === 'reading';
  if (begins && was?.stage !== is.stage) return true;
  if (was?.bootedAtMs !== is?.bootedAtMs) return true;
  if (was?.unsettledUntilMs !== is?.unsettledUntilMs) return true;
  return after.site.evses.some(
    (it) =>
      it.stationId === stationId &&
      before.evses.get(it.id)?.transactionId !== after.evses.get(it.id)?.transactionId,
  );
}
