/** Gets alerts out: plans what follows from faults, hints at what is due, sweeps what hints have missed. */
import { hasCode } from '../platform/errors.js';
import type { Queue } from '../queue/ports.js';
import { planDeliveries } from './alert-plan.js';
import { deliver, type DeliverDeps } from './deliver.js';

export interface AlertRunnerDeps extends DeliverDeps {
  readonly queue: Queue;
}

export interface AlertRunner {
  /** This delivery is worth a look, now or later. Never rejects: the sweep finds it as well. */
  hint(deliveryId: string, delayMs?: number): Promise<void>;
  /** Plans what has happened, and hints at all that is due: call it about twice a minute. */
  sweep(): Promise<void>;
}

const DELIVERIES_AT_ONCE = 4;
const DUE_PER_SWEEP = 500;

export function createAlertRunner(deps: AlertRunnerDeps): AlertRunner {
  const { store, queue, log, realNowMs } = deps;

  async function attempt(deliveryId: string): Promise<void> {
    const dueAtMs = await deliver(deps, deliveryId);
    if (dueAtMs !== undefined) await hint(deliveryId, Math.max(0, dueAtMs - realNowMs()));
  }

  async function hint(deliveryId: string, delayMs = 0): Promise<void> {
    try {
      await queue.add('webhook-deliveries', { deliveryId }, { key: deliveryId, delayMs });
    } catch (error) {
      const level = hasCode(error, 'queue-unavailable') ? 'info' : 'warn';
      log[level]({ delivery: deliveryId, err: String(error) }, 'no hint; the sweep will find it');
    }
  }

  queue.work('webhook-deliveries', ({ data }) => attempt(String(data['deliveryId'])), {
    concurrency: DELIVERIES_AT_ONCE,
  });

  return {
    hint,
    async sweep() {
      const nowMs = realNowMs();
      const decide: Parameters<typeof store.alerts.plan>[0] = (events, rules) =>
        planDeliveries(events, rules, nowMs);
      for (;;) {
        const made = await store.alerts.plan(decide, nowMs);
        for (const { id, dueAtMs } of made) await hint(id, Math.max(0, dueAtMs - nowMs));
        if (made.length === 0) break;
      }
      for (const id of await store.alerts.deliveries.due(realNowMs(), DUE_PER_SWEEP))
        await hint(id);
    },
  };
}
