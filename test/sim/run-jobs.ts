/** Seeds over several processes; the order of the results is that of the seeds. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runSeeds, type SeedRange } from './run-seeds.js';
import type { RunResult } from './world.js';

/** Seeds that a process takes at once. */
const CHUNK = 50;

export async function runJobs(
  options: SeedRange & { readonly jobs: number },
): Promise<readonly RunResult[]> {
  const { jobs, ...range } = options;
  const { from, seeds } = range;
  if (jobs === 1) return runSeeds(range);
  const chunks: SeedRange[] = [];
  for (let start = 0; start < seeds; start += CHUNK) {
    chunks.push({ ...range, from: from + start, seeds: Math.min(CHUNK, seeds - start) });
  }
  const results = new Map<number, readonly RunResult[]>();
  const waiting = [...chunks];
  await Promise.all(Array.from({ length: jobs }, () => worker(waiting, results)));
  return chunks.flatMap((chunk) => results.get(chunk.from) ?? []);
}

/** One child that takes chunks until none is left. */
function worker(waiting: SeedRange[], results: Map<number, readonly RunResult[]>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./seed-worker.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
    });
    let current: SeedRange | undefined;
    const next = (): void => {
      current = waiting.shift();
      if (current === undefined) child.disconnect();
      else child.send(current);
    };
    child.on('message', (runs: readonly RunResult[]) => {
      if (current !== undefined) results.set(current.from, runs);
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
