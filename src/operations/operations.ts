/** What looks after operation in a process: faults, trends, alerts. Everything it knows is in rows. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Effect } from '../control/state.js';
import type { Log } from '../platform/ports.js';
import type { Site } from '../sites/site.js';
import { type AlertRunner, type AlertRunnerDeps, createAlertRunner } from './alert-runner.js';
import { lookAtSites, lookForTrends, noteAlarm, type WatchDeps } from './watch.js';

export type OperationsDeps = Omit<WatchDeps, 'store'> &
  Omit<AlertRunnerDeps, 'store'> & {
    readonly store: WatchDeps['store'] & AlertRunnerDeps['store'];
  };

export interface Operations {
  readonly alerts: AlertRunner;
  noteAlarm(site: Site, alarm: Extract<Effect, { type: 'alarm' }>): void;
  /** One look at everything; also what the timers do. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/** Real ms. */
const LOOK_EVERY_MS = 60_000;
const SWEEP_EVERY_MS = 30_000;
const TRENDS_EVERY_MS = 3_600_000;
/** What is under way at the end is waited for so long; its rows tell the next start what is left. */
const STOP_TIMEOUT_MS = 10_000;
const ALARM = 'an alarm';

export function startOperations(deps: OperationsDeps): Operations {
  const { log, realNowMs } = deps;
  const alerts = createAlertRunner(deps);
  const looks = createTurns(log);
  // A receiver that is slow must not keep faults from being seen.
  const sweeps = createTurns(log);
  let trendsDueAtMs = 0;

  async function look(): Promise<void> {
    await lookAtSites(deps);
    if (realNowMs() < trendsDueAtMs) return;
    trendsDueAtMs = realNowMs() + TRENDS_EVERY_MS;
    await lookForTrends(deps);
  }

  const timers = [
    setInterval(() => {
      void looks
        .take('the look for faults', look)
        .then(() => sweeps.take('the sweep of alerts', alerts.ask));
    }, LOOK_EVERY_MS),
    setInterval(() => void sweeps.take('the sweep of alerts', alerts.ask), SWEEP_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();

  return {
    alerts,
    noteAlarm: (site, alarm) => void looks.take(ALARM, () => noteAlarm(deps, site, alarm)),
    async look() {
      trendsDueAtMs = 0;
      await looks.take('the look for faults', look);
      await sweeps.take('the sweep of alerts', alerts.sweep);
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      alerts.stop();
      const ended = Promise.all([looks.ended(), sweeps.ended()]);
      await Promise.race([ended, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

interface Turns {
  take(what: string, work: () => Promise<void>): Promise<void>;
  ended(): Promise<void>;
}

/**
 * One after the other. What already waits under a name is not put in line again, so that slow work
 * leaves no line behind it; alarms are all kept.
 */
function createTurns(log: Log): Turns {
  let last: Promise<void> = Promise.resolve();
  const waiting = new Map<string, Promise<void>>();
  return {
    take(what, work) {
      const known = waiting.get(what);
      if (known !== undefined) return known;
      last = last
        .then(() => {
          waiting.delete(what);
          return work();
        })
        .catch((error: unknown) => {
          log.warn({ err: String(error) }, `${what} failed`);
        });
      if (what !== ALARM) waiting.set(what, last);
      return last;
    },
    ended: () => last,
  };
}
