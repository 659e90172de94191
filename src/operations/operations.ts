/** What looks after operation in a process: faults, trends, alerts. Everything it knows is in rows. */
import type { Effect } from '../control/state.js';
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

export function startOperations(deps: OperationsDeps): Operations {
  const alerts = createAlertRunner(deps);
  let running: Promise<void> = Promise.resolve();

  /** One after the other: a slow look is not joined by the next. */
  function inTurn(what: string, work: () => Promise<void>): Promise<void> {
    running = running.then(work).catch((error: unknown) => {
      deps.log.warn({ err: String(error) }, `${what} failed`);
    });
    return running;
  }

  async function look(): Promise<void> {
    await lookAtSites(deps);
    await alerts.sweep();
  }

  const timers = [
    setInterval(() => void inTurn('the look for faults', look), LOOK_EVERY_MS),
    setInterval(() => void inTurn('the sweep of alerts', alerts.sweep), SWEEP_EVERY_MS),
    setInterval(() => void inTurn('the look for trends', trends), TRENDS_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();

  function trends(): Promise<void> {
    return lookForTrends(deps);
  }

  return {
    alerts,
    noteAlarm: (site, alarm) => void inTurn('an alarm', () => noteAlarm(deps, site, alarm)),
    look: () =>
      inTurn('the look for faults', async () => {
        await look();
        await trends();
        await alerts.sweep();
      }),
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await running;
    },
  };
}
