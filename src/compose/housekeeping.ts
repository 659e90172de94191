/** Old rows are forgotten once an hour, by one process of all that share the queue. */
import type { Clock, Log } from '../platform/ports.js';
import type { Queue } from '../queue/ports.js';
import type { Store } from '../store/ports.js';

const EVERY_MS = 3_600_000;
const RETRY_DELAYS_MS = [60_000, 600_000];

/** Returns what stops it. */
export function keepHouse(deps: {
  readonly queue: Queue;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}): () => void {
  const { queue, store, clock, log } = deps;
  queue.work('clean-up', () => store.prune(clock.nowMs()), { concurrency: 1 });
  const ask = (): void => {
    queue
      .add('clean-up', {}, { key: 'prune', retryDelaysMs: RETRY_DELAYS_MS })
      .catch((error: unknown) => log.warn({ err: String(error) }, 'old rows stay for now'));
  };
  const timer = setInterval(ask, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
