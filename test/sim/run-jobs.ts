/** Seeds over several processes; the order of the results is that of the seeds. */
import { fork } from 'node:child_process';
import { buildWorker, WORKER_FLAGS } from './build-worker.js';
import type { SeedRange } from './run-seeds.js';
import type { ChunkDone } from './seed-worker.js';
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
  const chunks: SeedRange[] = [];
  for (let start = 0; start < seeds; start += CHUNK) {
    chunks.push({ ...range, from: from + start, seeds: Math.min(CHUNK, seeds - start) });
  }
  const done = new Map<number, ChunkDone>();
  const waiting = [...chunks];
  const built = await buildWorker('test/sim/seed-worker.ts');
  const take = (chunk: SeedRange, result: ChunkDone): void => {
    done.set(chunk.from, result);
    onProgress?.(result.runs);
  };
  try {
    await Promise.all(Array.from({ length: jobs }, () => worker(built.file, waiting, take)));
  } finally {
    built.dispose();
  }
  const ordered = chunks.flatMap((chunk) => done.get(chunk.from) ?? []);
  return {
    runs: ordered.flatMap(({ runs }) => runs),
    cpuSec: ordered.reduce((sum, it) => sum + it.cpuSec, 0),
  };
}

/** One child that takes chunks until none is left. */
function worker(
  file: string,
  waiting: SeedRange[],
  take: (chunk: SeedRange, result: ChunkDone) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(file, { execArgv: [...WORKER_FLAGS] });
    let current: SeedRange | undefined;
    const next = (): void => {
      current = waiting.shift();
      if (current === undefined) child.disconnect();
      else child.send(current);
    };
    child.on('message', (result: ChunkDone) => {
      if (current !== undefined) take(current, result);
      next();
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with ${code}`));
    });
    next();
  });
}
