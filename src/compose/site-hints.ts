/**
 * Wakes a site when a limit or a price from outside starts or ends. The engine wakes itself as well;
 * a hint is a second string to the bow, and harmless when it comes twice or not at all.
 */
import { siteId as toSiteId } from '../../solver/index.js';
import type { Engine } from '../control/engine.js';
import type { SiteEvent } from '../control/state.js';
import type { Clock, Log } from '../platform/ports.js';
import type { Queue } from '../queue/ports.js';

export interface HintDeps {
  readonly engine: Engine;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of one signal; the engine finds later ones by itself. */
const HINTS_MAX = 48;

/** The same engine; what it is told of signals is also put in the queue. Takes the hints of the queue. */
export function withHints({ engine, queue, clock, log }: HintDeps): Engine {
  queue.work(
    'site-hints',
    async ({ data }) => {
      const siteId = toSiteId(String(data['siteId']));
      if (engine.state(siteId) !== undefined) await engine.submit(siteId, { type: 'wake' });
    },
    { concurrency: 4 },
  );
  return {
    ...engine,
    async submit(siteId, event) {
      await engine.submit(siteId, event);
      const nowMs = clock.nowMs();
      for (const atMs of startsAndEnds(event, nowMs)) {
        const delayMs = Math.ceil((atMs - nowMs) / clock.speed);
        queue
          .add('site-hints', { siteId, atMs }, { delayMs, key: `${siteId}:${atMs}` })
          .catch((error: unknown) => log.warn({ siteId, err: String(error) }, 'hint not kept'));
      }
    },
  };
}

function startsAndEnds(event: SiteEvent, nowMs: number): readonly number[] {
  if (event.type !== 'signal.received') return [];
  const { series, endsAtMs } = event.signal;
  const instants = new Set([...series.map((point) => point.atMs), endsAtMs]);
  return [...instants]
    .filter((atMs) => atMs > nowMs)
    .toSorted((a, b) => a - b)
    .slice(0, HINTS_MAX);
}
