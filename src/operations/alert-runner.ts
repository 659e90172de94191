/** Gets alerts out: plans what follows from faults, hints at what is due, sweeps what hints have missed. */
import { hasCode } from '../platform/errors.js';
import type { Queue } from '../queue/ports.js';
import { planDeliveries } from './alert-plan.js';
import { deliver, type DeliverDeps } from './deliver.js';

export interface AlertRunnerDeps extends DeliverDeps {
  readonly queue: Queue;
}

export interface AlertRunner {
  /**
   * This delivery is worth a look, now or later. Never rejects; false where no queue takes it, and the
   * sweep finds it.
   */
  hint(deliveryId: string, delayMs?: number): Promise<boolean>;
  /** Has one of the processes sweep soon; does it itself where no queue takes the job. */
  ask(): Promise<void>;
  /** Plans what has happened, and hints at all that is due: call it about twice a minute. */
  sweep(): Promise<void>;
  /** Begins no further delivery of its own. */
  stop(): void;
}

const DELIVERIES_AT_ONCE = 4;
const DUE_PER_SWEEP = 500;
/** Without a queue; the next sweep goes on. */
const OWN_PER_SWEEP = 100;

export function createAlertRunner(deps: AlertRunnerDeps): AlertRunner {
  const { store, queue, log, realNowMs } = deps;
  let isStopped = false;

  async function attempt(deliveryId: string): Promise<void> {
    const dueAtMs = await deliver(deps, deliveryId);
    if (dueAtMs !== undefined) await hint(deliveryId, Math.max(0, dueAtMs - realNowMs()));
  }

  async function hint(deliveryId: string, delayMs = 0): Promise<boolean> {
    try {
      await queue.add('webhook-deliveries', { deliveryId }, { key: deliveryId, delayMs });
      return true;
    } catch (error) {
      const level = hasCode(error, 'queue-unavailable') ? 'info' : 'warn';
      log[level]({ delivery: deliveryId, err: String(error) }, 'no hint; the sweep will find it');
      return false;
    }
  }

  async function plan(): Promise<void> {
    const nowMs = realNowMs();
    for (;;) {
      const { thought, made } = await store.alerts.plan(
        (events, rules) => planDeliveries(events, rules, nowMs),
        nowMs,
      );
      for (const { id, dueAtMs } of made) await hint(id, Math.max(0, dueAtMs - nowMs));
      if (thought === 0) return;
    }
  }

  /** An alert must not wait for Redis: that it is away may be what the alert is about. */
  async function attemptHere(deliveryIds: readonly string[]): Promise<void> {
    const left = deliveryIds.slice(0, OWN_PER_SWEEP);
    const work = async (): Promise<void> => {
      for (let id = left.shift(); id !== undefined && !isStopped; id = left.shift()) {
        const deliveryId = id;
        await attempt(deliveryId).catch((error: unknown) => {
          log.warn({ delivery: deliveryId, err: String(error) }, 'delivery not attempted');
        });
      }
    };
    await Promise.all(Array.from({ length: DELIVERIES_AT_ONCE }, work));
  }

  async function sweep(): Promise<void> {
    await plan();
    const due = await store.alerts.deliveries.due(realNowMs(), DUE_PER_SWEEP);
    const own: string[] = [];
    for (const id of due) if (!(await hint(id))) own.push(id);
    await attemptHere(own);
  }

  queue.work('alerts', sweep, { concurrency: 1 });
  queue.work('webhook-deliveries', ({ data }) => attempt(String(data['deliveryId'])), {
    concurrency: DELIVERIES_AT_ONCE,
  });

  return {
    hint,
    async ask() {
      try {
        await queue.add('alerts', {}, { key: 'sweep' });
      } catch (error) {
        if (!hasCode(error, 'queue-unavailable')) throw error;
        if (!isStopped) await sweep();
      }
    },
    sweep,
    stop() {
      isStopped = true;
    },
  };
}
