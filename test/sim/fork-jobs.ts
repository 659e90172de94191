/** Tasks over several processes of one program; the order of the results is that of the tasks. */
import { fork } from 'node:child_process';
import { WORKER_FLAGS } from './build-worker.js';

/** What a child answers to each task that it is sent. */
export interface TaskDone<Result> {
  readonly result: Result;
  /** Its start is not in it. */
  readonly cpuSec: number;
}

/** `file`: a program that calls `answerTasks`. Rejects where a child ends before its tasks do. */
export async function forkJobs<Task, Result>(options: {
  readonly file: string;
  readonly tasks: readonly Task[];
  readonly jobs: number;
  readonly onDone?: (result: Result) => void;
}): Promise<readonly TaskDone<Result>[]> {
  const { file, tasks, jobs, onDone } = options;
  const done: TaskDone<Result>[] = [];
  const waiting = [...tasks.entries()];
  const take = (index: number, it: TaskDone<Result>): void => {
    done[index] = it;
    onDone?.(it.result);
  };
  const count = Math.min(jobs, tasks.length);
  await Promise.all(Array.from({ length: count }, () => child(file, waiting, take)));
  return done;
}

/** One child that takes tasks until none is left. */
function child<Task, Result>(
  file: string,
  waiting: [number, Task][],
  take: (index: number, done: TaskDone<Result>) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const process = fork(file, { execArgv: [...WORKER_FLAGS] });
    let current: number | undefined;
    const next = (): void => {
      const [index, task] = waiting.shift() ?? [];
      current = index;
      if (task === undefined) process.disconnect();
      else process.send(task as object);
    };
    process.on('message', (done: TaskDone<Result>) => {
      if (current !== undefined) take(current, done);
      next();
    });
    process.on('error', reject);
    process.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with ${code}`));
    });
    next();
  });
}

/** In the child: every task that comes is run and answered. */
export function answerTasks<Task, Result>(run: (task: Task) => Result): void {
  process.on('message', (task: Task) => {
    const since = process.cpuUsage();
    const result = run(task);
    const { user, system } = process.cpuUsage(since);
    process.send?.({ result, cpuSec: (user + system) / 1e6 } satisfies TaskDone<Result>);
  });
}
