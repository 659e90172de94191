/**
 * The way of one station's events to the inbox, in order. Events that must not be lost (connections,
 * answers to commands) wait here while SQL is down; transaction messages are refused instead, so that
 * the station keeps them.
 */
import type { Log } from '../platform/ports.js';
import type { StationEvent } from './messages.js';

export interface Journal {
  /** Takes events to be appended, now or once SQL is back. Never rejects. */
  keep(events: readonly StationEvent[]): void;
  /** Appends what is kept and then these events, at once. Rejects when they were not committed. */
  commit(events: readonly StationEvent[]): Promise<void>;
  /** Resolves when nothing is kept any more, or after the time given. */
  drained(timeoutMs: number): Promise<void>;
}

export interface JournalOptions {
  readonly append: (events: readonly StationEvent[]) => Promise<void>;
  readonly log: Log;
  readonly stationId: string;
  readonly keptEventsMax: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

export function createJournal(options: JournalOptions): Journal {
  const { append, log, stationId, keptEventsMax, retryMinMs, retryMaxMs } = options;
  let kept: StationEvent[] = [];
  let tail: Promise<void> = Promise.resolve();
  let retryDelayMs = retryMinMs;
  let retryTimer: NodeJS.Timeout | undefined;
  const waiters = new Set<() => void>();

  const appendAll = async (events: readonly StationEvent[]): Promise<void> => {
    const waiting = [...kept];
    if (waiting.length + events.length === 0) return;
    await append([...waiting, ...events]);
    const done = new Set(waiting);
    kept = kept.filter((event) => !done.has(event));
    retryDelayMs = retryMinMs;
    if (kept.length === 0) for (const wake of waiters) wake();
  };

  const inTurn = (events: readonly StationEvent[]): Promise<void> => {
    const turn = tail.then(() => appendAll(events));
    tail = turn.catch(() => scheduleRetry());
    return turn;
  };

  const scheduleRetry = (): void => {
    if (kept.length === 0 || retryTimer !== undefined) return;
    retryTimer = setTimeout(() => {
      retryTimer = undefined;
      flush();
    }, retryDelayMs);
    retryTimer.unref();
    retryDelayMs = Math.min(retryMaxMs, retryDelayMs * 2);
  };

  const flush = (): void => {
    inTurn([]).catch((error: unknown) => {
      log.warn({ stationId, kept: kept.length, error: String(error) }, 'events wait for the inbox');
    });
  };

  return {
    keep(events) {
      kept.push(...events);
      const dropped: StationEvent['type'][] = [];
      while (kept.length > keptEventsMax) {
        const [event] = kept.splice(leastMissed(kept), 1);
        if (event !== undefined) dropped.push(event.type);
      }
      if (dropped.length > 0) {
        log.error({ stationId, dropped }, 'inbox unreachable for too long, events dropped');
      }
      if (retryTimer === undefined) flush();
    },
    commit: inTurn,
    async drained(timeoutMs) {
      await tail;
      if (kept.length === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, timeoutMs);
        function done(): void {
          clearTimeout(timer);
          waiters.delete(done);
          resolve();
        }
        waiters.add(done);
      });
    },
  };
}

/**
 * The oldest state of an EVSE that a later one replaces; else the oldest of all. A boot that is lost would
 * leave credit to what is gone (R0), and the end of a command that is lost would be waited for for ever.
 */
function leastMissed(kept: readonly StationEvent[]): number {
  const newest = new Map<number, number>();
  for (const [index, event] of kept.entries()) {
    if (event.type === 'evse.status') newest.set(event.evseNumber, index);
  }
  const replaced = kept.findIndex(
    (event, index) => event.type === 'evse.status' && newest.get(event.evseNumber) !== index,
  );
  return Math.max(0, replaced);
}
