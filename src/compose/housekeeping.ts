/** Old rows are forgotten once an hour, by one process of all that share the queue. */
import { hasCode } from '../platform/errors.js';
import type { Clock, Log } from '../platform/ports.js';
import type { Queue } from '../queue/ports.js';
import type { Store } from '../store/ports.js';

const EVERY_MS = 3_600_000;
/** A process that is started more often than once an hour forgets as well. */
const FIRST_AFTER_MS = 60_000;
const RETRY_DELAYS_MS = [60_000, 600_000];

export interface House {
  /** Has one of the processes forget now; does it itself where no queue takes the job. */
  ask(): Promise<void>;
  stop(): void;
}

export function keepHouse(deps: {
  readonly queue: Queue;
  readonly store: Pick<Store, 'prune'>;
  readonly clock: Clock;
  readonly log: Log;
}): House {
  const { queue, store, clock, log } = deps;
  const prune = (): Promise<void> => store.prune(clock.nowMs());
  queue.work('clean-up', prune, { concurrency: 1 });

  async function ask(): Promise<void> {
    try {
      await queue.add('clean-up', {}, { key: 'prune', retryDelaysMs: RETRY_DELAYS_MS });
    } catch (error) {
      if (!hasCode(error, 'queue-unavailable')) throw error;
      await prune();
    }
  }

  const askOrTell = (): void => {
    ask().catch((error: unknown) => log.warn({ err: String(error) }, 'old rows stay for now'));
  };
  const first = setTimeout(askOrTell, FIRST_AFTER_MS);
  const timer = setInterval(askOrTell, EVERY_MS);
  first.unref();
  timer.unref();
  return {
    ask,
    stop() {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}
