/** Tasks for other processes of one program: for one of them, or over several. */
import { fork } from 'node:child_process';

/**
 * Objects of a step die young: a young generation of this size is rarely collected. And a worker lives for
 * seconds, of which compiling hot functions takes a large part: it begins later, when their types are
 * known, and inlines less.
 */
const WORKER_FLAGS: readonly string[] = [
  '--max-semi-space-size=64',
  '--interrupt-budget=600000',
  '--max-inlined-bytecode-size=200',
  '--max-inlined-bytecode-size-cumulative=200',
];

/** What a child answers to each task that it is sent. */
export interface TaskDone<Result> {
  readonly result: Result;
  /** Its start is not in it. */
  readonly cpuSec: number;
}

/** A process that takes one task after the other. */
export interface ForkedWorker<Task, Result> {
  /** Rejects where the process ends before it answers. */
  run(task: Task): Promise<TaskDone<Result>>;
  /** Resolves once the process has ended; rejects where it failed. */
  end(): Promise<void>;
}

/** `file`: a program that calls `answerTasks`. */
export function forkWorker<Task, Result>(file: string): ForkedWorker<Task, Result> {
  const child = fork(file, { execArgv: [...WORKER_FLAGS] });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with ${code}`));
    });
  });
  const cutOff = ended.then(() => {
    throw new Error('a worker ended before its task');
  });
  // Whoever waits for a task or for the end is told.
  cutOff.catch(() => {});
  return {
    run(task) {
      const answered = new Promise<TaskDone<Result>>((resolve) => child.once('message', resolve));
      child.send(task as object);
      return Promise.race([answered, cutOff]);
    },
    end() {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}

/** `file`: as of `forkWorker`; the order of the results is that of the tasks. Rejects where a process fails. */
export async function forkJobs<Task, Result>(options: {
  readonly file: string;
  readonly tasks: readonly Task[];
  readonly jobs: number;
  readonly onDone?: (result: Result) => void;
}): Promise<readonly TaskDone<Result>[]> {
  const { file, tasks, jobs, onDone } = options;
  const done: TaskDone<Result>[] = [];
  const waiting = [...tasks.entries()];
  const work = async (): Promise<void> => {
    const worker = forkWorker<Task, Result>(file);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, task] = next;
      const it = await worker.run(task);
      done[index] = it;
      onDone?.(it.result);
    }
    await worker.end();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, work));
  return done;
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
