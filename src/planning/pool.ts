/**
 * Threads that solve plans. A thread that takes too long, or fails, is ended and replaced; its plan is
 * undefined, which nobody waits for.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FairShare, PlanProblem } from '../../solver/index.js';
import type { Log } from '../platform/ports.js';
import type { SolvedPlan, SolverChoice } from './solve.js';

export interface PlanTask {
  readonly id: number;
  readonly problem: PlanProblem;
  readonly solver: SolverChoice;
  readonly fair?: FairShare | undefined;
}

export interface PlanTaskEnd {
  readonly id: number;
  readonly solved: SolvedPlan | undefined;
  readonly error?: string;
}

export interface PlanPool {
  /** Undefined: no answer that passed the check, or not in time. Never rejects. */
  solve(
    problem: PlanProblem,
    solver: SolverChoice,
    fair?: FairShare,
  ): Promise<SolvedPlan | undefined>;
  stop(): Promise<void>;
}

export interface PoolOptions {
  readonly log: Log;
  readonly threadsMax: number;
  /** Real time from the start of a solution to the end of its thread. */
  readonly timeoutMs: number;
  /** More do not wait: the oldest of them is answered with nothing. */
  readonly waitingMax: number;
}

interface Job {
  readonly task: PlanTask;
  end(solved: SolvedPlan | undefined): void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | undefined;
  timer: NodeJS.Timeout | undefined;
}

export function createPlanPool({ log, threadsMax, timeoutMs, waitingMax }: PoolOptions): PlanPool {
  const threads = new Set<Thread>();
  const waiting: Job[] = [];
  let nextId = 1;
  let isStopped = false;

  function next(): void {
    for (const thread of threads) if (thread.job === undefined) give(thread);
    if (waiting.length > 0 && threads.size < threadsMax) give(open());
  }

  function give(thread: Thread): void {
    const job = waiting.shift();
    if (job === undefined) return;
    thread.job = job;
    thread.worker.ref();
    thread.timer = setTimeout(() => {
      log.warn({ timeoutMs }, 'a plan took too long and was given up');
      close(thread);
    }, timeoutMs);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    thread.worker.postMessage(job.task);
  }

  function open(): Thread {
    const thread: Thread = { worker: startWorker(), job: undefined, timer: undefined };
    threads.add(thread);
    thread.worker.on('message', ({ solved, error }: PlanTaskEnd) => {
      if (error !== undefined) log.warn({ err: error }, 'a plan failed');
      finish(thread, solved);
      next();
    });
    thread.worker.on('error', (error) => {
      log.error({ err: String(error) }, 'a planning thread ended');
      close(thread);
    });
    return thread;
  }

  function finish(thread: Thread, solved: SolvedPlan | undefined): void {
    clearTimeout(thread.timer);
    // An idle thread is no reason to stay alive.
    thread.worker.unref();
    const { job } = thread;
    thread.job = undefined;
    job?.end(solved);
  }

  function close(thread: Thread): void {
    threads.delete(thread);
    finish(thread, undefined);
    void thread.worker.terminate();
    if (!isStopped) next();
  }

  return {
    solve(problem, solver, fair) {
      if (isStopped) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        waiting.push({ task: { id: nextId, problem, solver, fair }, end: resolve });
        nextId += 1;
        if (waiting.length > waitingMax) waiting.shift()?.end(undefined);
        next();
      });
    },
    async stop() {
      isStopped = true;
      for (const job of waiting.splice(0)) job.end(undefined);
      const open = [...threads];
      for (const thread of open) close(thread);
      await Promise.all(open.map(({ worker }) => worker.terminate()));
    },
  };
}

/** From source, the thread needs the TypeScript loader of its own: it does not inherit one. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./worker.js', import.meta.url), { execArgv: [] });
  }
  // tsx's CommonJS entry cannot register in a thread; the ES module beside it can.
  const common = createRequire(import.meta.url).resolve('tsx/esm/api');
  const loader = JSON.stringify(pathToFileURL(common.replace(/\.cjs$/, '.mjs')).href);
  const entry = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  const code = `import(${loader}).then((tsx) => { tsx.register(); return import(${entry}); });`;
  return new Worker(code, { eval: true, execArgv: [] });
}
