/** A thread that solves plans, one after the other, so that the event loop does not wait for them. */
import { parentPort } from 'node:worker_threads';
import type { PlanTask, PlanTaskEnd } from './pool.js';
import { solveSite } from './solve.js';

const port = parentPort;
port?.on('message', (task: PlanTask) => {
  solveSite(task.problem, task.solver, task.fair).then(
    (solved) => tell({ id: task.id, solved }),
    (error: unknown) => tell({ id: task.id, solved: undefined, error: String(error) }),
  );
});

function tell(end: PlanTaskEnd): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  port?.postMessage(end);
}
