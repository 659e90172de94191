/** A child of run-jobs: takes chunks of seeds and answers with their results. */
import { runSeeds, type SeedRange } from './run-seeds.js';
import type { RunResult } from './world.js';

export interface ChunkDone {
  readonly runs: readonly RunResult[];
  readonly cpuSec: number;
}

process.on('message', (range: SeedRange) => {
  const since = process.cpuUsage();
  const runs = runSeeds(range);
  const { user, system } = process.cpuUsage(since);
  process.send?.({ runs, cpuSec: (user + system) / 1e6 } satisfies ChunkDone);
});
