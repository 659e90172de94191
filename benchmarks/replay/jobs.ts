/** Rows and bounds side by side, each in a process of its own. */
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bounds } from './bounds.js';
import type { Capacity, PolicyName, ReplayInput, Row } from './row.js';

export type Job =
  | { readonly kind: 'row'; readonly capacity: Capacity; readonly policy: PolicyName }
  | { readonly kind: 'bounds'; readonly capacity: Capacity };

export type JobResult =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'bounds'; readonly bounds: Bounds & Capacity }
  | { readonly kind: 'failed'; readonly message: string };

export interface JobOrder {
  readonly input: ReplayInput;
  readonly job: Job;
}

/** Source starts source, built starts built. */
const PROCESS = fileURLToPath(new URL(`./job-process${extname(import.meta.url)}`, import.meta.url));

/** Results in the order of the jobs; at most `processes` at a time. */
export async function runJobs(
  input: ReplayInput,
  jobs: readonly Job[],
  processes: number,
  onDone: (done: number, job: Job) => void,
): Promise<readonly JobResult[]> {
  const results: JobResult[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const at = next;
      next += 1;
      const job = jobs[at];
      if (job === undefined) return;
      results[at] = await runOne({ input, job });
      done += 1;
      onDone(done, job);
    }
  };
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, work));
  return results;
}

function runOne(order: JobOrder): Promise<JobResult> {
  return new Promise((resolve) => {
    const child = fork(PROCESS, {
      execArgv: process.execArgv,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let result: JobResult = { kind: 'failed', message: 'the process ended without a result' };
    child.on('message', (message) => {
      result = message as JobResult;
    });
    child.on('exit', () => resolve(result));
    child.send(order);
  });
}
