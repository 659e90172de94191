/** Seeds in processes of their own: many over several, or one after the other. */
import { buildWorker } from './build-worker.js';
import { forkJobs, forkWorker } from './fork-jobs.js';
import type { SeedRange } from './run-seeds.js';
import type { RunResult } from './world.js';

const SEED_WORKER = 'test/sim/seed-worker.ts';

/** Seeds that a process takes at once. */
const CHUNK = 50;

export interface JobsDone {
  readonly runs: readonly RunResult[];
  /** Of all processes together; their start is not in it. */
  readonly cpuSec: number;
}

/** The order of the results is that of the seeds. */
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
  const { file, dispose } = await buildWorker(SEED_WORKER);
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

export interface SeedWorker {
  run(seed: number, options: SeedRange['options']): Promise<RunResult>;
  close(): Promise<void>;
}

/** For seeds that come one by one. */
export async function openSeedWorker(): Promise<SeedWorker> {
  const { file, dispose } = await buildWorker(SEED_WORKER);
  const worker = forkWorker<SeedRange, readonly RunResult[]>(file);
  return {
    async run(seed, options) {
      const task = { from: seed, seeds: 1, ...(options === undefined ? {} : { options }) };
      const [found] = (await worker.run(task)).result;
      if (found === undefined) throw new Error(`seed ${seed} was not run`);
      return found;
    },
    close: () => worker.end().finally(dispose),
  };
}
