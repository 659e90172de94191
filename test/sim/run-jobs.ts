/** Seeds over several processes; the order of the results is that of the seeds. */
import { buildWorker } from './build-worker.js';
import { forkJobs } from './fork-jobs.js';
import type { SeedRange } from './run-seeds.js';
import type { RunResult } from './world.js';

/** Seeds that a process takes at once. */
const CHUNK = 50;

export interface JobsDone {
  readonly runs: readonly RunResult[];
  /** Of all processes together; their start is not in it. */
  readonly cpuSec: number;
}

export async function runJobs(
  options: SeedRange & {
    readonly jobs: number;
    readonly onProgress?: (runs: readonly RunResult[]) => void;
  },
): Promise<JobsDone> {
  const { jobs, onProgress, ...range } = options;
  const { from, seeds } = range;
  const tasks: SeedRange[] = [];
  for (let start = 0; start < seeds; start += CHUNK) {
    tasks.push({ ...range, from: from + start, seeds: Math.min(CHUNK, seeds - start) });
  }
  const { file, dispose } = await buildWorker('test/sim/seed-worker.ts');
  try {
    const done = await forkJobs<SeedRange, readonly RunResult[]>({
      file,
      tasks,
      jobs,
      ...(onProgress === undefined ? {} : { onDone: onProgress }),
    });
    return {
      runs: done.flatMap(({ result }) => result),
      cpuSec: done.reduce((sum, it) => sum + it.cpuSec, 0),
    };
  } finally {
    dispose();
  }
}
