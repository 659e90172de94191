/**
 * First contact comes to an end: what fails in it is tried again after a while that doubles from 30 s to ten
 * minutes, so that a station that never does what it is told hears of us a few times an hour.
 */
import type { PendingCommand, SiteState, StationState } from '../../src/control/state.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
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

/**
 * Calls that change what a station keeps, of one EVSE, however often it boots: those of an hour that may come
 * at once, and one every five minutes. Beyond them F0 alone leaves each minute while a rating may be exceeded.
 */
const WRITES = {
  'set-charging-profile': 24,
  'clear-charging-profile': 48,
} as const;
const HOUR_MS = 60 * MINUTE_MS;
const EVERY_MS = 5 * MINUTE_MS;
const URGENT_EVERY_MS = MINUTE_MS;

interface Count {
  readonly sinceMs: number;
  readonly first: number;
  /** Instants of later calls, ascending. */
  readonly later: readonly number[];
}

export function createContactCalls(): ContactCalls {
  const counts = new Map<EvseId, Count>();
  const writes = new Map<string, readonly Write[]>();

  /** What was never committed never left, and its sequence is given again. */
  function forgetUncommitted({ nextSeq }: SiteState): void {
    for (const [key, known] of writes) {
      if ((known.at(-1)?.seq ?? 0) < nextSeq) continue;
      writes.set(
        key,
        known.filter(({ seq }) => seq < nextSeq),
      );
    }
  }

  function writtenBefore({ call, nowMs }: Now): readonly Write[] {
    return (writes.get(keyOf(call)) ?? []).filter((it) => it.atMs > nowMs - HOUR_MS);
  }

  function tooMany(now: Now): string | undefined {
    const { call, state, nowMs } = now;
    const { kind } = call.command;
    if (kind !== 'set-charging-profile' && kind !== 'clear-charging-profile') return undefined;
    const known = writtenBefore(now);
    writes.set(keyOf(call), [...known, { seq: call.seq, atMs: nowMs }]);
    if (known.length < WRITES[kind]) return undefined;
    const isUrgent = kind === 'set-charging-profile' && state.control.notGuaranteed.length > 0;
    const sinceMs = nowMs - (known.at(-1)?.atMs ?? 0);
    if (sinceMs >= (isUrgent ? URGENT_EVERY_MS : EVERY_MS)) return undefined;
    const count = known.length + 1;
    return `${keyOf(call)}: the ${count}th of an hour, ${sinceMs / 1000} s after the one before`;
  }

  /** By its answer the station changed nothing. */
  function takeBack(now: Now): void {
    const { call } = now;
    const others = writtenBefore(now).filter(({ seq }) => seq !== call.seq);
    if (call.purpose === 'contact') writes.set(keyOf(call), others);
  }

  return {
    problems({ items, before, result }, nowMs) {
      forgetUncommitted(before);
      for (const { event } of items) {
        if (event.type !== 'command.answered' || mayHaveChanged(event.outcome)) continue;
        const call = before.pending.get(event.seq);
        if (call !== undefined) takeBack({ call, state: before, nowMs });
      }
      const { state, effects } = result;
      const found: string[] = [];
      const anew = begunAnew(before, state);
      for (const { id, stationId } of state.site.evses) {
        if (counts.has(id) && !anew.has(stationId)) continue;
        counts.set(id, { sinceMs: nowMs, first: 0, later: [] });
      }
      for (const effect of effects) {
        if (effect.type !== 'command' || effect.command.purpose !== 'contact') continue;
        const { evseId } = effect.command;
        const known = evseId === undefined ? undefined : counts.get(evseId);
        if (evseId === undefined || known === undefined) continue;
        const written = tooMany({ call: effect.command, state: before, nowMs });
        if (written !== undefined) found.push(written);
        const next = counted(known, nowMs);
        counts.set(evseId, next);
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

function mayHaveChanged(outcome: CommandOutcome): boolean {
  const { status } = outcome;
  if (status === 'accepted') return outcome.matched !== false;
  return status === 'timeout' || status === 'closed';
}

function keyOf({ evseId, command }: PendingCommand): string {
  return `${evseId} ${command.kind}`;
}

interface Write {
  readonly seq: number;
  readonly atMs: number;
}

interface Now {
  readonly call: PendingCommand;
  readonly state: SiteState;
  readonly nowMs: number;
}

function counted({ sinceMs, first, later }: Count, nowMs: number): Count {
  if (nowMs < sinceMs + FIRST_MS) return { sinceMs, first: first + 1, later };
  return { sinceMs, first, later: [...later.filter((it) => it > nowMs - WINDOW_MS), nowMs] };
}

/** Stations of which something happened for which contact begins anew, or its back-off is over. */
function begunAnew(before: SiteState, after: SiteState): ReadonlySet<StationState['id']> {
  if (before.epoch !== after.epoch || before.site !== after.site) {
    return new Set(after.site.evses.map(({ stationId }) => stationId));
  }
  const anew = new Set<StationState['id']>();
  for (const [id, is] of after.stations) if (isNew(before.stations.get(id), is)) anew.add(id);
  for (const { id, stationId } of after.site.evses) {
    const [was, is] = [before.evses.get(id), after.evses.get(id)];
    if (was?.transactionId !== is?.transactionId) anew.add(stationId);
  }
  return anew;
}

function isNew(was: StationState | undefined, is: StationState): boolean {
  if (was === is) return false;
  const begins = is.stage === 'connecting' || is.stage === 'reading';
  if (begins && was?.stage !== is.stage) return true;
  return was?.bootedAtMs !== is.bootedAtMs || was?.unsettledUntilMs !== is.unsettledUntilMs;
}
